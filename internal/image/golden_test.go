package image

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The golden digests. They may never move: states of users hold such digests,
// and would plan a change that nobody made.
const goldenZstd = "sha256:0ae6e0f89aace9b563220112f63912f2b4b95c82f979a88d702dcdfc60e42572"

func goldenLayers() []string {
	return []string{
		"dependencies ee15df8058cb17ed", "spring-boot-loader d5df4cb589d8a971", "company-dependencies b701d7eca783f52a", "application a4bab36f33d64c6a",
	}
}

func TestMake_goldenZstd(t *testing.T) {
	for _, processors := range []int{1, 2, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		dir := lay(t, map[string]string{"run*": "#!/bin/sh\n", "etc/app.conf": strings.Repeat("x = 1\n", 700_000), "etc/current": "->app.conf"})
		image, err := newMaker(t).Make(t.Context(), Recipe{
			Base: Scratch, Platforms: platforms(t, "linux/amd64"), Compression: Zstd, Annotations: map[string]string{"b": "2", "a": "1"},
			Contents: []Content{files(t, "/srv", dir), files(t, "/etc/one", filepath.Join(dir, "run"))},
			Layering: []Named{{Name: "conf", Paths: []string{"/srv/**/*.conf", "/etc/one"}}},
			Config:   Config{StopSignal: "SIGINT", Health: &Health{Command: []string{"/srv/run"}, Retries: 2}},
		}, nil)
		must(t, err)
		if got := image.Digest.String(); got != goldenZstd {
			t.Errorf("on %d processors: got %s", processors, got)
		}
		var names []string
		for _, p := range image.Manifests[0].Parts {
			names = append(names, p.From)
		}
		if want := []string{"conf", "/srv"}; !slices.Equal(names, want) {
			t.Errorf("layers are %q, want %q", names, want)
		}
	}
}

// TestMake_goldenJava checks the layers alone: the archive's own bytes, and
// the base's, come from compressors of the standard library.
func TestMake_goldenJava(t *testing.T) {
	s := newServer(t)
	base := s.baseImage(t, "java", types.OCIManifestSchema1, v1.Config{}, "linux/amd64")
	m := newMaker(t)
	digest, err := m.Registry.BaseDigest(t.Context(), base)
	must(t, err)
	image, err := m.Make(t.Context(), Recipe{Base: base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{bootJAR(t)}}, nil)
	must(t, err)
	var got []string
	for _, p := range image.Manifests[0].Parts {
		if p.Own() {
			got = append(got, p.From+" "+p.Digest.Hex[:16])
		}
	}
	if want := goldenLayers(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
