package main

import (
	"encoding/json"
	"fmt"

	"rckp"
)

// identityTexts are the four texts of an identity; a text may be given as UTF-16.
type identityTexts struct {
	AlgorithmName       json.RawMessage `json:"algorithm_name"`
	AlgorithmParameters json.RawMessage `json:"algorithm_parameters"`
	ProblemDescription  json.RawMessage `json:"problem_description"`
	ProblemParameters   json.RawMessage `json:"problem_parameters"`
}

// identity builds the identity of a question; those that are missing are empty.
func (t identityTexts) identity() (rckp.Identity, error) {
	values := make(map[string]any)
	for field, raw := range map[string]json.RawMessage{
		"algorithm_name":       t.AlgorithmName,
		"algorithm_parameters": t.AlgorithmParameters,
		"problem_description":  t.ProblemDescription,
		"problem_parameters":   t.ProblemParameters,
	} {
		values[field] = ""
		if raw != nil {
			value, err := value(text, raw)
			if err != nil {
				return rckp.Identity{}, fmt.Errorf("%w: %s: %w", errUnsupported, field, err)
			}
			values[field] = value
		}
	}
	identity, refusal := rckp.IdentityFromValues(values)
	if refusal != nil {
		return rckp.Identity{}, refusal
	}
	return identity, nil
}

func signatureHashes(r request) (response, error) {
	identity, err := r.identity()
	if err != nil {
		return nil, err
	}
	algorithm, problem, refusal := identity.SignatureHashes()
	if refusal != nil {
		return nil, refusal
	}
	return response{
		"algorithm_signature_hash": decimal(algorithm),
		"problem_signature_hash":   decimal(problem),
	}, nil
}

func runIDTimestamp(r request) (response, error) {
	timestamp, ok := rckp.Timestamp(*r.RunID)
	if !ok {
		return response{"timestamp": nil}, nil
	}
	return response{"timestamp": timestamp.String()}, nil
}

func fileName(r request) (response, error) {
	return response{"name": hexOf(rckp.FileName(*r.RunID))}, nil
}

func scopePath(r request) (response, error) {
	identity, err := r.identity()
	if err != nil {
		return nil, err
	}
	algorithm, err := r.AlgorithmSignatureHash.u64()
	if err != nil {
		return nil, err
	}
	problem, err := r.ProblemSignatureHash.u64()
	if err != nil {
		return nil, err
	}
	names := rckp.ScopeNames(rckp.Record{
		AlgorithmName: identity.AlgorithmName, AlgorithmSignatureHash: algorithm,
		ProblemDescription: identity.ProblemDescription, ProblemSignatureHash: problem,
	})
	return response{"path": hexOf(names[0] + "/" + names[1])}, nil
}

var systems = map[string]rckp.System{
	"linux": rckp.Linux, "macos": rckp.MacOS, "windows": rckp.Windows, "other": rckp.OtherSystem,
}

func baseDir(r request) (response, error) {
	system, ok := systems[r.System]
	if !ok {
		return nil, fmt.Errorf("%w: system %q", errUnsupported, r.System)
	}
	getenv := func(name string) string { return r.Environment[name] }
	path := rckp.BaseDir(optional(r.Explicit), optional(r.Project), getenv, system)
	return response{"path": hexOf(path)}, nil
}

func optional(bytes *hexBytes) *string {
	if bytes == nil {
		return nil
	}
	text := string(*bytes)
	return &text
}
