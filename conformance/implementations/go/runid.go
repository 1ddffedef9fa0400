package rckp

import (
	"fmt"
	"math/big"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// sequence counts the run ids of this process (RUN-2).
var sequence atomic.Uint64

// GenerateRunID names a new run (RUN-1, RUN-2).
func GenerateRunID(algorithmName string) string {
	n := sequence.Add(1) - 1
	ms := max(0, time.Now().UnixMilli()) // RUN-3
	return fmt.Sprintf("%s-%d-%020d-%d", algorithmName, os.Getpid(), n, ms)
}

// maxTimestampDigits is the number of digits of 2^128 - 1 (RUN-6).
const maxTimestampDigits = 39

// Timestamp reads the time from the end of a run id; there may be none (RUN-6).
func Timestamp(runID string) (*big.Int, bool) {
	dash := strings.LastIndexByte(runID, '-')
	if dash < 0 {
		return nil, false
	}
	digits := strings.TrimPrefix(runID[dash+1:], "+")
	if !isDigits(digits) {
		return nil, false
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > maxTimestampDigits { // far too great: do not even compute it
		return nil, false
	}
	value, _ := new(big.Int).SetString("0"+digits, 10)
	if value.BitLen() > 128 {
		return nil, false
	}
	return value, true
}

// isDigits tells whether text is one or more ASCII digits.
func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// sortTimestamp is the timestamp that a run is sorted by (RUN-7).
func sortTimestamp(runID string) *big.Int {
	if value, ok := Timestamp(runID); ok {
		return value
	}
	return new(big.Int)
}
