//go:build !unix

package runtime

import (
	"os"
	"os/exec"
)

// group leaves a process as it is: here only the program itself is ended.
func group(*exec.Cmd) {}

func killGroup(p *os.Process) { _ = p.Kill() }
