package rckp

import (
	"errors"
	"syscall"
	"time"
)

// PurgeByAge removes the checkpoints that are older than an age in milliseconds
// (STORE-19).
func (s *Store) PurgeByAge(age uint64) (int, error) {
	now := uint64(max(0, time.Now().UnixMilli()))
	return s.Purge(now - min(age, now))
}

// Purge removes every valid checkpoint that was written before a time (STORE-15)
// and tells how many. What it cannot do it reports at the end (STORE-18).
func (s *Store) Purge(before uint64) (int, error) {
	removed := 0
	w := walker{}
	w.visit = func(d *dir, name string) {
		done, err := s.purgeFile(d, name, before)
		if done {
			removed++
		}
		if err != nil {
			w.reported = append(w.reported, err)
		}
	}
	if err := w.walk(s); err != nil {
		return 0, err
	}
	if len(w.reported) > 0 {
		return removed, &StoreError{
			Code: PurgeIncomplete, Path: s.Base, Removed: removed, Failures: w.reported,
		}
	}
	return removed, nil
}

// purgeFile removes one file if it is old enough. What is gone by now is no error
// (STORE-15).
func (s *Store) purgeFile(d *dir, name string, before uint64) (bool, *StoreError) {
	stat, old, err := judgeAge(d, name, before)
	if err != nil {
		return false, &StoreError{Code: Unreadable, Path: d.child(name), Reason: err}
	}
	if !old {
		return false, nil
	}
	if _, err := s.lock(d); err != nil { // SAFE-6
		return false, asStoreError(err)
	}
	defer s.unlock(d)
	now, err := d.lstat(name)
	if err == nil {
		if !sameFile(stat, now) {
			return false, nil // only what was judged (STORE-17)
		}
		err = d.unlink(name)
	}
	if isGone(err) {
		return false, nil
	}
	if err != nil {
		return false, &StoreError{Code: NotRemoved, Path: d.child(name), Reason: err}
	}
	return true, asStoreError(s.syncRemoval(d, d.child(name)))
}

// judgeAge tells whether a file is valid (STORE-16) and was written before a
// time, and which file it was. It reads on only if the time asks for it
// (STORE-22).
func judgeAge(d *dir, name string, before uint64) (stat syscall.Stat_t, old bool, err error) {
	file, stat, err := d.openRegular(name)
	if isGone(err) || errors.Is(err, errNotRegular) {
		return stat, false, nil
	}
	if err != nil {
		return stat, false, err
	}
	defer file.Close()
	c := content{source: file}
	r, fault, err := c.decode((*decoder).time)
	if err != nil || fault != nil || r.CreatedAtMs >= before {
		return stat, false, err
	}
	_, fault, err = c.decode((*decoder).record)
	return stat, err == nil && fault == nil, err
}

// asStoreError gives nil for nil.
func asStoreError(err error) *StoreError {
	var e *StoreError
	errors.As(err, &e)
	return e
}
