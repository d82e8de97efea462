//go:build !unix

package main

import "os/exec"

// ownGroup leaves the command as it is: a provider ends when its CLI is gone.
func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func groupGone(cmd *exec.Cmd) bool { return cmd.ProcessState != nil }
