package acctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// findCLI tells terraform-plugin-testing which CLI to run, and clears what
// would make one machine's test differ from another's.
func findCLI(t testing.TB) {
	t.Helper()
	path := cliPath()
	if path == "" {
		message := "acceptance tests run terraform or tofu: put one on PATH, or its path in TF_CLI"
		if os.Getenv("CI") != "" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	set(t, "TF_ACC_TERRAFORM_PATH", path)
	if strings.Contains(filepath.Base(path), "tofu") {
		set(t, "TF_ACC_PROVIDER_HOST", "registry.opentofu.org")
	}
	// Without a proxy's or a profile's say; the CLI's version cannot be
	// read while its configuration names a file that is missing.
	if config := os.Getenv("TF_CLI_CONFIG_FILE"); config != "" {
		if _, err := os.Stat(config); err != nil {
			set(t, "TF_CLI_CONFIG_FILE", "")
		}
	}
	set(t, "AWS_PROFILE", "")
	set(t, "CHECKPOINT_DISABLE", "1")
}

// cliPath is the CLI to run, or nothing.
func cliPath() string {
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), os.Getenv("TF_CLI"), "terraform", "tofu"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			if absolute, err := filepath.Abs(path); err == nil {
				return absolute
			}
		}
	}
	return ""
}

// set changes the process's environment for good: t.Setenv would forbid
// parallel tests, and every test sets the same.
func set(t testing.TB, name, value string) {
	t.Helper()
	var err error
	if value == "" {
		err = os.Unsetenv(name)
	} else {
		err = os.Setenv(name, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// CLI is the path of terraform or tofu; a test that needs it is skipped, or
// fails in CI, where there is none.
func CLI(t testing.TB) string {
	t.Helper()
	findCLI(t)
	return cliPath()
}
