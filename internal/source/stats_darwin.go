package source

import "syscall"

// statOf is what the system's call says.
func statOf(s *syscall.Stat_t) stat {
	return stat{size: s.Size, written: s.Mtimespec.Nano(), changed: s.Ctimespec.Nano(), inode: s.Ino, device: uint64(s.Dev)}
}
