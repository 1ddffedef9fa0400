package rckp

import (
	"errors"
	"io"
)

// firstBytes is how much of a file is read at first; most are shorter.
const firstBytes = 16 << 10

// content is what has been read of a file so far. It reads only as much as it
// takes to judge the file (STORE-22), and allocates only in proportion to what
// it has read (LIM-1).
type content struct {
	source io.Reader
	data   []byte
	whole  bool
}

// grow reads as much as there is already, or the first bytes.
func (c *content) grow() error {
	have := len(c.data)
	want := max(firstBytes, 2*have)
	data := make([]byte, want)
	copy(data, c.data)
	n, err := io.ReadFull(c.source, data[have:])
	c.data = data[:have+n]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		c.whole, err = true, nil
	}
	return err
}

// decode reads with a step of the decoder, such as (*decoder).header, and reads
// on while the answer depends on what has not been read yet (DEC-11).
func (c *content) decode(step func(*decoder) Record) (Record, *Fault, error) {
	for {
		d := decoder{file: c.data, more: !c.whole}
		r := step(&d)
		if d.fault == nil {
			return r, nil, nil
		}
		if c.whole || !d.inconclusive() {
			return Record{}, d.fault, nil // DEC-8
		}
		if err := c.grow(); err != nil {
			return Record{}, nil, err
		}
	}
}

// inconclusive tells whether the fault may be another, or none, once more of the
// file has been read: a truncation, or bytes that may not follow at all.
func (d *decoder) inconclusive() bool {
	return d.fault.Code == Truncated ||
		d.fault.Code == TrailingBytes && d.fault.Offset == uint64(len(d.file))
}
