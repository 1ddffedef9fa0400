package rckp

import "fmt"

// Code names a fault of a file or a reason why a record cannot be encoded.
type Code string

// The six faults (DEC-2 to DEC-7).
const (
	Truncated         Code = "truncated"
	BadMagic          Code = "bad-magic"
	InvalidUTF8       Code = "invalid-utf8"
	InvalidOptionFlag Code = "invalid-option-flag"
	InvalidStatus     Code = "invalid-status"
	TrailingBytes     Code = "trailing-bytes"
)

// Fault is the reason why a file is not valid (DEC-10).
type Fault struct {
	Code      Code
	Field     string
	Offset    uint64
	Wanted    uint64 // with Truncated only
	Available uint64 // with Truncated only
}

func (f *Fault) Error() string {
	if f.Code == Truncated {
		return fmt.Sprintf("%s at offset %d: %s: %d bytes wanted, %d there",
			f.Field, f.Offset, f.Code, f.Wanted, f.Available)
	}
	return fmt.Sprintf("%s at offset %d: %s", f.Field, f.Offset, f.Code)
}

// Decode turns the bytes of a file into a record or into exactly one fault.
func Decode(file []byte) (Record, *Fault) {
	d := decoder{file: file}
	r := d.record()
	if d.fault != nil {
		return Record{}, d.fault // no record for a faulty file (DEC-8)
	}
	return r, nil
}

// record reads all fields, in the order of the layout (LAY-1, DEC-1).
func (d *decoder) record() Record {
	r := d.header()
	r.StepStatePayload = d.string(fieldStepStatePayload)
	r.SeedPayload = d.option(fieldSeedPayload)
	r.ElapsedMillis = d.u64(fieldElapsedMillis)
	r.Status = d.status(fieldStatus)
	r.ErrorMessage = d.option(fieldErrorMessage)
	d.end()
	return r
}

// header reads the fields before the payload, which suffice to tell whose a
// file is (STORE-22).
func (d *decoder) header() Record {
	r := d.name()
	r.RandomSeed = d.u64(fieldRandomSeed)
	r.AlgorithmName = d.string(fieldAlgorithmName)
	r.AlgorithmParameters = d.string(fieldAlgorithmParameters)
	r.ProblemDescription = d.string(fieldProblemDescription)
	r.ProblemParameters = d.string(fieldProblemParameters)
	r.AlgorithmSignatureHash = d.u64(fieldAlgorithmSignatureHash)
	r.ProblemSignatureHash = d.u64(fieldProblemSignatureHash)
	return r
}

// name reads as far as the run id (SAFE-8).
func (d *decoder) name() Record {
	r := d.time()
	r.RunID = d.string(fieldRunID)
	return r
}

// time reads as far as the time (STORE-15).
func (d *decoder) time() Record {
	d.magic()
	return Record{CreatedAtMs: d.u64(fieldCreatedAtMs)}
}

// decoder walks through a file. After the first fault every method does
// nothing and gives zero, so that the first fault stays (DEC-1).
type decoder struct {
	file  []byte
	more  bool // the file may go on after these bytes: see content.go
	pos   int
	fault *Fault
}

func (d *decoder) fail(code Code, field string, offset int) {
	d.fault = &Fault{Code: code, Field: field, Offset: uint64(offset)}
}

// take gives the next n bytes, without a copy (LIM-1), and moves on; after a
// fault it gives nil. The comparison cannot overflow (LIM-2).
func (d *decoder) take(field string, n uint64) []byte {
	if d.fault != nil {
		return nil
	}
	available := uint64(len(d.file) - d.pos)
	if available < n {
		d.fail(Truncated, field, d.pos) // DEC-2
		d.fault.Wanted, d.fault.Available = n, available
		return nil
	}
	bytes := d.file[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return bytes
}

// integer reads n bytes in little-endian order (TYPE-1).
func (d *decoder) integer(field string, n uint64) uint64 {
	bytes := d.take(field, n)
	var value uint64
	for i := len(bytes) - 1; i >= 0; i-- {
		value = value<<8 | uint64(bytes[i])
	}
	return value
}

func (d *decoder) magic() {
	bytes := d.take(fieldMagic, uint64(len(magic)))
	if d.fault == nil && string(bytes) != magic {
		d.fail(BadMagic, fieldMagic, 0) // DEC-3
	}
}

// u64 reads eight bytes (TYPE-2, TYPE-3).
func (d *decoder) u64(field string) uint64 { return d.integer(field, 8) }

// string reads a length and as many bytes of UTF-8 (TYPE-4, TYPE-5, TYPE-7).
func (d *decoder) string(field string) string {
	n := d.integer(field, 4)
	start := d.pos
	content := d.take(field, n)
	if d.fault != nil {
		return ""
	}
	if valid := validUpTo(content); valid < len(content) {
		d.fail(InvalidUTF8, field, start+valid) // DEC-4
		return ""
	}
	return string(content)
}

// option reads a flag and, if it says so, a string (TYPE-8, TYPE-9).
func (d *decoder) option(field string) *string {
	at := d.pos
	flag := d.take(field, 1)
	if d.fault != nil {
		return nil
	}
	switch flag[0] {
	case flagAbsent:
		return nil
	case flagPresent:
		text := d.string(field)
		return &text
	}
	d.fail(InvalidOptionFlag, field, at) // DEC-5
	return nil
}

// status reads one byte (TYPE-10).
func (d *decoder) status(field string) Status {
	at := d.pos
	bytes := d.take(field, 1)
	if d.fault != nil {
		return 0
	}
	status := Status(bytes[0])
	if !status.Valid() {
		d.fail(InvalidStatus, field, at) // DEC-6
	}
	return status
}

// end makes sure that nothing follows (LAY-3).
func (d *decoder) end() {
	if d.fault == nil && (d.pos < len(d.file) || d.more) {
		d.fail(TrailingBytes, fieldEnd, d.pos) // DEC-7
	}
}
