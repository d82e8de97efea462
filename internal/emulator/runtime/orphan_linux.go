package runtime

import "syscall"

// attributes make a process end with this one, even when that is killed. The
// kernel means the thread that started it; Go's threads stay.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
