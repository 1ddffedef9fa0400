package rckp

import (
	"fmt"
	"strings"
)

const (
	extension = ".ckpt"   // of every checkpoint (PATH-4, STORE-1)
	unnamed   = "unnamed" // what is left of nothing (PATH-1)
)

// sanitise makes a part of a path of a text: one "_" for each scalar value that
// is not allowed, none at either end (PATH-1, LIM-6).
func sanitise(text string) string {
	out := strings.Map(func(c rune) rune {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			return c
		}
		return '_'
	}, text)
	if out = strings.Trim(out, "_"); out == "" {
		return unnamed
	}
	return out
}

// ScopeNames are the names of the two directories of a record (PATH-2), with the
// hashes that it stores (PATH-3).
func ScopeNames(r Record) [2]string {
	return [2]string{
		fmt.Sprintf("alg-%s-%016x", sanitise(r.AlgorithmName), r.AlgorithmSignatureHash),
		fmt.Sprintf("prob-%s-%016x", sanitise(r.ProblemDescription), r.ProblemSignatureHash),
	}
}

// FileName is the name of the file of a run (PATH-4).
func FileName(runID string) string { return "run-" + sanitise(runID) + extension }
