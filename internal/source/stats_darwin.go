package source

import (
	"io/fs"
	"syscall"
)

// statOf is what the listing of a file says.
func statOf(info fs.FileInfo) (stat, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stat{}, false
	}
	return stat{size: info.Size(), written: info.ModTime().UnixNano(), changed: s.Ctimespec.Nano(), inode: s.Ino, device: uint64(s.Dev)}, true
}
