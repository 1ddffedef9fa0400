package rckp

import "fmt"

// The four reasons why a record cannot be encoded (ENC-3 to ENC-6).
const (
	IntegerOutOfRange Code = "integer-out-of-range"
	WrongType         Code = "wrong-type"
	LoneSurrogate     Code = "lone-surrogate"
	StringTooLong     Code = "string-too-long"
)

// EncodeError says which value of a record cannot be encoded, and why.
type EncodeError struct {
	Code  Code
	Field string
}

func (e *EncodeError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Code) }

// Encode gives the one encoding of a record (ENC-1). An integer out of range is
// ruled out by Go's types; see FromValues for values that are not typed yet.
func Encode(r Record) ([]byte, *EncodeError) {
	if err := check(r); err != nil {
		return nil, err // not a byte of a refused record (ENC-7)
	}
	out := []byte(magic)                // LAY-2
	out = appendU64(out, r.CreatedAtMs) // the order of the layout (LAY-1)
	out = appendString(out, r.RunID)
	out = appendU64(out, r.RandomSeed)
	out = appendString(out, r.AlgorithmName)
	out = appendString(out, r.AlgorithmParameters)
	out = appendString(out, r.ProblemDescription)
	out = appendString(out, r.ProblemParameters)
	out = appendU64(out, r.AlgorithmSignatureHash)
	out = appendU64(out, r.ProblemSignatureHash)
	out = appendString(out, r.StepStatePayload)
	out = appendOption(out, r.SeedPayload)
	out = appendU64(out, r.ElapsedMillis)
	out = append(out, byte(r.Status)) // TYPE-10
	out = appendOption(out, r.ErrorMessage)
	return out, nil
}

// check finds the first value, in the order of the layout, that cannot be
// encoded (ENC-8).
func check(r Record) *EncodeError {
	texts := []struct {
		field string
		text  string
	}{
		{fieldRunID, r.RunID},
		{fieldAlgorithmName, r.AlgorithmName},
		{fieldAlgorithmParameters, r.AlgorithmParameters},
		{fieldProblemDescription, r.ProblemDescription},
		{fieldProblemParameters, r.ProblemParameters},
		{fieldStepStatePayload, r.StepStatePayload},
	}
	for _, t := range texts {
		if err := checkString(t.field, t.text); err != nil {
			return err
		}
	}
	if err := checkOption(fieldSeedPayload, r.SeedPayload); err != nil {
		return err
	}
	if !r.Status.Valid() {
		return &EncodeError{WrongType, fieldStatus} // ENC-4
	}
	return checkOption(fieldErrorMessage, r.ErrorMessage)
}

// checkString judges the scalar values first, then the length (ENC-8). A Go
// string can hold any bytes: if it is not well-formed UTF-8, it is no sequence
// of scalar values (ENC-5).
func checkString(field, text string) *EncodeError {
	if validUpTo(text) < len(text) {
		return &EncodeError{LoneSurrogate, field} // ENC-5
	}
	if uint64(len(text)) > maxLength {
		return &EncodeError{StringTooLong, field} // ENC-6
	}
	return nil
}

func checkOption(field string, text *string) *EncodeError {
	if text == nil {
		return nil
	}
	return checkString(field, *text)
}

// appendInteger writes n bytes in little-endian order (TYPE-1).
func appendInteger(out []byte, value uint64, n int) []byte {
	for range n {
		out = append(out, byte(value))
		value >>= 8
	}
	return out
}

// appendU64 writes eight bytes (TYPE-2).
func appendU64(out []byte, value uint64) []byte { return appendInteger(out, value, 8) }

// appendString writes a length and the content (TYPE-4).
func appendString(out []byte, text string) []byte {
	return append(appendInteger(out, uint64(len(text)), 4), text...)
}

// appendOption writes a flag and, if it is present, the string (ENC-2, TYPE-8).
func appendOption(out []byte, text *string) []byte {
	if text == nil {
		return append(out, flagAbsent)
	}
	return appendString(append(out, flagPresent), *text)
}
