package rckp

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// oPath opens a name without opening what it leads to; the package syscall does
// not have it.
const oPath = 0x200000

// dir is an open directory. Everything is done relative to it, so that no
// symbolic link is ever followed on the way (STORE-3, SAFE-4).
type dir struct {
	file *os.File
	path string // as told to the caller
}

// errNotRegular says that a name leads to something that is not opened (STORE-4).
var errNotRegular = errors.New("no regular file")

// openBase opens a base directory, which may be a symbolic link (STORE-3).
func openBase(path string) (*dir, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &dir{file, path}, nil
}

func (d *dir) fd() int { return int(d.file.Fd()) }

func (d *dir) close() { d.file.Close() }

// child is the path of a name in the directory.
func (d *dir) child(name string) string { return joinPath(d.path, name) }

func joinPath(path, name string) string {
	if strings.HasSuffix(path, "/") {
		return path + name
	}
	return path + "/" + name
}

// openat opens a name, but never through a symbolic link.
func (d *dir) openat(name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := syscall.Openat(d.fd(), name, flags|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, mode)
		if !errors.Is(err, syscall.EINTR) {
			return fd, err
		}
	}
}

// openDir opens a directory in the directory.
func (d *dir) openDir(name string) (*dir, error) {
	fd, err := d.openat(name, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	path := d.child(name)
	return &dir{os.NewFile(uintptr(fd), path), path}, nil
}

// lstat looks at a name; it opens nothing and follows nothing.
func (d *dir) lstat(name string) (syscall.Stat_t, error) {
	var stat syscall.Stat_t
	fd, err := d.openat(name, oPath, 0)
	if err != nil {
		return stat, err
	}
	defer syscall.Close(fd)
	return stat, syscall.Fstat(fd, &stat)
}

// openRegular opens a regular file for reading, and nothing else (STORE-4). It
// looks before it opens, does not wait, and looks again.
func (d *dir) openRegular(name string) (*os.File, syscall.Stat_t, error) {
	stat, err := d.lstat(name)
	if err != nil {
		return nil, stat, err
	}
	if !isRegular(stat) {
		return nil, stat, errNotRegular
	}
	fd, err := d.openat(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, syscall.ELOOP) { // a link by now
		return nil, stat, errNotRegular
	}
	if err != nil {
		return nil, stat, err
	}
	if err = syscall.Fstat(fd, &stat); err == nil && !isRegular(stat) {
		err = errNotRegular
	}
	if err != nil {
		syscall.Close(fd)
		return nil, stat, err
	}
	return os.NewFile(uintptr(fd), d.child(name)), stat, nil
}

// create makes a new file; it must not exist (SAFE-5).
func (d *dir) create(name string, mode uint32) (*os.File, error) {
	fd, err := d.openat(name, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), d.child(name)), nil
}

func (d *dir) mkdir(name string) error { return syscall.Mkdirat(d.fd(), name, 0o777) }

func (d *dir) unlink(name string) error { return syscall.Unlinkat(d.fd(), name) }

func (d *dir) rename(from, to string) error {
	return syscall.Renameat(d.fd(), from, d.fd(), to)
}

// link gives a file a second name, which must not exist. A symbolic link is not
// followed but gets a second name itself.
func (d *dir) link(from, to string) error {
	old, err := syscall.BytePtrFromString(from)
	if err != nil {
		return err
	}
	name, err := syscall.BytePtrFromString(to)
	if err != nil {
		return err
	}
	_, _, errno := syscall.Syscall6(syscall.SYS_LINKAT,
		uintptr(d.fd()), uintptr(unsafe.Pointer(old)),
		uintptr(d.fd()), uintptr(unsafe.Pointer(name)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// sync flushes the directory to the disk; it is called once (SAFE-14). A file
// system that does not flush directories does not need it.
func (d *dir) sync() error {
	if err := d.file.Sync(); !isAny(err, syscall.EINVAL) {
		return err
	}
	return nil
}

func isDir(stat syscall.Stat_t) bool     { return stat.Mode&syscall.S_IFMT == syscall.S_IFDIR }
func isLink(stat syscall.Stat_t) bool    { return stat.Mode&syscall.S_IFMT == syscall.S_IFLNK }
func isRegular(stat syscall.Stat_t) bool { return stat.Mode&syscall.S_IFMT == syscall.S_IFREG }

// sameFile tells whether two looks saw the very same file, unchanged (STORE-17).
func sameFile(a, b syscall.Stat_t) bool {
	return a.Dev == b.Dev && a.Ino == b.Ino && a.Size == b.Size && a.Mtim == b.Mtim && a.Ctim == b.Ctim
}

// isAny tells whether err is one of the reasons.
func isAny(err error, reasons ...syscall.Errno) bool {
	for _, reason := range reasons {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// isGone tells whether a name is not there; one that is too long, or holds a
// NUL, cannot be there.
func isGone(err error) bool {
	return isAny(err, syscall.ENOENT, syscall.ENAMETOOLONG, syscall.EINVAL)
}

// isAbsent is isGone for a name that is to be removed: one that is too long for
// any file cannot be asked for (STORE-13).
func isAbsent(err error) bool { return isAny(err, syscall.ENOENT) }

// isNoDir tells whether something else stands in the place of a directory.
func isNoDir(err error) bool { return isAny(err, syscall.ENOTDIR, syscall.ELOOP) }
