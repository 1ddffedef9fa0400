package rckp

import (
	"errors"
	"syscall"
)

// maxAttempts is how often something is tried again that another writer spoiled.
const maxAttempts = 100

// Write puts a record into its place and gives the path (SAFE-2). With an error
// of the code DurabilityUncertain the path is given, too: the checkpoint is
// written. Another error is an *EncodeError or a *StoreError, and what was there
// before is untouched (SAFE-1).
func (s *Store) Write(r Record) (string, error) {
	data, refusal := Encode(r)
	if refusal != nil {
		return "", refusal // SAFE-3
	}
	scope, name := ScopeNames(r), FileName(r.RunID)
	if err := s.checkNames(scope[0], scope[1], name); err != nil {
		return "", err
	}
	d, err := s.openScope(scope)
	if err != nil {
		return "", err
	}
	defer d.close()
	locked, err := s.lock(d) // ends with close
	if err != nil {
		return "", err
	}
	sweep(d, locked)
	temporary, err := s.writeTemporary(d, name, r.RunID, data)
	if err != nil {
		return "", notWritten(d, name, err)
	}
	p := placing{dir: d, temporary: temporary, name: name, runID: r.RunID, locked: locked,
		flushes: s.Durability != DurabilityNone}
	if err := p.place(); err != nil {
		temporary.remove() // SAFE-12
		return "", notWritten(d, name, err)
	}
	if err := temporary.Close(); err != nil && p.later == nil {
		p.later = err
	}
	uncertain := p.later // SAFE-13: the steps that are left are taken all the same
	if s.Durability == DurabilityFull {
		if err := d.sync(); err != nil && uncertain == nil {
			uncertain = err
		}
	}
	path := d.child(name)
	if uncertain != nil {
		return path, &StoreError{Code: DurabilityUncertain, Path: path, Reason: uncertain}
	}
	return path, nil
}

// notWritten wraps an error that has no code yet (SAFE-12).
func notWritten(d *dir, name string, err error) error {
	var known *StoreError
	if errors.As(err, &known) {
		return known
	}
	return &StoreError{Code: NotWritten, Path: d.child(name), Reason: err}
}

// placing brings a temporary file to its name.
type placing struct {
	dir       *dir
	temporary *temporaryFile
	name      string
	runID     string
	locked    bool
	flushes   bool
	later     error // of a step after the link or the rename (SAFE-13)
}

// place gives the file its name, and checks that the name leads to it (SAFE-18).
func (p *placing) place() error {
	if err := p.publish(); err != nil {
		return err
	}
	ours, err := p.temporary.isAt(p.name)
	if err == nil && !ours && !p.locked { // somebody may have been faster, or removed it
		var who occupant
		who, _, err = judgeOccupant(p.dir, p.name, p.runID)
		ours = who == occupantNone || who == occupantOurs
	}
	if err != nil && p.later == nil {
		p.later = err // the file has its name, and only the check failed (SAFE-13)
	}
	if ours || err != nil {
		return nil
	}
	if there, err := p.dir.lstat(p.name); err == nil && isLink(there) {
		p.dir.unlink(p.name)
	}
	return errReplaced
}

var errReplaced = errors.New("another program has replaced the file")

// checkTemporary makes sure that what is about to get the name is the file that
// was written (SAFE-18).
func (p *placing) checkTemporary() error {
	ours, err := p.temporary.isAt(p.temporary.name)
	if err == nil && !ours {
		err = errReplaced
	}
	return err
}

// publish is the loop of SAFE-11.
func (p *placing) publish() error {
	for range maxAttempts {
		who, there, err := judgeOccupant(p.dir, p.name, p.runID)
		if err != nil {
			return err
		}
		switch who {
		case occupantOurs:
			if err := p.temporary.inherit(there); err != nil { // once more: it may be another one
				return err
			}
			return p.rename()
		case occupantOtherRun:
			return &StoreError{Code: RunIDCollision, Path: p.dir.child(p.name)}
		case occupantDirectory:
			return &StoreError{Code: NotAFile, Path: p.dir.child(p.name), Reason: syscall.EISDIR}
		case occupantAnything:
			return p.keepAndRename()
		}
		if err := p.link(); !isAny(err, syscall.EEXIST) {
			return err
		}
	}
	return errors.New("what has the name keeps changing")
}

// link is for the first time: it fails when another writer was faster.
func (p *placing) link() error {
	if err := p.checkTemporary(); err != nil {
		return err
	}
	err := p.dir.link(p.temporary.name, p.name)
	if err == nil {
		if err := p.dir.unlink(p.temporary.name); !isAny(err, syscall.ENOENT) {
			p.later = err
		}
		return nil
	}
	if hasNoLinks(err) {
		return p.rename()
	}
	return err
}

func (p *placing) rename() error {
	if err := p.checkTemporary(); err != nil {
		return err
	}
	return p.dir.rename(p.temporary.name, p.name)
}

// keepAndRename loses nothing of what was there (SAFE-10).
func (p *placing) keepAndRename() error {
	undo, err := keep(p.dir, p.name)
	if isAny(err, syscall.ENOENT) { // gone meanwhile
		return p.rename()
	}
	if err != nil {
		return err
	}
	if p.flushes {
		err = p.dir.sync() // or a power cut may take this name, and leave the checkpoint's
	}
	if err == nil {
		err = p.rename()
	}
	if err != nil {
		undo()
		return err
	}
	return nil
}
