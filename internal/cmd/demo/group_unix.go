//go:build unix

package main

import (
	"errors"
	"os/exec"
	"syscall"
)

// ownGroup gives the CLI a process group, in which its providers are too. The
// demo's end ends the group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
}

// killGroup is SIGKILL for the CLI and its providers: nobody can clean up.
func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// groupGone tells that no process of the group is left.
func groupGone(cmd *exec.Cmd) bool {
	return errors.Is(syscall.Kill(-cmd.Process.Pid, 0), syscall.ESRCH)
}
