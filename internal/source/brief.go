package source

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// mostBrief bounds a brief: it lives in Terraform's state.
const mostBrief = 32 << 10

// briefSum is how much of an entry's hash a brief keeps. It only words what
// changed; whether something did is the digest's matter.
const briefSum = 8

// Brief is the tree's paths, each with a short hash, in few bytes; nil when
// the tree has too many files for that.
func (t Tree) Brief() ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, e := range t.files() {
		sum, err := e.short()
		if err != nil {
			return nil, err
		}
		b = binary.AppendUvarint(b[:0], uint64(len(e.Path)))
		b = append(append(b, e.Path...), sum...)
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if out.Len() > mostBrief {
		return nil, nil
	}
	return out.Bytes(), nil
}

func (e Entry) short() ([]byte, error) {
	h := sha256.New()
	err := Tree{Entries: []Entry{e}}.encode(h)
	return h.Sum(nil)[:briefSum], err
}

// DiffBrief says what changed from the tree that a brief was made of.
func (t Tree) DiffBrief(brief []byte) (Changes, error) {
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader(brief)))
	if err != nil {
		return Changes{}, fmt.Errorf("reading a brief of sources: %w", err)
	}
	old := map[string][]byte{}
	for r := bytes.NewReader(data); r.Len() > 0; {
		name, err := decodeText(r)
		if err != nil {
			return Changes{}, fmt.Errorf("reading a brief of sources: %w", err)
		}
		sum := make([]byte, briefSum)
		if _, err := io.ReadFull(r, sum); err != nil {
			return Changes{}, fmt.Errorf("reading a brief of sources: %w", err)
		}
		old[name] = sum
	}
	var c Changes
	for _, e := range t.files() {
		sum, err := e.short()
		if err != nil {
			return Changes{}, err
		}
		switch was, ok := old[e.Path]; {
		case !ok:
			c.Added = append(c.Added, e.Path)
		case !bytes.Equal(was, sum):
			c.Changed = append(c.Changed, e.Path)
		}
		delete(old, e.Path)
	}
	for name := range old {
		c.Removed = append(c.Removed, name)
	}
	slices.Sort(c.Removed)
	return c, nil
}
