package rckp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Delete removes what has the name of path, below the base only, and tells
// whether there was anything to remove (STORE-12). It removes neither
// directories nor anything behind a link (STORE-13, STORE-14).
func (s *Store) Delete(path string) (bool, error) {
	names, ok := below(s.Base, path)
	if !ok { // the base may also be named by the path that it leads to
		if real, err := filepath.EvalSymlinks(s.Base); err == nil {
			names, ok = below(real, path)
		}
	}
	if !ok {
		return false, &StoreError{Code: OutsideBase, Path: path}
	}
	last := len(names) - 1
	base, err := openBase(s.Base)
	if isAny(err, syscall.ELOOP) { // whatever else keeps it (STORE-13)
		return false, &StoreError{Code: NotRemoved, Path: path, Reason: err}
	}
	var d *dir
	if err == nil {
		d, err = base.descend(names[:last])
	}
	if isAbsent(err) {
		return false, nil
	}
	if err != nil {
		code := NotRemoved
		if isNoDir(err) {
			code = NotADirectory
		}
		return false, &StoreError{Code: code, Path: path, Reason: err}
	}
	defer d.close()
	if _, err := s.lock(d); err != nil { // SAFE-6
		return false, err
	}
	stat, err := d.lstat(names[last])
	if err == nil && isDir(stat) {
		return false, &StoreError{Code: NotAFile, Path: path, Reason: syscall.EISDIR}
	}
	if err == nil {
		err = d.unlink(names[last])
	}
	if isAbsent(err) {
		return false, nil
	}
	if err != nil {
		return false, &StoreError{Code: NotRemoved, Path: path, Reason: err}
	}
	return true, s.syncRemoval(d, path)
}

// syncRemoval makes a removal last (SAFE-13, SAFE-15).
func (s *Store) syncRemoval(d *dir, path string) error {
	if s.Durability != DurabilityFull {
		return nil
	}
	if err := d.sync(); err != nil {
		return &StoreError{Code: DurabilityUncertain, Path: path, Reason: err}
	}
	return nil
}

// descend opens the directory that names lead to and closes this one; no link is
// followed (STORE-13).
func (d *dir) descend(names []string) (*dir, error) {
	var err error
	for _, name := range names {
		if err != nil {
			break
		}
		parent := d
		d, err = parent.openDir(name)
		parent.close()
	}
	return d, err
}

// below gives the components of path below base, and false if it does not lie
// there (STORE-13).
func below(base, path string) ([]string, bool) {
	all, front := components(path), components(base)
	if len(all) <= len(front) || !slices.Equal(all[:len(front)], front) {
		return nil, false
	}
	names := all[len(front):]
	return names, !slices.Contains(names, "..")
}

// components splits an absolute or relative path; nothing is resolved. Empty ones
// and those that are "." do not count.
func components(path string) []string {
	if !strings.HasPrefix(path, "/") {
		if here, err := os.Getwd(); err == nil {
			path = here + "/" + path
		}
	}
	return slices.DeleteFunc(strings.Split(path, "/"), func(name string) bool { return name == "" || name == "." })
}
