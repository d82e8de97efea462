package source

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// fill completes one entry from the disk, which listed it as info.
func (w *walker) fill(e *Entry, info fs.FileInfo, buffer []byte) error {
	switch {
	case e.Mode.IsDir():
		return nil
	case e.Mode&fs.ModeSymlink != 0:
		return w.fillLink(e)
	}
	if !info.Mode().IsRegular() {
		return changed(e.Path)
	}
	h := sha256.New()
	if err := readInto(h, w.tree.Root, e.Path, info, buffer); err != nil {
		return err
	}
	h.Sum(e.Sum[:0])
	e.take(info)
	return nil
}

// take sets what a file's listing says.
func (e *Entry) take(info fs.FileInfo) {
	e.Size = info.Size()
	e.Mode = 0o644
	if info.Mode()&0o111 != 0 {
		e.Mode = 0o755
	}
}

// fillLink reads a link's target and refuses one that leaves the tree.
func (w *walker) fillLink(e *Entry) error {
	target, err := os.Readlink(filepath.Join(w.tree.Root, filepath.FromSlash(e.Path)))
	if err != nil {
		return readError(e.Path, err)
	}
	e.Mode, e.Link = fs.ModeSymlink, filepath.ToSlash(target)
	if filepath.IsAbs(target) || !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(e.Path), e.Link))) {
		return leaves(e)
	}
	// The text may stay inside while a link on the way leads out: let the
	// system follow it, fenced in.
	_, err = w.fence.Stat(filepath.FromSlash(e.Path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "escapes") {
		return leaves(e)
	}
	return nil
}

func leaves(e *Entry) error {
	return fmt.Errorf("%s is a link to %s, which leaves the directory: exclude it, or copy what it points at", e.Path, e.Link)
}

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

// open opens what was listed, and nothing that took its place.
func open(root, name string, listed fs.FileInfo) (*File, error) {
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

func changed(name string) error {
	return fmt.Errorf("%s changed while it was read: run again when nothing writes to it", name)
}

func readError(name string, err error) error {
	if name == "" {
		name = "the directory"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s vanished while the files were read: run again when nothing writes to the directory", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be read: permission denied", name)
	}
	return fmt.Errorf("%s cannot be read: %w", name, plain(err))
}

// plain takes the absolute path out of a file system's error.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
