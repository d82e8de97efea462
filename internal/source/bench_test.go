package source

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkWalk walks and digests 20,000 files of 5 kB in 200 folders, as a
// plan does: cold, and when nothing was touched since the walk before.
func BenchmarkWalk(b *testing.B) {
	b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
	dir := b.TempDir()
	content := make([]byte, 5000)
	for i := range 20000 {
		if _, err := rand.Read(content); err != nil {
			b.Fatal(err)
		}
		folder := filepath.Join(dir, fmt.Sprintf("d%d", i%200))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("f%d", i)), content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	wait(b, racy+100*time.Millisecond)
	for name, fresh := range map[string]bool{"cold": true, "warm": false} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(20000 * 5000)
			for b.Loop() {
				tree, err := Options{Fresh: fresh}.Walk(b.Context(), dir)
				if err != nil || len(tree.Entries) != 20000 {
					b.Fatalf("%d files, %v", len(tree.Entries), err)
				}
				tree.Digest()
			}
		})
	}
}
