package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Entry is one file of a tree.
type Entry struct {
	Path string      // relative to the tree's root, with slashes
	Mode fs.FileMode // fs.ModeDir, fs.ModeSymlink or, for a file, 0o755 or 0o644
	Size int64       // of a file's content
	Link string      // a symbolic link's target, as it is written
	Sum  [sha256.Size]byte
}

// Tree is a directory's files at one moment, sorted by path. A directory is
// an entry only when it is empty.
type Tree struct {
	Root    string
	Entries []Entry

	read *reading // how a walk found the entries; nil when it was none
}

// reading is what the system said of a tree's files when they were hashed.
type reading struct {
	listings []listing // by the index of the entries
	young    int64     // what moved since then, in nanoseconds, may have moved again unseen
}

// The kinds of entries in a tree's canonical form.
const (
	kindFile       = 'f'
	kindExecutable = 'x'
	kindLink       = 'l'
)

const canonicalHeader = "awsdeploy source 1\n"

// Digest identifies the tree's files: "sha256:" and the hash of their
// canonical form. Empty directories do not count, because a clone has none.
func (t Tree) Digest() string {
	h := sha256.New()
	w := bufio.NewWriter(h)
	_ = t.encode(w) // a hash takes every byte
	_ = w.Flush()
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// encode writes the tree's canonical form: each field has a fixed length or
// carries its length, so that no two trees share a form.
func (t Tree) encode(w io.Writer) error {
	var b []byte
	b = append(b, canonicalHeader...)
	for _, e := range t.Entries {
		if e.Mode.IsDir() {
			continue
		}
		kind := byte(kindFile)
		switch {
		case e.Mode&fs.ModeSymlink != 0:
			kind = kindLink
		case e.Mode&0o111 != 0:
			kind = kindExecutable
		}
		b = append(b, kind)
		b = binary.AppendUvarint(b, uint64(len(e.Path)))
		b = append(b, e.Path...)
		if kind == kindLink {
			b = binary.AppendUvarint(b, uint64(len(e.Link)))
			b = append(b, e.Link...)
		} else {
			b = binary.AppendUvarint(b, uint64(e.Size))
			b = append(b, e.Sum[:]...)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	_, err := w.Write(b)
	return err
}

// decode reads what encode wrote.
func decode(data []byte) (Tree, error) {
	rest, ok := bytes.CutPrefix(data, []byte(canonicalHeader))
	if !ok {
		return Tree{}, errors.New("not a source manifest")
	}
	var t Tree
	for r := bytes.NewReader(rest); r.Len() > 0; {
		e, err := decodeEntry(r)
		if err != nil {
			return Tree{}, fmt.Errorf("source manifest, entry %d: %w", len(t.Entries)+1, err)
		}
		t.Entries = append(t.Entries, e)
	}
	return t, nil
}

func decodeEntry(r *bytes.Reader) (Entry, error) {
	kind, _ := r.ReadByte()
	name, err := decodeText(r)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Path: name, Mode: 0o644}
	switch kind {
	case kindLink:
		e.Mode = fs.ModeSymlink
		e.Link, err = decodeText(r)
		return e, err
	case kindExecutable:
		e.Mode = 0o755
	case kindFile:
	default:
		return Entry{}, fmt.Errorf("unknown kind %q", kind)
	}
	size, err := decodeNumber(r)
	if err != nil {
		return Entry{}, err
	}
	e.Size = int64(size)
	_, err = io.ReadFull(r, e.Sum[:])
	return e, err
}

func decodeText(r *bytes.Reader) (string, error) {
	n, err := decodeNumber(r)
	if err != nil {
		return "", err
	}
	if n > uint64(r.Len()) {
		return "", io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return string(b), err
}

// decodeNumber reads a number in its shortest form alone, so that no tree has
// two forms.
func decodeNumber(r *bytes.Reader) (uint64, error) {
	before := r.Len()
	n, err := binary.ReadUvarint(r)
	if err == nil && before-r.Len() != len(binary.AppendUvarint(nil, n)) {
		err = errors.New("a number is written longer than it is")
	}
	return n, err
}

// Changes are the paths in which two trees differ, sorted.
type Changes struct {
	Added, Changed, Removed []string
}

// Diff says what changed from old to t. Empty directories do not count.
func (t Tree) Diff(old Tree) Changes {
	was, is := old.files(), t.files()
	var c Changes
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(was) == 0 || len(is) > 0 && is[0].Path < was[0].Path:
			c.Added = append(c.Added, is[0].Path)
			is = is[1:]
		case len(is) == 0 || was[0].Path < is[0].Path:
			c.Removed = append(c.Removed, was[0].Path)
			was = was[1:]
		default:
			if is[0] != was[0] {
				c.Changed = append(c.Changed, is[0].Path)
			}
			was, is = was[1:], is[1:]
		}
	}
	return c
}

func (t Tree) files() []Entry {
	return slices.DeleteFunc(slices.Clone(t.Entries), func(e Entry) bool { return e.Mode.IsDir() })
}

// Empty tells that nothing differs.
func (c Changes) Empty() bool {
	return len(c.Added)+len(c.Changed)+len(c.Removed) == 0
}

// Count is "+1 ~2 −0": how many files were added, changed and removed.
func (c Changes) Count() string {
	return fmt.Sprintf("+%d ~%d −%d", len(c.Added), len(c.Changed), len(c.Removed))
}

// String names the files, one a line, at most twenty of them.
func (c Changes) String() string {
	const most = 20
	var lines []string
	for _, p := range c.Changed {
		lines = append(lines, "  "+p+" changed")
	}
	for _, p := range c.Added {
		lines = append(lines, "  "+p+" is new")
	}
	for _, p := range c.Removed {
		lines = append(lines, "  "+p+" is gone")
	}
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most], fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}
