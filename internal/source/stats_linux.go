package source

import "syscall"

// statOf is what the system's call says.
func statOf(s *syscall.Stat_t) stat {
	return stat{size: s.Size, written: s.Mtim.Nano(), changed: s.Ctim.Nano(), inode: s.Ino, device: s.Dev}
}
