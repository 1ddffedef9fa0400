//go:build linux

package rckp

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func exampleRecord(t *testing.T) Record {
	t.Helper()
	record, fault := Decode(exampleFile(t))
	if fault != nil {
		t.Fatal(fault)
	}
	return record
}

func mustWrite(t *testing.T, s *Store, r Record) string {
	t.Helper()
	path, err := s.Write(r)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func wantCode(t *testing.T, err error, code Code) {
	t.Helper()
	var e *StoreError
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("%v, not %s", err, code)
	}
}

func entryNames(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWriteReplacesItsOwnFileOnly(t *testing.T) {
	s := &Store{Base: filepath.Join(t.TempDir(), "new", "base")}
	r := exampleRecord(t)
	path := mustWrite(t, s, r)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	r.ElapsedMillis++
	if again := mustWrite(t, s, r); again != path {
		t.Fatal(again)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 { // SAFE-16
		t.Error(info.Mode())
	}
	other := r
	other.RunID = "_" + r.RunID // another run, the same name
	_, err := s.Write(other)
	wantCode(t, err, RunIDCollision)
	if got, err := s.Read(path); err != nil || got.ElapsedMillis != r.ElapsedMillis {
		t.Error(got, err)
	}
	if names := entryNames(t, filepath.Dir(path)); len(names) != 1 {
		t.Error(names)
	}
}

func TestWriteKeepsWhatItDoesNotKnow(t *testing.T) {
	s := &Store{Base: t.TempDir()}
	r := exampleRecord(t)
	r.RunID = strings.Repeat("x", 246) // the longest name (PATH-4)
	path := mustWrite(t, s, r)
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, r)
	found := false
	for _, name := range entryNames(t, filepath.Dir(path)) {
		content, _ := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		found = found || (string(content) == "precious" && !isCheckpointName(name))
	}
	if !found {
		t.Error("lost")
	}
}

func TestLockIsWaitedFor(t *testing.T) {
	s := &Store{Base: t.TempDir(), LockTimeout: 50 * time.Millisecond}
	r := exampleRecord(t)
	path := mustWrite(t, s, r)
	d, err := openBase(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if locked, err := s.lock(d); !locked || err != nil {
		t.Fatal(err)
	}
	_, err = s.Write(r)
	wantCode(t, err, Locked)
	_, err = s.Delete(path)
	wantCode(t, err, Locked)
	_, err = s.Purge(1 << 63)
	wantCode(t, err, PurgeIncomplete)
	d.close()
	mustWrite(t, s, r)
}

func TestSweepRemovesTemporaryFilesOnly(t *testing.T) {
	s := &Store{Base: t.TempDir()}
	r := exampleRecord(t)
	directory := filepath.Dir(mustWrite(t, s, r))
	for _, name := range []string{temporaryName(), "notes.txt", keptName("run-x.ckpt")} {
		if err := os.WriteFile(filepath.Join(directory, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustWrite(t, s, r)
	if names := entryNames(t, directory); len(names) != 3 ||
		slices.ContainsFunc(names, temporaryForm.MatchString) {
		t.Error(names)
	}
}

// Whoever reads while others write finds a whole checkpoint (SAFE-1).
func TestReadersSeeWholeFiles(t *testing.T) {
	s := &Store{Base: t.TempDir(), Durability: DurabilityNone}
	r := exampleRecord(t)
	path := mustWrite(t, s, r)
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			own := r
			own.StepStatePayload = strings.Repeat(fmt.Sprint(i), 100_000)
			for range 25 {
				if _, err := s.Write(own); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for {
		if _, err := s.Read(path); err != nil {
			t.Fatal(err)
		}
		select {
		case <-done:
			if names := entryNames(t, filepath.Dir(path)); len(names) != 1 {
				t.Error(names)
			}
			return
		default:
		}
	}
}

// Only the very file that was judged is removed (STORE-17).
func TestPurgeSparesWhatIsNew(t *testing.T) {
	s := &Store{Base: t.TempDir()}
	r := exampleRecord(t)
	path := mustWrite(t, s, r)
	d, err := openBase(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	stat, old, err := judgeAge(d, filepath.Base(path), r.CreatedAtMs+1)
	if !old || err != nil {
		t.Fatal(old, err)
	}
	mustWrite(t, s, r)
	if now, err := d.lstat(filepath.Base(path)); err != nil || sameFile(stat, now) {
		t.Error("not told apart", err)
	}
}

// The content of a file is read in pieces; the answer is that of Decode (DEC-11).
func TestContentInPieces(t *testing.T) {
	r := exampleRecord(t)
	for _, extra := range []int{0, firstBytes - 136, 3 * firstBytes} {
		long := r
		long.StepStatePayload += strings.Repeat("x", extra)
		file, refusal := Encode(long)
		if refusal != nil {
			t.Fatal(refusal)
		}
		for _, data := range [][]byte{file, append(bytes.Clone(file), 'x'), file[:len(file)-1]} {
			_, want := Decode(data)
			c := content{source: bytes.NewReader(data)}
			_, got, err := c.decode((*decoder).record)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d bytes: %v, not %v (%v)", len(data), got, want, err)
			}
		}
	}
}

func TestPathsBelow(t *testing.T) {
	for _, c := range []struct {
		base, path string
		want       bool
	}{
		{"/b", "/b/x", true},
		{"/b/", "/b//x", true},
		{"/b", "/b", false},
		{"/b", "/bb/x", false},
		{"/b", "/b/../x", false},
		{"/b", "/b/./x", true},
		{"b", "b/x", true},
	} {
		if _, got := below(c.base, c.path); got != c.want {
			t.Errorf("%s below %s: %v", c.path, c.base, got)
		}
	}
}

func TestShow(t *testing.T) {
	r := exampleRecord(t)
	r.ElapsedMillis = 360_000_000
	r.StepStatePayload = strings.Repeat("é", 79) + "\x1bzz"
	var out bytes.Buffer
	show(&out, []Checkpoint{{"p", r}}, time.UnixMilli(int64(r.CreatedAtMs)+1000))
	want := "1: written 00:00:01 ago, has run 100:00:00, running: " +
		strings.Repeat("é", 79) + `\u{1b}` + "\n"
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("%q", out.String())
	}
}
