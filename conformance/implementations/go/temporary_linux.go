package rckp

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"regexp"
	"syscall"
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

// temporaryFile is a new file that is open until it has its name. What is done
// to it is done through the descriptor (SAFE-18).
type temporaryFile struct {
	*os.File
	dir  *dir
	name string
}

// writeTemporary writes data to a new file of the directory, all of it, and
// removes that file if it cannot (SAFE-11, SAFE-12). It is to get the name.
func (s *Store) writeTemporary(d *dir, name, runID string, data []byte) (*temporaryFile, error) {
	mode := uint32(0o666)
	there, err := d.lstat(name)
	if err == nil {
		mode &= there.Mode | 0o200
		if isRegular(there) { // nothing for a group that it does not have yet (SAFE-16)
			mode &= 0o700
		}
	}
	t := &temporaryFile{dir: d, name: temporaryName()}
	if t.File, err = d.create(t.name, mode); err != nil {
		return nil, err
	}
	_, err = t.Write(data)
	if err == nil {
		err = checkSize(t.File, len(data))
	}
	if err == nil {
		var who occupant
		if who, there, err = judgeOccupant(d, name, runID); err == nil && who == occupantOurs {
			err = t.inherit(there)
		}
	}
	if err == nil && s.Durability != DurabilityNone {
		err = t.Sync() // once (SAFE-14)
	}
	if err == nil && s.Durability == DurabilityNone {
		err = t.checkClose()
	}
	if err != nil {
		t.remove()
		return nil, err
	}
	return t, nil
}

// remove takes the name away and closes the file.
func (t *temporaryFile) remove() {
	t.dir.unlink(t.name)
	t.Close()
}

// checkClose closes a second descriptor: some file systems report a full disk
// only then, and the first one stays open.
func (t *temporaryFile) checkClose() error {
	fd, err := syscall.Dup(int(t.Fd()))
	if err != nil {
		return err
	}
	return syscall.Close(fd)
}

// isAt tells whether a name leads to the file.
func (t *temporaryFile) isAt(name string) (bool, error) {
	var ours syscall.Stat_t
	if err := syscall.Fstat(int(t.Fd()), &ours); err != nil {
		return false, err
	}
	there, err := t.dir.lstat(name)
	if isAny(err, syscall.ENOENT) {
		return false, nil
	}
	return err == nil && there.Dev == ours.Dev && there.Ino == ours.Ino, err
}

// inherit gives the file group, permissions and owner of another one, in this
// order (SAFE-16). Without the group, both the group and others get what both
// had.
func (t *temporaryFile) inherit(there syscall.Stat_t) error {
	var ours syscall.Stat_t
	fd := int(t.Fd())
	if err := syscall.Fstat(fd, &ours); err != nil {
		return err
	}
	mode, kept := there.Mode&0o777, true
	if ours.Gid != there.Gid {
		err := syscall.Fchown(fd, -1, int(there.Gid))
		if err != nil && !isNotPermitted(err) {
			return err
		}
		if err != nil {
			both := mode >> 3 & mode & 0o007
			mode, kept = mode&0o700|both<<3|both, false
		}
	}
	if ours.Mode&0o777 != mode {
		if err := syscall.Fchmod(fd, mode); err != nil {
			return err
		}
	}
	if ours.Uid != there.Uid {
		err := syscall.Fchown(fd, int(there.Uid), -1)
		if err != nil && !isNotPermitted(err) {
			return err
		}
		kept = kept && err == nil
	}
	if !kept {
		fmt.Fprintf(os.Stderr, "owner or group of %q could not be kept\n", t.dir.path)
	}
	return nil
}

// isNotPermitted tells whether an owner cannot be set here.
func isNotPermitted(err error) bool {
	return isAny(err, syscall.EPERM, syscall.EACCES, syscall.EINVAL, syscall.ENOSYS, syscall.ENOTSUP)
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
