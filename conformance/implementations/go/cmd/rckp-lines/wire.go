package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"rckp"
)

// wireRecord is a record as JSON (record.schema.json): integers are decimal
// strings, what is absent is null.
type wireRecord struct {
	CreatedAtMs            string  `json:"created_at_ms"`
	RunID                  string  `json:"run_id"`
	RandomSeed             string  `json:"random_seed"`
	AlgorithmName          string  `json:"algorithm_name"`
	AlgorithmParameters    string  `json:"algorithm_parameters"`
	ProblemDescription     string  `json:"problem_description"`
	ProblemParameters      string  `json:"problem_parameters"`
	AlgorithmSignatureHash string  `json:"algorithm_signature_hash"`
	ProblemSignatureHash   string  `json:"problem_signature_hash"`
	StepStatePayload       string  `json:"step_state_payload"`
	SeedPayload            *string `json:"seed_payload"`
	ElapsedMillis          string  `json:"elapsed_millis"`
	Status                 string  `json:"status"`
	ErrorMessage           *string `json:"error_message"`
}

func decimal(value uint64) string { return strconv.FormatUint(value, 10) }

func wire(r rckp.Record) *wireRecord {
	return &wireRecord{
		CreatedAtMs:            decimal(r.CreatedAtMs),
		RunID:                  r.RunID,
		RandomSeed:             decimal(r.RandomSeed),
		AlgorithmName:          r.AlgorithmName,
		AlgorithmParameters:    r.AlgorithmParameters,
		ProblemDescription:     r.ProblemDescription,
		ProblemParameters:      r.ProblemParameters,
		AlgorithmSignatureHash: decimal(r.AlgorithmSignatureHash),
		ProblemSignatureHash:   decimal(r.ProblemSignatureHash),
		StepStatePayload:       r.StepStatePayload,
		SeedPayload:            r.SeedPayload,
		ElapsedMillis:          decimal(r.ElapsedMillis),
		Status:                 r.Status.String(),
		ErrorMessage:           r.ErrorMessage,
	}
}

// kind says what a plain JSON string stands for in a field.
type kind int

const (
	integer kind = iota
	text
	status
)

var kinds = map[string]kind{
	"created_at_ms":            integer,
	"run_id":                   text,
	"random_seed":              integer,
	"algorithm_name":           text,
	"algorithm_parameters":     text,
	"problem_description":      text,
	"problem_parameters":       text,
	"algorithm_signature_hash": integer,
	"problem_signature_hash":   integer,
	"step_state_payload":       text,
	"seed_payload":             text,
	"elapsed_millis":           integer,
	"status":                   status,
	"error_message":            text,
}

// values turns the input of an encode case ("unencodable" in case.schema.json)
// into values for rckp.FromValues.
func values(record map[string]json.RawMessage) (map[string]any, error) {
	out := make(map[string]any, len(kinds))
	for field, raw := range record {
		kind, known := kinds[field]
		if !known {
			out[field] = nil // FromValues refuses it by its name
			continue
		}
		value, err := value(kind, raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		out[field] = value
	}
	return out, nil
}

func value(kind kind, raw json.RawMessage) (any, error) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case '"':
		return plain(kind, raw)
	case '{':
		return named(raw)
	}
	return nil, fmt.Errorf("no value: %s", raw)
}

// plain reads a JSON string as what its field asks for; a string that is no
// such thing stays a string, which is then of the wrong type.
func plain(kind kind, raw json.RawMessage) (any, error) {
	units, err := codeUnits(raw)
	if err != nil {
		return nil, err
	}
	if kind == text {
		return units, nil
	}
	text := string(utf16.Decode(units))
	if kind == status {
		if status, ok := rckp.ParseStatus(text); ok {
			return status, nil
		}
	} else if integer, ok := parseInteger(text); ok {
		return integer, nil
	}
	return text, nil
}

// named reads a value whose type is given beside it, such as {"float": "1.5"}.
func named(raw json.RawMessage) (any, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	if len(object) != 1 {
		return nil, errors.New("not exactly one type")
	}
	for name, raw := range object {
		units, err := codeUnits(raw)
		if err != nil {
			return nil, err
		}
		content := string(utf16.Decode(units))
		switch name {
		case "boolean":
			return strconv.ParseBool(content)
		case "float":
			return strconv.ParseFloat(content, 64)
		case "integer":
			if integer, ok := parseInteger(content); ok {
				return integer, nil
			}
			return nil, fmt.Errorf("no integer: %q", content)
		case "text":
			return units, nil
		case "bytes":
			return hex.DecodeString(content)
		case "utf16":
			return parseUTF16(content)
		}
	}
	return nil, errors.New("no such type")
}

// parseInteger reads decimal digits, with a minus before them if negative.
func parseInteger(text string) (*big.Int, bool) {
	if text == "" || text[0] == '+' {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}

// parseUTF16 reads code units of four hexadecimal digits each.
func parseUTF16(text string) (rckp.UTF16, error) {
	bytes, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(bytes)%2 != 0 {
		return nil, errors.New("half a code unit")
	}
	units := make(rckp.UTF16, 0, len(bytes)/2)
	for i := 0; i < len(bytes); i += 2 {
		units = append(units, uint16(bytes[i])<<8|uint16(bytes[i+1]))
	}
	return units, nil
}

// codeUnits reads a JSON string. Unlike encoding/json it keeps the unpaired
// surrogates of \uD800 escapes, for the encoder to refuse (ENC-5).
func codeUnits(raw json.RawMessage) (rckp.UTF16, error) {
	var whole string
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, err // from here on the string is known to be well-formed
	}
	units := rckp.UTF16{}
	for inner := raw[1 : len(raw)-1]; len(inner) > 0; {
		size := 0
		switch {
		case inner[0] == '\\' && inner[1] == 'u':
			size = 6
			unit, err := strconv.ParseUint(string(inner[2:size]), 16, 16)
			if err != nil {
				return nil, err
			}
			units = append(units, uint16(unit))
		case inner[0] == '\\':
			size = 2
			units = append(units, escapes[inner[1]])
		default:
			var r rune
			r, size = utf8.DecodeRune(inner)
			units = utf16.AppendRune(units, r)
		}
		inner = inner[size:]
	}
	return units, nil
}

// escapes are the short escapes of JSON.
var escapes = map[byte]uint16{
	'"': '"', '\\': '\\', '/': '/',
	'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}
