package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// processor is the processors' time that this process took so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak runs a row in a process of its own, and says how much memory that had.
func peak(ctx context.Context, name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, self, "-memory", name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("peak %s\t%s", strings.TrimSpace(string(out)), milliseconds(cmd.ProcessState.SystemTime()+cmd.ProcessState.UserTime())), nil
}

// memory is the most that this process had at once. What wait4 tells of a
// child counts what its parent had when it started it.
func memory() (string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		return "", err
	}
	return source.Bytes(kib * 1024), nil
}
