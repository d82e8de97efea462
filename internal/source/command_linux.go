package source

import (
	"bytes"
	"fmt"
	"os"
)

// command identifies the Terraform command that started this process: its
// process number, the moment it started, and the boot that both count from.
func command() string {
	parent := os.Getppid()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", parent))
	if err != nil {
		return ""
	}
	// The second field is the command's name in parentheses, which may hold
	// anything; the start is the 22nd, the 20th after it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return ""
	}
	return fmt.Sprintf("%s %d %s", bytes.TrimSpace(boot), parent, fields[19])
}
