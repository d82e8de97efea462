//go:build linux || darwin

package source

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
)

// look asks the system about a file.
func (l *listing) look(root, name string) error {
	var s syscall.Stat_t
	_, err := again(func() (int, error) { return 0, syscall.Lstat(at(root, name), &s) })
	if err != nil {
		return readError(name, err)
	}
	*l = listingOf(&s)
	return nil
}

// listingOf is what the system's call says.
func listingOf(s *syscall.Stat_t) listing {
	l := listing{mode: fs.FileMode(s.Mode) & 0o111, size: s.Size, stat: statOf(s), sure: true}
	if s.Mode&syscall.S_IFMT != syscall.S_IFREG {
		l.mode |= fs.ModeIrregular
	}
	return l
}

// at is the path of a tree's file. The root is clean.
func at(root, name string) string { return root + string(filepath.Separator) + name }

// file hashes a file, which may have been listed before. It makes five calls of
// the system for a small one, where package os makes nine: that is most of
// what reading many of them takes.
func (r *reader) file(root, name string, l *listing, heed func(size int64) error) error {
	f, err := openRegular(root, name, l)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := heed(l.size); err != nil {
		return err
	}
	for {
		n, err := f.Read(r.buffer)
		_, _ = r.hash.Write(r.buffer[:n]) // a hash takes every byte
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// File is a file that is read from its first byte to its last. Reading fails
// when the file changes meanwhile.
type File struct {
	fd     int // negative when it is closed
	name   string
	listed stat
	left   int64
	hashed bool
}

// Open opens a regular file of the tree at root by its slash path.
func Open(root, name string) (*File, error) {
	f, err := openRegular(root, name, &listing{})
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// Open opens the tree's entry of an index, a regular file.
func (t Tree) Open(i int) (*File, error) {
	f, err := Open(t.Root, t.Entries[i].Path)
	if err == nil && t.read != nil && len(t.read.listings) == len(t.Entries) {
		was := &t.read.listings[i]
		f.hashed = was.settled(t.read.young) && was.stat == f.listed
	}
	return f, err
}

// Hashed tells that the file is surely the one whose hash its entry has, so
// that nobody needs to hash it again; reading it to the end still finds what
// changes meanwhile.
func (f *File) Hashed() bool { return f.hashed }

// openRegular opens a file, and lists it where that was not done.
func openRegular(root, name string, l *listing) (File, error) {
	fd, err := again(func() (int, error) {
		return syscall.Open(at(root, name), syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	})
	if errors.Is(err, syscall.ELOOP) {
		return File{}, changed(name)
	}
	if err != nil {
		return File{}, readError(name, err)
	}
	f := File{fd: fd, name: name}
	if !l.sure {
		var s syscall.Stat_t
		if err := syscall.Fstat(fd, &s); err != nil {
			_ = f.Close()
			return File{}, readError(name, err)
		}
		*l = listingOf(&s)
	}
	if !l.mode.IsRegular() {
		_ = f.Close()
		return File{}, changed(name)
	}
	settle(max(l.stat.written, l.stat.changed))
	f.listed, f.left = l.stat, l.size
	return f, nil
}

// Read reads on. At the end it makes sure that the file is still what was
// opened, looking at it last, so that nothing that happened meanwhile goes
// unseen.
func (f *File) Read(p []byte) (int, error) {
	if f.fd < 0 {
		return 0, fs.ErrClosed
	}
	if f.left == 0 {
		var after syscall.Stat_t
		if err := syscall.Fstat(f.fd, &after); err != nil {
			return 0, readError(f.name, err)
		}
		if statOf(&after) != f.listed {
			return 0, changed(f.name)
		}
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := again(func() (int, error) { return syscall.Read(f.fd, p[:min(int64(len(p)), f.left)]) })
	if err != nil {
		return 0, readError(f.name, err)
	}
	if n == 0 {
		return 0, changed(f.name)
	}
	f.left -= int64(n)
	return n, nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.fd < 0 {
		return fs.ErrClosed
	}
	fd := f.fd
	f.fd = -1 // the number may be another file's soon
	return syscall.Close(fd)
}

// again calls until no signal interrupts.
func again(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
