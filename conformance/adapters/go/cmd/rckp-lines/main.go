// Command rckp-lines puts the package rckp at the disposal of a test harness:
// JSON Lines on standard input and output, one object a line.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"rckp"
)

type request struct {
	Type   string                     `json:"type"`
	ID     json.RawMessage            `json:"id"`
	Op     string                     `json:"op"`
	Bytes  string                     `json:"bytes"`
	Record map[string]json.RawMessage `json:"record"`
}

type hello struct {
	Type     string   `json:"type"`
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Language string   `json:"language"`
	Classes  []string `json:"classes"`
}

type response struct {
	Type      string          `json:"type"`
	ID        json.RawMessage `json:"id,omitempty"`
	Record    *wireRecord     `json:"record,omitempty"`
	Bytes     string          `json:"bytes,omitempty"`
	Code      rckp.Code       `json:"code,omitempty"`
	Field     string          `json:"field,omitempty"`
	Offset    string          `json:"offset,omitempty"`
	Wanted    string          `json:"wanted,omitempty"`
	Available string          `json:"available,omitempty"`
	Reason    string          `json:"reason,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "rckp-lines:", err)
		os.Exit(1)
	}
}

// serve answers requests until it is told bye or the input ends.
func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	answers := json.NewEncoder(out) // one write for each object: nothing to flush
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !utf8.Valid(line) { // encoding/json would replace what is malformed
			return errors.New("input is not UTF-8")
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		var answer any
		switch r.Type {
		case "hello":
			answer = hello{"hello", "rckp-clean-room", "1.0.0", "Go", []string{"reader", "writer"}}
		case "run":
			answer = run(r)
		case "bye":
			return nil
		default:
			answer = unsupported(r, fmt.Errorf("no message type %q", r.Type))
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}

func run(r request) response {
	switch r.Op {
	case "decode":
		file, err := hex.DecodeString(r.Bytes)
		if err != nil {
			return unsupported(r, err)
		}
		return decode(r, file)
	case "encode":
		return encode(r)
	}
	return unsupported(r, fmt.Errorf("no operation %q", r.Op))
}

func unsupported(r request, reason error) response {
	return response{Type: "unsupported", ID: r.ID, Reason: reason.Error()}
}

func decode(r request, file []byte) response {
	record, fault := rckp.Decode(file)
	if fault == nil {
		return response{Type: "ok", ID: r.ID, Record: wire(record)}
	}
	answer := response{
		Type: "error", ID: r.ID,
		Code: fault.Code, Field: fault.Field, Offset: decimal(fault.Offset),
	}
	if fault.Code == rckp.Truncated {
		answer.Wanted, answer.Available = decimal(fault.Wanted), decimal(fault.Available)
	}
	return answer
}

func encode(r request) response {
	values, err := values(r.Record)
	if err != nil {
		return unsupported(r, err)
	}
	record, refusal := rckp.FromValues(values)
	if refusal == nil {
		var bytes []byte
		if bytes, refusal = rckp.Encode(record); refusal == nil {
			return response{Type: "ok", ID: r.ID, Bytes: hex.EncodeToString(bytes)}
		}
	}
	return response{Type: "error", ID: r.ID, Code: refusal.Code, Field: refusal.Field}
}
