package source

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkWalk walks and digests 20,000 files of 5 kB in 200 folders, as a
// plan does.
func BenchmarkWalk(b *testing.B) {
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
	b.SetBytes(20000 * 5000)
	for b.Loop() {
		tree, err := Walk(b.Context(), dir, nil, nil)
		if err != nil || len(tree.Entries) != 20000 {
			b.Fatalf("%d files, %v", len(tree.Entries), err)
		}
		tree.Digest()
	}
}
