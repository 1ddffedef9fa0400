package rckp

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Choice says who chooses when there are several checkpoints (SEL-6). All may be
// nil; a run that is named goes first, then a rule.
type Choice struct {
	// RunID names the run that the program wants, and no other (SEL-11).
	RunID *string
	// Rule is given by the program. It answers with one of the checkpoints, or
	// with nil for a new run.
	Rule func([]Checkpoint) *Checkpoint
	// Ask shows the checkpoints to a person and gives the line that is typed, and
	// false at the end of the input.
	Ask func([]Checkpoint) (string, bool)
}

// Select finds what a run of an identity resumes from; nil is a new run.
func (s *Store) Select(identity Identity, choice Choice) (*Checkpoint, error) {
	found, reported, err := s.Resumable(identity)
	var unlisted *StoreError
	switch {
	case errors.As(err, &unlisted):
		return nil, &StoreError{Code: ListingFailed, Path: s.Base, Reason: unlisted} // SEL-8
	case err != nil:
		return nil, err
	case len(found) == 0 && slices.ContainsFunc(reported, hidesCheckpoint):
		at := slices.IndexFunc(reported, hidesCheckpoint)
		return nil, &StoreError{Code: ListingFailed, Path: s.Base, Reason: reported[at]} // SEL-8
	case choice.RunID != nil:
		return s.named(found, *choice.RunID)
	case len(found) == 0:
		return nil, nil // SEL-5
	case len(found) == 1:
		return &found[0], nil // without asking (SEL-5)
	case choice.Rule != nil:
		return s.applyRule(found, choice.Rule)
	case choice.Ask == nil:
		return nil, &StoreError{Code: ChoiceNeeded, Path: s.Base} // SEL-7
	}
	line, ok := choice.Ask(found)
	number, code := readIndex(line, ok, len(found))
	if code != "" {
		return nil, &StoreError{Code: code, Path: s.Base} // no second question (SEL-10)
	}
	if number == 0 {
		return nil, nil
	}
	return &found[number-1], nil
}

// hidesCheckpoint says whether a checkpoint may be behind what could not be read (SEL-8).
func hidesCheckpoint(e *StoreError) bool {
	var fault *Fault
	return !errors.As(e, &fault) && !errors.Is(e, errTooDeep) &&
		!errors.Is(e, fs.ErrNotExist) && !errors.Is(e, fs.ErrPermission)
}

// named takes the newest checkpoint of a run (SEL-11).
func (s *Store) named(found []Checkpoint, runID string) (*Checkpoint, error) {
	for at := len(found) - 1; at >= 0; at-- {
		if found[at].Record.RunID == runID {
			return &found[at], nil
		}
	}
	return nil, &StoreError{Code: NoSuchRun, Path: s.Base}
}

func (s *Store) applyRule(found []Checkpoint, rule func([]Checkpoint) *Checkpoint) (*Checkpoint, error) {
	chosen := rule(found)
	if chosen == nil {
		return nil, nil
	}
	if !slices.ContainsFunc(found, func(c Checkpoint) bool { return c.Path == chosen.Path }) {
		return nil, &StoreError{Code: NotOffered, Path: chosen.Path} // SEL-6
	}
	return chosen, nil
}

// Latest is the rule that takes the newest.
func Latest(found []Checkpoint) *Checkpoint { return &found[len(found)-1] }

// readIndex reads an answer: a number up to count, or a code (SEL-10).
func readIndex(line string, ok bool, count int) (uint64, Code) {
	if !ok {
		return 0, InvalidIndex
	}
	// TrimSpace goes by the Unicode property White_Space, as SEL-10 does.
	digits := strings.TrimPrefix(strings.TrimSpace(line), "+")
	if !isDigits(digits) {
		return 0, InvalidIndex
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, InvalidIndex // 2^64 or more
	}
	if number > uint64(count) {
		return 0, IndexOutOfRange
	}
	return number, ""
}
