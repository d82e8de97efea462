//go:build unix

package runtime

import (
	"os"
	"os/exec"
	"syscall"
)

// group gives a process a group of its own, which ends as one.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = attributes() }

// killGroup ends a process's group. The group's id stays taken while any
// member lives, and is no longer ours when none does.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
