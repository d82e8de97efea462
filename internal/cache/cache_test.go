package cache

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/users/ann/cache")
	t.Setenv(Variable, "")
	if dir, err := Dir(); err != nil || filepath.Base(dir) != "terraform-provider-awsdeploy" {
		t.Errorf("got %q, %v", dir, err)
	}
	t.Setenv(Variable, "elsewhere")
	if dir, err := Dir(); err != nil || !filepath.IsAbs(dir) || filepath.Base(dir) != "elsewhere" {
		t.Errorf("got %q, %v", dir, err)
	}
}

func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a", "b")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			err := Write(file, func(w io.Writer) error {
				_, err := io.WriteString(w, "whole")
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	cause := errors.New("no more")
	err := Write(file, func(w io.Writer) error {
		_, _ = io.WriteString(w, "ha")
		return cause
	})
	if !errors.Is(err, cause) {
		t.Errorf("got %v, want the writer's error", err)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "whole" {
		t.Errorf("got %q, %v", data, err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
