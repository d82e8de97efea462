//go:build linux

package pack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestBuild_diskIsFull packs on a file system that has room for a part of the
// package alone.
func TestBuild_diskIsFull(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("this needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	spec := Spec{Dir: lay(t, map[string]string{"a.jar": strings.Repeat("x", 1<<20)}), Tool: None}
	s := Store{Dir: small}
	_, err := build(t, s, spec)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), small+" is full: make room there, or set AWSDEPLOY_CACHE_DIR to a directory that has some") {
		t.Errorf("got %v", err)
	}
	left, globErr := filepath.Glob(filepath.Join(small, "*", "*"))
	if globErr != nil || len(left) > 0 {
		t.Errorf("half a package is left: %v, %v", left, globErr)
	}
	if _, ok := s.Find(spec.Recipe("")); ok {
		t.Error("a package that was not made is found")
	}
	// With room, the same store works.
	if err := os.WriteFile(filepath.Join(spec.Dir, "a.jar"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustBuild(t, s, spec)
}
