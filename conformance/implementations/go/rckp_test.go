package rckp

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"
)

// The worked example of the chapter Record layout.
const example = "52434B5000A8DA769B01000027000000" +
	"48432D372D30303030303030303030303030303030303030302D31373637323235363030303030" +
	"2A00000000000000" + "020000004843" + "03000000703D31" + "03000000545350" + "030000006E3D34" +
	"526CEAC2A42BC305" + "0786E578FAEE0B64" + "0F000000697465723D31303B6576616C3D3131" +
	"00" + "DC05000000000000" + "00" + "00"

func exampleFile(t *testing.T) []byte {
	t.Helper()
	file, err := hex.DecodeString(example)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExampleRoundTrip(t *testing.T) {
	file := exampleFile(t)
	record, fault := Decode(file)
	if fault != nil {
		t.Fatal(fault)
	}
	out, err := Encode(record)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out, file) {
		t.Fatalf("%x is not %x", out, file)
	}
}

func TestEveryPrefixIsTruncated(t *testing.T) {
	file := exampleFile(t)
	for n := range len(file) {
		_, fault := Decode(file[:n])
		if fault == nil || fault.Code != Truncated || fault.Offset+fault.Available != uint64(n) {
			t.Fatalf("%d bytes: %v", n, fault)
		}
	}
}

// The chapter What the format does not do counts 777 valid files of 1088.
func TestOneBitChanges(t *testing.T) {
	file := exampleFile(t)
	valid := 0
	for bit := range 8 * len(file) {
		changed := bytes.Clone(file)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, fault := Decode(changed); fault == nil {
			valid++
		}
	}
	if valid != 777 {
		t.Fatalf("%d valid files", valid)
	}
}

// validUpTo agrees with Go's library on all short sequences of bytes that sit
// at the edges of table 3-7.
func TestValidUpToAgainstLibrary(t *testing.T) {
	edges := []byte{
		0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
		0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
	}
	var visit func(prefix []byte)
	visit = func(prefix []byte) {
		if got, want := validUpTo(prefix), libraryValidUpTo(prefix); got != want {
			t.Fatalf("% X: %d, not %d", prefix, got, want)
		}
		if len(prefix) == 5 {
			return
		}
		for _, b := range edges {
			visit(append(prefix, b))
		}
	}
	visit(make([]byte, 0, 5))
}

func libraryValidUpTo(content []byte) int {
	i := 0
	for i < len(content) {
		r, size := utf8.DecodeRune(content[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return i
}

func TestEncodeRefuses(t *testing.T) {
	text := "\xED\xA0\x80"
	for _, c := range []struct {
		record Record
		want   EncodeError
	}{
		{Record{RunID: text, Status: 4}, EncodeError{LoneSurrogate, "run_id"}},
		{Record{Status: 4, ErrorMessage: &text}, EncodeError{WrongType, "status"}},
		{Record{SeedPayload: &text, Status: 4}, EncodeError{LoneSurrogate, "seed_payload"}},
	} {
		out, err := Encode(c.record)
		if out != nil || err == nil || *err != c.want {
			t.Errorf("%v, %x; not %v", err, out, c.want)
		}
	}
}

func TestEncodeTooLong(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 4 GiB")
	}
	_, err := Encode(Record{StepStatePayload: strings.Repeat("x", maxLength+1)})
	if err == nil || *err != (EncodeError{StringTooLong, "step_state_payload"}) {
		t.Fatal(err)
	}
}
