package rckp

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// openScope opens the directory that a record belongs into and makes what is
// missing (SAFE-2). It goes through no symbolic link but that of the base
// (SAFE-4).
func (s *Store) openScope(scope [2]string) (*dir, error) {
	for _, name := range strings.Split(s.Base, "/") {
		if len(name) > syscall.NAME_MAX { // SAFE-3: found before anything is made
			return nil, makeError(s.Base, syscall.ENAMETOOLONG)
		}
	}
	err := s.makeBase(s.Base)
	if isAny(err, syscall.ENOENT) { // a link on the way leads nowhere
		return nil, &StoreError{Code: NotADirectory, Path: s.Base, Reason: err}
	}
	if err != nil {
		return nil, makeError(s.Base, err)
	}
	d, err := openBase(s.Base)
	if isAny(err, syscall.ENOENT) { // a link that leads nowhere
		return nil, &StoreError{Code: NotADirectory, Path: s.Base, Reason: err}
	}
	if err != nil {
		return nil, makeError(s.Base, err)
	}
	_, known := s.flushed.Load(scope)
	first := s.Durability == DurabilityFull && !known
	if first {
		if err := syncAbove(s.Base); err != nil {
			d.close()
			return nil, makeError(s.Base, err)
		}
	}
	for _, name := range scope {
		parent := d
		d, err = s.enterScope(parent, name)
		if err == nil && first {
			if err = parent.sync(); err != nil {
				d.close()
			}
		}
		parent.close()
		if err != nil {
			return nil, makeError(parent.child(name), err)
		}
	}
	if first {
		s.flushed.Store(scope, true)
	}
	return d, nil
}

// syncAbove flushes the directory above the base also if the base existed:
// whoever created it may have been killed before it could flush it (SAFE-15).
// A directory that cannot be opened is skipped.
func syncAbove(base string) error {
	above, err := openBase(pathAbove(base))
	if err != nil {
		return nil
	}
	defer above.close()
	return above.sync()
}

// enterScope opens a directory of the scope and makes it if it is missing.
func (s *Store) enterScope(parent *dir, name string) (*dir, error) {
	d, err := parent.openDir(name)
	if !isAny(err, syscall.ENOENT) {
		return d, err
	}
	switch err := parent.mkdir(name); {
	case err == nil:
		if s.Durability == DurabilityFull {
			if err := parent.sync(); err != nil { // SAFE-15: directories that were made
				return nil, err
			}
		}
	case !isAny(err, syscall.EEXIST): // another writer was faster
		return nil, err
	}
	return parent.openDir(name)
}

// makeBase makes a directory and those above it, where they are missing.
func (s *Store) makeBase(path string) error {
	err := os.Mkdir(path, 0o777)
	above := pathAbove(path)
	if isAny(err, syscall.ENOENT) && above != path {
		if err := s.makeBase(above); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o777)
	}
	if isAny(err, syscall.EEXIST) {
		return nil
	}
	if err == nil && s.Durability == DurabilityFull {
		var d *dir
		if d, err = openBase(above); err == nil {
			err = d.sync()
			d.close()
		}
	}
	return err
}

// pathAbove is the path without its last component.
func pathAbove(path string) string {
	slash := strings.LastIndexByte(strings.TrimRight(path, "/"), '/')
	switch {
	case slash > 0:
		return path[:slash]
	case strings.HasPrefix(path, "/"):
		return "/"
	}
	return "."
}

// makeError is why a directory of a scope is not there (SAFE-3, SAFE-12).
func makeError(path string, err error) error {
	code := NotWritten
	switch {
	case isNoDir(err):
		code = NotADirectory
	case isAny(err, syscall.ENAMETOOLONG):
		code = NameTooLong
	}
	return &StoreError{Code: code, Path: path, Reason: err}
}

// checkNames makes sure that each name fits into the file system of the base,
// before anything is made (SAFE-3).
func (s *Store) checkNames(names ...string) error {
	limit, ok := nameLimit(s.Base)
	if !ok {
		return nil // the file system will tell
	}
	for _, name := range names {
		if int64(len(name)) > limit {
			reason := fmt.Errorf("%d bytes, at most %d allowed", len(name), limit)
			return &StoreError{Code: NameTooLong, Path: joinPath(s.Base, name), Reason: reason}
		}
	}
	return nil
}

// nameLimit asks the file system of a path or, where that is missing, of what is
// above it.
func nameLimit(path string) (int64, bool) {
	for {
		var stat syscall.Statfs_t
		err := syscall.Statfs(path, &stat)
		if err == nil {
			return int64(stat.Namelen), stat.Namelen > 0
		}
		above := pathAbove(path)
		if above == path || !isAny(err, syscall.ENOENT, syscall.EINTR) {
			return 0, false
		}
		if !isAny(err, syscall.EINTR) {
			path = above
		}
	}
}
