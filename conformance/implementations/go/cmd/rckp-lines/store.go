package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"rckp"
)

// store opens the store of a question. Warnings go to standard error.
func (r request) store() *rckp.Store {
	wait, err := strconv.Atoi(r.LockTimeout)
	if err != nil {
		wait = 0 // what the store does by itself
	}
	return &rckp.Store{
		Base:        string(r.Base),
		LockTimeout: time.Duration(wait) * time.Millisecond,
		Warn:        func(err error) { fmt.Fprintln(os.Stderr, "rckp-lines:", err) },
	}
}

func files(r request) (response, error) {
	paths, reported, err := r.store().Files()
	if err != nil {
		return nil, err
	}
	return response{"paths": hexList(paths), "reported": reportedPaths(reported)}, nil
}

func read(r request) (response, error) {
	record, err := r.store().Read(string(r.Path))
	if err != nil {
		return nil, err
	}
	return response{"record": wire(record)}, nil
}

func write(r request) (response, error) {
	record, err := recordOf(r)
	if err != nil {
		return nil, err
	}
	path, err := r.store().Write(record)
	if err != nil {
		return nil, err
	}
	return response{"path": hexOf(path)}, nil
}

func remove(r request) (response, error) {
	removed, err := r.store().Delete(string(r.Path))
	if err != nil {
		return nil, err
	}
	return response{"removed": removed}, nil
}

func purge(r request) (response, error) {
	before, err := r.Before.u64()
	if err != nil {
		return nil, err
	}
	return purged(r.store().Purge(before))
}

func purgeAge(r request) (response, error) {
	age := uint64(math.MaxUint64) // whatever is greater is greater than the time, too
	if r.Age.IsUint64() {
		age = r.Age.Uint64()
	}
	return purged(r.store().PurgeByAge(age))
}

func purged(removed int, err error) (response, error) {
	if err != nil {
		return nil, err
	}
	return response{"removed": strconv.Itoa(removed)}, nil
}
