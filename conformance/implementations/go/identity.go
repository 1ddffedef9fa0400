package rckp

// Identity says what a run computes (chapter Identity).
type Identity struct {
	AlgorithmName       string
	AlgorithmParameters string
	ProblemDescription  string
	ProblemParameters   string
}

// The parameters of 64-bit FNV-1a (IDENT-1).
const (
	fnvOffsetBasis = 0xCBF29CE484222325
	fnvPrime       = 0x100000001B3
)

// stableHash is the FNV-1a hash of the bytes of a text: first the exclusive or,
// then the multiplication (IDENT-1).
func stableHash(text string) uint64 {
	hash := uint64(fnvOffsetBasis)
	for i := range len(text) {
		hash ^= uint64(text[i])
		hash *= fnvPrime
	}
	return hash
}

// SignatureHashes gives the algorithm's and the problem's hash (IDENT-2). It
// refuses a text that is not well-formed UTF-8 (IDENT-3).
func (i Identity) SignatureHashes() (algorithm, problem uint64, err *EncodeError) {
	texts := []struct{ field, text string }{
		{fieldAlgorithmName, i.AlgorithmName},
		{fieldAlgorithmParameters, i.AlgorithmParameters},
		{fieldProblemDescription, i.ProblemDescription},
		{fieldProblemParameters, i.ProblemParameters},
	}
	for _, t := range texts {
		if validUpTo(t.text) < len(t.text) {
			return 0, 0, &EncodeError{LoneSurrogate, t.field}
		}
	}
	return stableHash(i.AlgorithmName + "|" + i.AlgorithmParameters),
		stableHash(i.ProblemDescription + "|" + i.ProblemParameters), nil
}

// IdentityFromValues builds an identity from texts as FromValues takes them.
func IdentityFromValues(values map[string]any) (Identity, *EncodeError) {
	c := converter{values: values}
	i := Identity{
		AlgorithmName:       c.string(fieldAlgorithmName),
		AlgorithmParameters: c.string(fieldAlgorithmParameters),
		ProblemDescription:  c.string(fieldProblemDescription),
		ProblemParameters:   c.string(fieldProblemParameters),
	}
	if c.err != nil {
		return Identity{}, c.err // IDENT-3
	}
	return i, nil
}
