package rckp

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
)

const abandonedAfter = 24 * time.Hour // SAFE-7

// temporaryForm is that of the names of temporary files, of whatever make (SAFE-5).
var temporaryForm = regexp.MustCompile(`\A\.rckp-[0-9a-f]{16}\.tmp\z`)

// temporaryName is a name that no other writer chooses; it does not end in
// ".ckpt" (SAFE-5).
func temporaryName() string {
	return ".rckp-" + randomDigits() + ".tmp"
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
		if !temporaryForm.MatchString(name) { // somebody else's (SAFE-17)
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
