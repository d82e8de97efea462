//go:build unix

package image

import (
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// BenchmarkBill lists what is in the layers of a Spring Boot application of
// 105 MB, from this machine's cache.
func BenchmarkBill(b *testing.B) {
	file := filepath.Join(b.TempDir(), "shop.jar")
	application(b, file, 0)
	b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
	base, m := javaBase(b, hub(b, 0)), benchMaker(b)
	c, err := ReadPackage(b.Context(), file, 0)
	ok(b, err)
	digest, err := m.Registry.BaseDigest(b.Context(), base)
	ok(b, err)
	image, err := m.Make(b.Context(), Recipe{Base: base, BaseDigest: digest, Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}, Contents: []Content{c}}, nil)
	ok(b, err)
	defer processor(b)()
	for b.Loop() {
		_, err := m.Bills(b.Context(), image, Bill{Name: "shop", Base: base, BaseDigest: digest})
		ok(b, err)
	}
}
