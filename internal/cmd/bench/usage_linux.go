package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// processors is the processors' time that this process and the programs that
// it waited for took so far.
func processors() (used time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			used += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return used
}

// apart does our way of a row in a process of its own, and measures how much
// memory that had.
func apart(ctx context.Context, row string) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, self, "-alone", row)
	cmd.Stderr = os.Stderr
	begun := clock.System{}.Now()
	out, err := cmd.Output()
	if err != nil {
		return result{}, err
	}
	r := result{wall: clock.System{}.Now().Sub(begun), processor: cmd.ProcessState.SystemTime() + cmd.ProcessState.UserTime()}
	_, err = fmt.Sscan(string(out), &r.memory)
	return r, err
}

// memory is the most that this process had at once. What wait4 tells of a
// child counts what its parent had when it started it.
func memory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	_, err = fmt.Sscan(after, &kib)
	return kib * 1024, err
}

func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
