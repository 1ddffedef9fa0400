// Package rckp reads, writes, keeps and selects RCKP checkpoints, written from
// the chapters of the specification (edition 1.0) alone. It implements all five
// classes; store and selection need Linux.
package rckp

import "math"

// Names of the fields, in the order of the layout (LAY-1).
const (
	fieldMagic                  = "magic"
	fieldCreatedAtMs            = "created_at_ms"
	fieldRunID                  = "run_id"
	fieldRandomSeed             = "random_seed"
	fieldAlgorithmName          = "algorithm_name"
	fieldAlgorithmParameters    = "algorithm_parameters"
	fieldProblemDescription     = "problem_description"
	fieldProblemParameters      = "problem_parameters"
	fieldAlgorithmSignatureHash = "algorithm_signature_hash"
	fieldProblemSignatureHash   = "problem_signature_hash"
	fieldStepStatePayload       = "step_state_payload"
	fieldSeedPayload            = "seed_payload"
	fieldElapsedMillis          = "elapsed_millis"
	fieldStatus                 = "status"
	fieldErrorMessage           = "error_message"
	fieldEnd                    = "end"
)

// magic is the magic number (LAY-2).
const magic = "RCKP"

// maxLength is the greatest length of a string in bytes (TYPE-4, ENC-6).
const maxLength = math.MaxUint32

// Flags of an optional string (TYPE-8).
const (
	flagAbsent  = 0
	flagPresent = 1
)

// Status says what the run was doing; its values are the bytes of the file (TYPE-10).
type Status byte

// The four states (TYPE-10).
const (
	Running Status = iota
	Completed
	Failed
	Interrupted
)

var statusNames = [...]string{"running", "completed", "failed", "interrupted"}

// Valid tells whether s is one of the four states (TYPE-10).
func (s Status) Valid() bool { return int(s) < len(statusNames) }

func (s Status) String() string {
	if !s.Valid() {
		return "invalid"
	}
	return statusNames[s]
}

// ParseStatus finds a state by its name.
func ParseStatus(name string) (Status, bool) {
	for i, known := range statusNames {
		if name == known {
			return Status(i), true
		}
	}
	return 0, false
}

// Record holds the fourteen values of a checkpoint, in the order of the layout
// (LAY-1). An absent string is nil, which differs from empty (TYPE-9).
type Record struct {
	CreatedAtMs            uint64
	RunID                  string
	RandomSeed             uint64
	AlgorithmName          string
	AlgorithmParameters    string
	ProblemDescription     string
	ProblemParameters      string
	AlgorithmSignatureHash uint64
	ProblemSignatureHash   uint64
	StepStatePayload       string
	SeedPayload            *string
	ElapsedMillis          uint64
	Status                 Status
	ErrorMessage           *string
}

// recordFields are the fields of a record in the order of the layout.
var recordFields = []string{
	fieldCreatedAtMs,
	fieldRunID,
	fieldRandomSeed,
	fieldAlgorithmName,
	fieldAlgorithmParameters,
	fieldProblemDescription,
	fieldProblemParameters,
	fieldAlgorithmSignatureHash,
	fieldProblemSignatureHash,
	fieldStepStatePayload,
	fieldSeedPayload,
	fieldElapsedMillis,
	fieldStatus,
	fieldErrorMessage,
}
