// Command rckp-lines is an adapter around the package rckp: it answers the
// questions of the conformance suite (protocol.md), one JSON object a line.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// request is a question; what is absent stays nil or empty.
type request struct {
	Type   string                     `json:"type"`
	ID     json.RawMessage            `json:"id"`
	Op     string                     `json:"op"`
	Bytes  hexBytes                   `json:"bytes"`
	Record map[string]json.RawMessage `json:"record"`

	identityTexts
	AlgorithmSignatureHash number  `json:"algorithm_signature_hash"`
	ProblemSignatureHash   number  `json:"problem_signature_hash"`
	RunID                  *string `json:"run_id"` // nil: absent

	System      string            `json:"system"`
	Explicit    *hexBytes         `json:"explicit"`
	Project     *hexBytes         `json:"project"`
	Environment map[string]string `json:"environment"`

	Base        hexBytes        `json:"base"`
	Path        hexBytes        `json:"path"`
	Before      number          `json:"before"`
	Age         number          `json:"age"`
	LockTimeout string          `json:"lock_timeout"` // milliseconds; empty: absent
	Answer      json.RawMessage `json:"answer"`       // nil: absent; null: the end of the input
}

// response is an answer, without its type and its id.
type response map[string]any

// errUnsupported wraps the reason why a question cannot be asked.
var errUnsupported = errors.New("unsupported")

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
		answer := answerLine(line)
		if answer == nil {
			return nil
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}

// answerLine gives nil for bye.
func answerLine(line []byte) response {
	var r request
	err := json.Unmarshal(line, &r)
	switch {
	case err != nil:
		return complete(r, nil, fmt.Errorf("%w: %w", errUnsupported, err))
	case r.Type == "hello":
		return response{
			"type": "hello", "name": "rckp-go", "version": "1.0.0", "language": "Go",
			"classes": []string{"reader", "writer", "identity", "store", "selection"},
		}
	case r.Type == "run":
		answer, err := run(r)
		return complete(r, answer, err)
	case r.Type == "bye":
		return nil
	}
	return complete(r, nil, fmt.Errorf("%w: message type %q", errUnsupported, r.Type))
}

// operations are the functions that answer, by op.
var operations = map[string]func(request) (response, error){
	"decode":           decode,
	"encode":           encode,
	"signature-hashes": signatureHashes,
	"run-id-timestamp": runIDTimestamp,
	"file-name":        fileName,
	"scope-path":       scopePath,
	"base-dir":         baseDir,
	"files":            files,
	"read":             read,
	"write":            write,
	"delete":           remove,
	"purge":            purge,
	"purge-age":        purgeAge,
	"list":             list,
	"select":           choose,
}

func run(r request) (response, error) {
	operation, ok := operations[r.Op]
	if !ok {
		return nil, fmt.Errorf("%w: operation %q", errUnsupported, r.Op)
	}
	return operation(r)
}
