package rckp

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Checkpoint is a file that a run can resume from.
type Checkpoint struct {
	Path   string
	Record Record
}

// Resumable finds the checkpoints of an identity, from the oldest to the newest
// (SEL-1, SEL-4), and what could not be read or decoded (STORE-8).
func (s *Store) Resumable(identity Identity) ([]Checkpoint, []*StoreError, error) {
	algorithm, problem, refusal := identity.SignatureHashes()
	if refusal != nil {
		return nil, nil, refusal // IDENT-3
	}
	wanted := func(r Record) bool { // nothing else counts (SEL-2)
		return r.AlgorithmName == identity.AlgorithmName &&
			r.AlgorithmSignatureHash == algorithm && r.ProblemSignatureHash == problem
	}
	var found []Checkpoint
	w := walker{}
	w.visit = func(d *dir, name string) {
		r, ok, err := readWanted(d, name, wanted)
		if err != nil {
			w.report(codeOf(err), d.child(name), err) // passed over (SEL-3)
		} else if ok && r.Status != Completed {
			found = append(found, Checkpoint{d.child(name), r})
		}
	}
	if err := w.walk(s); err != nil {
		return nil, nil, err // STORE-6; Select makes it one of SEL-8
	}
	sortByAge(found)
	return found, w.reported, nil
}

// readWanted reads a file whose header is wanted; it reads no further in another
// (STORE-22).
func readWanted(d *dir, name string, wanted func(Record) bool) (Record, bool, error) {
	file, _, err := d.openRegular(name)
	if isGone(err) || errors.Is(err, errNotRegular) {
		return Record{}, false, nil // removed or replaced meanwhile
	}
	if err != nil {
		return Record{}, false, err
	}
	defer file.Close()
	c := content{source: file}
	r, fault, err := c.decode((*decoder).header)
	if err == nil && fault == nil {
		if !wanted(r) {
			return Record{}, false, nil
		}
		r, fault, err = c.decode((*decoder).record)
	}
	if err == nil && fault != nil {
		err = fault
	}
	return r, err == nil, err
}

// codeOf is the code of the reason why a file is left out.
func codeOf(err error) Code {
	var fault *Fault
	if errors.As(err, &fault) {
		return fault.Code
	}
	return Unreadable
}

// sortByAge sorts by timestamp, then by the bytes of the run id (SEL-4). It is
// stable: what is equal stays in the order of the paths, that of STORE-5.
func sortByAge(found []Checkpoint) {
	slices.SortStableFunc(found, func(a, b Checkpoint) int {
		return cmp.Or(
			sortTimestamp(a.Record.RunID).Cmp(sortTimestamp(b.Record.RunID)),
			strings.Compare(a.Record.RunID, b.Record.RunID),
		)
	})
}
