package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// machine says where and when the figures were measured, and how to read them.
func machine(repeat int) string {
	return fmt.Sprintf("%s, %s%s, %s/%s, %s. Medians of %d: time on the clock (and of all processors), and memory at its peak.",
		clock.System{}.Now().UTC().Format(time.DateOnly), cores(), load(), runtime.GOOS, runtime.GOARCH, runtime.Version(), repeat)
}

// cores are the machine's processors.
func cores() string {
	model := "processors of an unknown model"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s", runtime.NumCPU(), model)
}

// load is how many programs wanted a processor in the last minute, where the
// system tells.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return ", load " + minute + " before the first row"
}
