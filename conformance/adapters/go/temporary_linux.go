package rckp

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const (
	temporaryPrefix = ".rckp-tmp-"   // of temporary files (SAFE-5)
	abandonedAfter  = 24 * time.Hour // SAFE-7
)

// temporaryName is a name that no other writer chooses; it does not end in
// ".ckpt" (SAFE-5).
func temporaryName() string {
	return fmt.Sprintf("%s%d-%s", temporaryPrefix, os.Getpid(), randomDigits())
}

func randomDigits() string {
	var bytes [8]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		panic(err) // there is no randomness at all
	}
	return fmt.Sprintf("%x", bytes)
}

// writeTemporary writes data to a new file of the directory, all of it, and
// removes that file if it cannot (SAFE-11, SAFE-12).
func (s *Store) writeTemporary(d *dir, data []byte) (string, error) {
	name := temporaryName()
	file, err := d.create(name)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err == nil {
		err = checkSize(file, len(data))
	}
	if err == nil && s.Durability != DurabilityNone {
		err = file.Sync() // once (SAFE-14)
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		d.unlink(name)
		return "", err
	}
	return name, nil
}

// checkSize makes sure that everything has been written (SAFE-11).
func checkSize(file *os.File, want int) error {
	info, err := file.Stat()
	if err == nil && info.Size() != int64(want) {
		return fmt.Errorf("%w: %d bytes of %d", io.ErrShortWrite, info.Size(), want)
	}
	return err
}

// sweep removes temporary files that interrupted writers have left: all of them
// while the lock is held, else those that are old (SAFE-7). It is no matter if
// that fails.
func sweep(d *dir, locked bool) {
	names, _ := d.file.Readdirnames(-1)
	for _, name := range names {
		if !strings.HasPrefix(name, temporaryPrefix) {
			continue
		}
		stat, err := d.lstat(name)
		if err != nil || !isRegular(stat) {
			continue
		}
		changed := time.Unix(int64(stat.Mtim.Sec), int64(stat.Mtim.Nsec))
		if locked || time.Since(changed) > abandonedAfter {
			d.unlink(name)
		}
	}
}
