//go:build unix

package image

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// BenchmarkJavaPlan plans a Spring Boot application of 105 MB, four libraries
// and 2,000 classes: on a machine that never saw it and has only the state,
// once more, and with one class changed.
func BenchmarkJavaPlan(b *testing.B) {
	file := filepath.Join(b.TempDir(), "shop.jar")
	n := 0
	application(b, file, n)
	base := javaBase(b, hub(b, 0))
	plan := func(m Maker, memory *Memory) *Image {
		c, err := ReadPackage(b.Context(), file, 0)
		ok(b, err)
		digest, err := m.Registry.BaseDigest(b.Context(), base)
		ok(b, err)
		image, err := m.Make(b.Context(), Recipe{Base: base, BaseDigest: digest, Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}, Contents: []Content{c}}, memory)
		ok(b, err)
		return image
	}
	b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
	m := benchMaker(b)
	memory := (*Memory)(nil).After(plan(m, nil), "")
	b.Run("cold", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
			plan(benchMaker(b), memory)
		}
	})
	b.Run("warm", func(b *testing.B) {
		b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
		plan(m, memory)
		defer processor(b)()
		for b.Loop() {
			plan(m, memory)
		}
	})
	b.Run("one-class", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			n++
			application(b, file, n)
			b.StartTimer()
			plan(m, memory)
		}
	})
}

// application writes the archive; its classes differ by version.
func application(b *testing.B, file string, version int) {
	b.Helper()
	f, err := os.Create(file)
	ok(b, err)
	z := zip.NewWriter(f)
	add := func(name string, method uint16, content []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		ok(b, err)
		_, err = io.Copy(w, bytes.NewReader(content))
		ok(b, err)
	}
	add("META-INF/MANIFEST.MF", zip.Deflate, []byte("Main-Class: org.springframework.boot.loader.launch.JarLauncher\n"))
	chance := rand.NewChaCha8([32]byte{2})
	library := make([]byte, 23_000_000)
	for i := range 4 {
		_, _ = chance.Read(library)
		add(fmt.Sprintf("BOOT-INF/lib/library-%d.jar", i), zip.Store, library)
	}
	for i := range 2000 {
		class := bytes.Repeat([]byte(fmt.Sprintf("a class that has the number %d and some more to say.", i)), 110)
		if i == 7 {
			class = append(class, fmt.Sprint(version)...)
		}
		add(fmt.Sprintf("BOOT-INF/classes/com/example/C%04d.class", i), zip.Deflate, class)
	}
	ok(b, z.Close())
	ok(b, f.Close())
}

func javaBase(b *testing.B, host string) string {
	b.Helper()
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}})
	ok(b, err)
	ref := benchRepo(b, host).Tag("java")
	ok(b, remote.Write(ref, image))
	return ref.Name()
}
