// Package cache is the directory of this machine in which the provider keeps
// what it can make again: built packages, image layers, what a plan was made
// of, and logs of builds. Several processes use it at once: every file appears
// whole, by a rename.
package cache

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Variable names the environment variable that moves the cache.
const Variable = "AWSDEPLOY_CACHE_DIR"

// Dir is the cache's directory as an absolute path: what Variable says, else
// terraform-provider-awsdeploy below the user's own cache directory. It may
// not exist yet.
func Dir() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("this user has no cache directory (%w): set %s to a directory", err, Variable)
	}
	return filepath.Join(base, "terraform-provider-awsdeploy"), nil
}

// Write makes the file at path with what fill writes. The file appears whole
// or not at all, and replaces one that is there.
func Write(path string, fill func(io.Writer) error) (err error) {
	f, err := Temp(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Temp opens a new file beside path, to be renamed to it. It makes the
// directories that lead there.
func Temp(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
}
