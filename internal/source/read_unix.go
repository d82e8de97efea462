//go:build linux || darwin

package source

import (
	"errors"
	"hash"
	"io/fs"
	"path/filepath"
	"syscall"
)

// statOf is what the listing of a file says.
func statOf(info fs.FileInfo) (stat, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stat{}, false
	}
	return statOfRaw(s), true
}

// readInto reads a file that was listed as info. It makes four calls of the
// system for a small file, where package os makes eight: that is most of what
// reading many of them takes.
func readInto(h hash.Hash, root, name string, info fs.FileInfo, buffer []byte) error {
	listed, ok := statOf(info)
	if !ok {
		return changed(name)
	}
	fd, err := again(func() (int, error) {
		return syscall.Open(filepath.Join(root, filepath.FromSlash(name)), syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	})
	if errors.Is(err, syscall.ELOOP) {
		return changed(name)
	}
	if err != nil {
		return readError(name, err)
	}
	defer func() { _ = syscall.Close(fd) }()
	for left := listed.size; left > 0; {
		n, err := again(func() (int, error) { return syscall.Read(fd, buffer[:min(int64(len(buffer)), left)]) })
		if err != nil {
			return readError(name, err)
		}
		if n == 0 {
			return changed(name)
		}
		_, _ = h.Write(buffer[:n]) // a hash takes every byte
		left -= int64(n)
	}
	// Looked at last, so that nothing that happened meanwhile goes unseen.
	var after syscall.Stat_t
	if err := syscall.Fstat(fd, &after); err != nil {
		return readError(name, err)
	}
	if is := statOfRaw(&after); is != listed {
		return changed(name)
	}
	return nil
}

// again calls until no signal interrupts.
func again(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
