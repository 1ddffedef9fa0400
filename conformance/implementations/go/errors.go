package rckp

import (
	"fmt"
	"strconv"
)

// The codes of a store and of a selection (errors.json).
const (
	Missing             Code = "missing"              // STORE-6, STORE-11
	NotADirectory       Code = "not-a-directory"      // STORE-6, STORE-13, SAFE-3
	Unreadable          Code = "unreadable"           // STORE-6, STORE-11
	NotAFile            Code = "not-a-file"           // STORE-11, STORE-13, SAFE-10
	OutsideBase         Code = "outside-base"         // STORE-13
	NotRemoved          Code = "not-removed"          // STORE-13
	PurgeIncomplete     Code = "purge-incomplete"     // STORE-18
	NameTooLong         Code = "name-too-long"        // SAFE-3
	Locked              Code = "lock-timeout"         // SAFE-6
	RunIDCollision      Code = "run-id-collision"     // SAFE-8
	NotWritten          Code = "not-written"          // SAFE-12
	DurabilityUncertain Code = "durability-uncertain" // SAFE-13
	ChoiceNeeded        Code = "choice-needed"        // SEL-7
	ListingFailed       Code = "listing-failed"       // SEL-8
	InvalidIndex        Code = "invalid-index"        // SEL-10
	IndexOutOfRange     Code = "index-out-of-range"   // SEL-10
	NotOffered          Code = "not-offered"          // SEL-6
	NoSuchRun           Code = "no-such-run"          // SEL-11
)

// StoreError is an error of a store or of a selection: what happened, where, and
// the reason if there is one.
type StoreError struct {
	Code   Code
	Path   string
	Reason error // nil if the code says it all

	Removed  int           // with PurgeIncomplete only
	Failures []*StoreError // with PurgeIncomplete only
}

func (e *StoreError) Error() string {
	text := strconv.Quote(e.Path) + ": " + string(e.Code)
	if e.Reason != nil {
		text += ": " + e.Reason.Error()
	}
	if e.Code == PurgeIncomplete {
		text += fmt.Sprintf(": %d removed, %d failures, the first: %v",
			e.Removed, len(e.Failures), e.Failures[0])
	}
	return text
}

func (e *StoreError) Unwrap() error { return e.Reason }
