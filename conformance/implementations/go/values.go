package rckp

import (
	"math/big"
	"unicode/utf16"
)

// UTF16 is a text in UTF-16 code units; it may hold unpaired surrogates.
type UTF16 []uint16

// FromValues builds a record from values whose types are not known before, such
// as those of a JSON document. It takes a *big.Int for an integer, a string or a
// UTF16 for a text, a Status for the status and nil for what is absent; any
// other value is of the wrong type. It refuses what Encode would refuse and
// judges in the order of the layout (ENC-8).
func FromValues(values map[string]any) (Record, *EncodeError) {
	if field, ok := strayField(values); ok {
		return Record{}, &EncodeError{WrongType, field}
	}
	c := converter{values: values}
	r := Record{ // evaluated from top to bottom
		CreatedAtMs:            c.u64(fieldCreatedAtMs),
		RunID:                  c.string(fieldRunID),
		RandomSeed:             c.u64(fieldRandomSeed),
		AlgorithmName:          c.string(fieldAlgorithmName),
		AlgorithmParameters:    c.string(fieldAlgorithmParameters),
		ProblemDescription:     c.string(fieldProblemDescription),
		ProblemParameters:      c.string(fieldProblemParameters),
		AlgorithmSignatureHash: c.u64(fieldAlgorithmSignatureHash),
		ProblemSignatureHash:   c.u64(fieldProblemSignatureHash),
		StepStatePayload:       c.string(fieldStepStatePayload),
		SeedPayload:            c.option(fieldSeedPayload),
		ElapsedMillis:          c.u64(fieldElapsedMillis),
		Status:                 c.status(fieldStatus),
		ErrorMessage:           c.option(fieldErrorMessage),
	}
	if c.err != nil {
		return Record{}, c.err
	}
	return r, nil
}

// strayField gives the first field that is missing, or else one that no record
// has (ENC-4).
func strayField(values map[string]any) (string, bool) {
	for _, field := range recordFields {
		if _, ok := values[field]; !ok {
			return field, true
		}
	}
	if len(values) == len(recordFields) {
		return "", false
	}
	known := make(map[string]bool, len(recordFields))
	for _, field := range recordFields {
		known[field] = true
	}
	for field := range values {
		if !known[field] {
			return field, true
		}
	}
	return "", false
}

// converter keeps the first error (ENC-8).
type converter struct {
	values map[string]any
	err    *EncodeError
}

func (c *converter) fail(code Code, field string) {
	if c.err == nil {
		c.err = &EncodeError{code, field}
	}
}

// u64 judges the type, then the range (ENC-4, ENC-3).
func (c *converter) u64(field string) uint64 {
	value, ok := c.values[field].(*big.Int)
	if !ok {
		c.fail(WrongType, field)
		return 0
	}
	if !value.IsUint64() {
		c.fail(IntegerOutOfRange, field)
		return 0
	}
	return value.Uint64()
}

// string judges the type, then the surrogates, then the length (ENC-4 to ENC-6).
func (c *converter) string(field string) string {
	var text string
	switch value := c.values[field].(type) {
	case string:
		text = value
	case UTF16:
		var ok bool
		if text, ok = value.text(); !ok {
			c.fail(LoneSurrogate, field)
			return ""
		}
	default:
		c.fail(WrongType, field)
		return ""
	}
	if err := checkString(field, text); err != nil {
		c.fail(err.Code, err.Field)
	}
	return text
}

func (c *converter) option(field string) *string {
	if c.values[field] == nil {
		return nil // TYPE-9
	}
	text := c.string(field)
	return &text
}

// status takes one of the four states (ENC-4).
func (c *converter) status(field string) Status {
	value, ok := c.values[field].(Status)
	if !ok || !value.Valid() {
		c.fail(WrongType, field)
		return 0
	}
	return value
}

// text gives the text as a Go string, unless a surrogate has no partner (ENC-5).
func (u UTF16) text() (string, bool) {
	out := make([]rune, 0, len(u))
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		if utf16.IsSurrogate(r) {
			if i+1 == len(u) {
				return "", false
			}
			// DecodeRune gives U+FFFD for anything but a pair, and never for a pair.
			if r = utf16.DecodeRune(r, rune(u[i+1])); r == '\uFFFD' {
				return "", false
			}
			i++
		}
		out = append(out, r)
	}
	return string(out), true
}
