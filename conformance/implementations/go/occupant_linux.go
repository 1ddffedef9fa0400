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

// judgeOccupant looks at what has a name, and gives its status if it is to be
// replaced.
func judgeOccupant(d *dir, name, runID string) (occupant, syscall.Stat_t, error) {
	var none syscall.Stat_t
	stat, err := d.lstat(name)
	switch {
	case isAny(err, syscall.ENOENT):
		return occupantNone, none, nil
	case err != nil:
		return 0, none, err
	case isDir(stat):
		return occupantDirectory, none, nil
	case !isRegular(stat):
		return occupantAnything, none, nil // a link, a pipe (SAFE-10)
	case stat.Size == 0:
		return occupantOurs, stat, nil // empty (SAFE-9)
	}
	file, stat, err := d.openRegular(name)
	switch {
	case isAny(err, syscall.ENOENT):
		return occupantNone, none, nil
	case err != nil: // unreadable: nobody knows whose it is (SAFE-10)
		return 0, none, err
	}
	defer file.Close()
	c := content{source: file}
	r, fault, err := c.decode((*decoder).name)
	switch {
	case err != nil: // it cannot be read to the end of its run id
		return 0, none, err
	case fault != nil:
		return occupantAnything, none, nil // does not decode as far as its run id (SAFE-10)
	case r.RunID != runID:
		return occupantOtherRun, none, nil // SAFE-8
	}
	return occupantOurs, stat, nil // SAFE-9
}

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
		return func() {}, err // it keeps its new name (SAFE-12)
	}
	return nil, fmt.Errorf("no second name to be had: %w", err)
}

// hasNoLinks tells whether a link failed because the file system has none, or
// does not grant one for this file.
func hasNoLinks(err error) bool {
	return isAny(err, syscall.EPERM, syscall.EMLINK, syscall.ENOSYS, syscall.EXDEV) ||
		errors.Is(err, syscall.EOPNOTSUPP)
}
