package chaos

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// small is a file system with that much room, as the cache of this test.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("this needs the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("AWSDEPLOY_CACHE_DIR", dir)
	return dir
}

// TestMaking_diskIsFull: the disk ends in the middle of a package. The next
// apply, with room, makes it whole.
func TestMaking_diskIsFull(t *testing.T) {
	dir := small(t, "300k")
	w, from := packageWorld(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "large.bin"), []byte(strings.Repeat("x", 1<<20)), 0o644); err != nil {
		t.Fatal(err)
	}
	b := w.NewBench(t, "awsdeploy_app_package")
	config := map[string]any{"source_dir": from, "sources": []any{"**"}, "artifact": "large.bin",
		"publish": map[string]any{"bucket": "artifacts", "key_prefix": "shop/"}}
	fails(t, b, config, "Disk is full", "make room there, or set AWSDEPLOY_CACHE_DIR")
	if n := acted(w, "PutObject"); n > 0 {
		t.Errorf("%d objects were put of a package that was never whole", n)
	}
	if err := syscall.Mount("", dir, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	mended(t, b, config)
	if got := b.Attribute("type"); got == "" {
		t.Errorf("the state holds %s", b.State)
	}
}

// TestMaking_diskIsFullForImage: what is sent is kept on this machine first.
func TestMaking_diskIsFullForImage(t *testing.T) {
	dir := small(t, "16k")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, []byte(strings.Repeat("x", 12<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	w := acctest.New(t)
	e, b := appImage().build(t, w), w.NewBench(t, "awsdeploy_app_image")
	if err := b.Refused(e.planned); err == nil || !strings.Contains(err.Error(), "Disk is full") || !strings.Contains(err.Error(), "set AWSDEPLOY_CACHE_DIR") {
		t.Errorf("the plan ended with %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	mended(t, b, e.planned)
	if err := e.check(b, ending{}); err != nil {
		t.Error(err)
	}
}
