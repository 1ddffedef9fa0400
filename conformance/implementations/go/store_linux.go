package rckp

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// Durability says what a checkpoint survives (SAFE-15).
type Durability int

// The degrees of SAFE-15; the zero value is the one to use unless told otherwise.
const (
	DurabilityFull Durability = iota
	DurabilityFile
	DurabilityNone
)

// defaultLockTimeout is how long a lock is waited for (SAFE-6).
const defaultLockTimeout = 30 * time.Second

// Store is a base directory and what is done with the checkpoints below it.
type Store struct {
	Base        string
	Durability  Durability
	LockTimeout time.Duration // 0: thirty seconds
	Warn        func(error)   // told what is not an error, but should be known; may be nil

	flushed sync.Map // the scopes whose directories above were flushed (SAFE-15)
}

func (s *Store) lockTimeout() time.Duration {
	if s.LockTimeout == 0 {
		return defaultLockTimeout
	}
	return s.LockTimeout
}

func (s *Store) warn(err error) {
	if s.Warn != nil {
		s.Warn(err)
	}
}

// open opens the base directory for a listing (STORE-6).
func (s *Store) open() (*dir, error) {
	base, err := openBase(s.Base)
	if err != nil {
		return nil, &StoreError{Code: baseCode(err), Path: s.Base, Reason: err}
	}
	return base, nil
}

func baseCode(err error) Code {
	switch {
	case isAny(err, syscall.ENOENT):
		return Missing
	case isAny(err, syscall.ENOTDIR):
		return NotADirectory
	}
	return Unreadable
}

// Read gives the record of the file that a path leads to, wherever it lies, also
// through a symbolic link (STORE-10). The error is a *Fault or a *StoreError.
func (s *Store) Read(path string) (Record, error) {
	file, err := openNamed(path)
	if err != nil {
		return Record{}, err
	}
	defer file.Close()
	c := content{source: file}
	record, fault, err := c.decode((*decoder).record)
	switch {
	case err != nil:
		return Record{}, &StoreError{Code: Unreadable, Path: path, Reason: err}
	case fault != nil:
		return Record{}, fault
	}
	return record, nil
}

// openNamed opens a regular file that somebody named; it opens nothing else and
// does not wait (STORE-4, STORE-11).
func openNamed(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, &StoreError{Code: NotAFile, Path: path}
	}
	var file *os.File
	if err == nil {
		file, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	}
	if err == nil {
		info, err = file.Stat()
		if err == nil && info.Mode().IsRegular() {
			return file, nil
		}
		file.Close()
		return nil, &StoreError{Code: NotAFile, Path: path, Reason: err}
	}
	code := Unreadable
	if isAny(err, syscall.ENOENT, syscall.ENOTDIR) {
		code = Missing
	}
	return nil, &StoreError{Code: code, Path: path, Reason: err}
}
