package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// applyingSavedPlan tells that the Terraform command which started this
// process applies a plan file: the last of its arguments names one.
func applyingSavedPlan() bool {
	parent := os.Getppid()
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", parent))
	if err != nil {
		return false
	}
	arguments := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	command := ""
	for _, a := range arguments[1:] {
		if !strings.HasPrefix(a, "-") { // options of Terraform itself come first
			command = a
			break
		}
	}
	last := arguments[len(arguments)-1]
	if command != "apply" || last == command || strings.HasPrefix(last, "-") {
		return false
	}
	if !filepath.IsAbs(last) {
		last = filepath.Join(fmt.Sprintf("/proc/%d/cwd", parent), last)
	}
	f, err := os.Open(last)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	_, err = f.Read(head)
	return err == nil && bytes.Equal(head, []byte("PK\x03\x04")) // a plan file is a ZIP
}
