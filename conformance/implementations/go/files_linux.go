package rckp

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// maxDepth is how deep directories are entered below the base (STORE-9).
const maxDepth = 100

var errTooDeep = errors.New("nested too deep")

// Files lists the checkpoints below the base in the order of STORE-5, and what
// it had to leave out (STORE-8).
func (s *Store) Files() (paths []string, reported []*StoreError, err error) {
	w := walker{visit: func(d *dir, name string) { paths = append(paths, d.child(name)) }}
	if err := w.walk(s); err != nil {
		return nil, nil, err
	}
	return paths, w.reported, nil
}

// walker visits every file that a store lists, in the order of STORE-5.
type walker struct {
	visit    func(d *dir, name string)
	reported []*StoreError
}

func (w *walker) report(code Code, path string, reason error) {
	w.reported = append(w.reported, &StoreError{Code: code, Path: path, Reason: reason})
}

// walk ends at once if the base itself cannot be read (STORE-6).
func (w *walker) walk(s *Store) error {
	base, err := s.open()
	if err != nil {
		return err
	}
	defer base.close()
	entries, err := base.file.ReadDir(-1)
	if err != nil {
		return &StoreError{Code: Unreadable, Path: s.Base, Reason: err}
	}
	w.entries(base, entries, 0)
	return nil
}

// entries visits what lies in a directory that is depth directories below the base.
func (w *walker) entries(d *dir, entries []fs.DirEntry, depth int) {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, entry := range entries {
		switch name := entry.Name(); {
		case entry.IsDir(): // whatever its name (STORE-2), but never a link (STORE-3)
			w.enter(d, name, depth+1)
		case entry.Type().IsRegular() && isCheckpointName(name):
			w.visit(d, name)
		}
	}
}

// enter visits a directory below the base. If it cannot be read, the rest still
// is (STORE-7).
func (w *walker) enter(parent *dir, name string, depth int) {
	if depth > maxDepth {
		w.report(Unreadable, parent.child(name), errTooDeep)
		return
	}
	d, err := parent.openDir(name)
	if isGone(err) || isNoDir(err) { // removed or replaced meanwhile
		return
	}
	if err != nil {
		w.report(Unreadable, parent.child(name), err)
		return
	}
	defer d.close()
	entries, err := d.file.ReadDir(-1)
	if err != nil {
		w.report(Unreadable, d.path, err) // what could be read is visited all the same
	}
	w.entries(d, entries, depth)
}

// isCheckpointName judges a name as bytes (STORE-1).
func isCheckpointName(name string) bool {
	return strings.HasSuffix(name, extension) && len(name) > len(extension)
}
