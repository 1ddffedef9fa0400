package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"rckp"
)

// hexBytes are bytes or a path, two hexadecimal digits a byte.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// number is an unsigned integer of any size in decimal digits.
type number struct{ big.Int }

func (n *number) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	if _, ok := n.SetString(text, 10); !ok {
		return fmt.Errorf("no integer: %q", text)
	}
	return nil
}

// u64 is an error where the types of Go cannot express the question.
func (n *number) u64() (uint64, error) {
	if !n.IsUint64() {
		return 0, fmt.Errorf("%w: %v does not fit into 64 bits", errUnsupported, n)
	}
	return n.Uint64(), nil
}

func hexOf(text string) string { return hex.EncodeToString([]byte(text)) }

func hexList(paths []string) []string {
	out := make([]string, 0, len(paths)) // never null
	for _, path := range paths {
		out = append(out, hexOf(path))
	}
	return out
}

func reportedPaths(reported []*rckp.StoreError) []string {
	var paths []string
	for _, e := range reported {
		paths = append(paths, e.Path)
	}
	return hexList(paths)
}

// complete adds type and id to an answer, or makes one of an error.
func complete(r request, answer response, err error) response {
	switch {
	case errors.Is(err, errUnsupported):
		answer = response{"type": "unsupported", "reason": err.Error()}
	case err != nil:
		answer = refused(err)
	default:
		answer["type"] = "ok"
	}
	answer["id"] = r.ID
	return answer
}

// refused says what is known of an error.
func refused(err error) response {
	answer := response{"type": "error"}
	var (
		fault   *rckp.Fault
		refusal *rckp.EncodeError
		trouble *rckp.StoreError
	)
	switch {
	case errors.As(err, &trouble): // first: its reason may be one of the others
		answer["code"] = trouble.Code
	case errors.As(err, &refusal):
		answer["code"], answer["field"] = refusal.Code, refusal.Field
	case errors.As(err, &fault):
		answer["code"], answer["field"] = fault.Code, fault.Field
		answer["offset"] = decimal(fault.Offset)
		if fault.Code == rckp.Truncated {
			answer["wanted"], answer["available"] = decimal(fault.Wanted), decimal(fault.Available)
		}
	}
	return answer
}
