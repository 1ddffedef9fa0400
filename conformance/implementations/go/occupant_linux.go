package rckp

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// occupant is what has the name of the file to be written (SAFE-8 to SAFE-10).
type occupant int

const (
	occupantNone occupant = iota
	occupantOurs
	occupantOtherRun
	occupantDirectory
	occupantAnything
)

// judgeOccupant looks at what has a name, and gives its permission bits if it is
// to be replaced.
func judgeOccupant(d *dir, name, runID string) (occupant, uint32, error) {
	stat, err := d.lstat(name)
	switch {
	case isAny(err, syscall.ENOENT):
		return occupantNone, 0, nil
	case err != nil:
		return 0, 0, err
	case isDir(stat):
		return occupantDirectory, 0, nil
	case !isRegular(stat):
		return occupantAnything, 0, nil // a link, a pipe (SAFE-10)
	case stat.Size == 0:
		return occupantOurs, permissions(stat), nil // empty (SAFE-9)
	}
	file, stat, err := d.openRegular(name)
	switch {
	case isAny(err, syscall.ENOENT):
		return occupantNone, 0, nil
	case err != nil: // unreadable: nobody knows whose it is (SAFE-10)
		return 0, 0, err
	}
	defer file.Close()
	c := content{source: file}
	r, fault, err := c.decode((*decoder).name)
	switch {
	case err != nil || fault != nil:
		return occupantAnything, 0, nil // does not decode as far as its run id (SAFE-10)
	case r.RunID != runID:
		return occupantOtherRun, 0, nil // SAFE-8
	}
	return occupantOurs, permissions(stat), nil // SAFE-9
}

// permissions are the bits that a new file takes over (SAFE-16).
func permissions(stat syscall.Stat_t) uint32 { return stat.Mode & 0o777 }

// maxKeptStem leaves room for the rest of the name of a kept file.
const maxKeptStem = 100

// keptName is another name for what was in the way; it does not end in ".ckpt",
// is never longer than a file system allows, and is not that of a temporary file
// (SAFE-10).
func keptName(name string) string {
	stem := strings.TrimSuffix(name, extension)
	return stem[:min(len(stem), maxKeptStem)] + extension + ".kept-" + randomDigits()
}

// keep gives what is in the way a second name (SAFE-10), so that its first one
// always leads to something (SAFE-1). Where there are no links, it is renamed.
// The function that it gives takes the second name back.
func keep(d *dir, name string) (undo func(), err error) {
	for range maxAttempts {
		kept := keptName(name)
		err = d.link(name, kept)
		switch {
		case err == nil:
			return func() { d.unlink(kept) }, nil
		case isAny(err, syscall.EEXIST):
			continue
		case !hasNoLinks(err):
			return nil, err
		}
		if _, err := d.lstat(kept); !isAny(err, syscall.ENOENT) {
			continue
		}
		err = d.rename(name, kept)
		return func() { d.rename(kept, name) }, err
	}
	return nil, fmt.Errorf("no second name to be had: %w", err)
}

// hasNoLinks tells whether a link failed because the file system has none, or
// does not grant one for this file.
func hasNoLinks(err error) bool {
	return isAny(err, syscall.EPERM, syscall.EMLINK, syscall.ENOSYS, syscall.EXDEV) ||
		errors.Is(err, syscall.EOPNOTSUPP)
}
