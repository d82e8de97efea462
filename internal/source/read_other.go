//go:build !linux && !darwin

package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// look asks the system about a file. Nothing tells here a file that was
// written within its times' precision, or whose times were set back.
func (l *listing) look(root, name string) error {
	info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return readError(name, err)
	}
	*l = listing{mode: info.Mode(), size: info.Size(), info: info}
	return nil
}

// file hashes a file, and lists it first where that was not done.
func (r *reader) file(root, name string, l *listing, heed func(size int64) error) error {
	if l.info == nil {
		if err := l.look(root, name); err != nil {
			return err
		}
	}
	f, err := open(root, name, l.info)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := heed(l.size); err != nil {
		return err
	}
	_, err = io.CopyBuffer(onlyWriter{r.hash}, f, r.buffer)
	return err
}

// onlyWriter hides a hash's other methods, so that the buffer is used.
type onlyWriter struct{ io.Writer }

// File is a file that is read from its first byte to its last. Reading fails
// when the file changes meanwhile.
type File struct {
	f      *os.File
	name   string
	before fs.FileInfo
	read   int64
}

// Open opens a regular file of the tree at root by its slash path.
func Open(root, name string) (*File, error) {
	listed, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return nil, readError(name, err)
	}
	return open(root, name, listed)
}

// Open opens the tree's entry of an index, a regular file.
func (t Tree) Open(i int) (*File, error) { return Open(t.Root, t.Entries[i].Path) }

// Hashed tells that the file is surely the one whose hash its entry has: never,
// where nothing tells.
func (f *File) Hashed() bool { return false }

// open opens what was listed, and nothing that took its place.
func open(root, name string, listed fs.FileInfo) (*File, error) {
	settle(listed.ModTime().UnixNano())
	if !listed.Mode().IsRegular() {
		return nil, changed(name)
	}
	f, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return nil, readError(name, err)
	}
	before, err := f.Stat()
	if err == nil && (!os.SameFile(listed, before) || listed.Size() != before.Size() || !listed.ModTime().Equal(before.ModTime())) {
		err = changed(name)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &File{f: f, name: name, before: before}, nil
}

// Read reads on. At the end it makes sure that the file is still what was
// opened.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.f.Read(p)
	f.read += int64(n)
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) {
		return n, readError(f.name, err)
	}
	after, err := f.f.Stat()
	if err != nil {
		return n, readError(f.name, err)
	}
	if f.read != f.before.Size() || after.Size() != f.before.Size() || !after.ModTime().Equal(f.before.ModTime()) {
		return n, changed(f.name)
	}
	return n, io.EOF
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }
