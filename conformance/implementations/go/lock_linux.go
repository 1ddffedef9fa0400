package rckp

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// lockPause is how long a lock is left alone before it is tried again.
const lockPause = 10 * time.Millisecond

// lock takes the exclusive lock on a directory and waits for it for a limited
// time (SAFE-6). Where there are no locks, it says so and gives false. The lock
// ends when the directory is closed, or with unlock.
func (s *Store) lock(d *dir) (bool, error) {
	deadline := time.Now().Add(s.lockTimeout())
	for {
		err := syscall.Flock(d.fd(), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case !errors.Is(err, syscall.EWOULDBLOCK):
			s.warn(fmt.Errorf("%q: no lock here: %w", d.path, err))
			return false, nil
		case time.Now().After(deadline):
			reason := fmt.Errorf("for more than %v", s.lockTimeout())
			return false, &StoreError{Code: Locked, Path: d.path, Reason: reason}
		default:
			time.Sleep(lockPause)
		}
	}
}

func (s *Store) unlock(d *dir) { syscall.Flock(d.fd(), syscall.LOCK_UN) }
