//go:build unix && !linux

package runtime

import "syscall"

// attributes: here a process outlives this one when that is killed.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
