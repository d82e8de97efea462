package image

import (
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// BenchmarkMakeAndPush makes an image of 100 MB, half of it compressible, and
// pushes it to a registry in this process.
func BenchmarkMakeAndPush(b *testing.B) {
	dir := b.TempDir()
	source := rand.NewChaCha8([32]byte{1})
	content := make([]byte, 1<<20)
	for i := range 100 {
		_, _ = source.Read(content[:len(content)/2])
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i%26))+strings.Repeat("x", i/26)), content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(100 << 20)
	for b.Loop() {
		server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		m := Maker{Store: Store{Dir: b.TempDir()}, Registry: NewRegistry(authn.DefaultKeychain, "bench", clock.System{})}
		c, err := ReadFiles(b.Context(), "/srv", dir, 0)
		if err != nil {
			b.Fatal(err)
		}
		image, err := m.Make(b.Context(), Recipe{Base: Scratch, Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}, Contents: []Content{c}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		repo, err := ParseRepository(strings.TrimPrefix(server.URL, "http://") + "/app")
		if err == nil {
			err = m.Push(b.Context(), repo, []string{"1"}, image)
		}
		if err != nil {
			b.Fatal(err)
		}
		server.Close()
	}
}
