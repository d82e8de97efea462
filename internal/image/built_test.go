package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// builtTar writes a layer as builders do, at some time.
func builtTar(t *testing.T, at int64, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h.ModTime, h.AccessTime, h.Uname, h.Format = time.Unix(at, 7), time.Unix(at, 8), fmt.Sprint("who", at), tar.FormatPAX
		if h.Typeflag == 0 {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(h.Name))
		}
		must(t, w.WriteHeader(&h))
		_, err := io.WriteString(w, h.Name[:h.Size])
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// usual is what layers hold.
func usualHeaders() []tar.Header {
	return []tar.Header{
		{Name: "./bin/", Typeflag: tar.TypeDir, Mode: 0o1777, Uid: 3},
		{Name: "./bin/su", Mode: 0o4755, Gid: 4, PAXRecords: map[string]string{xattr + "security.capability": "\x01\x02"}},
		{Name: "bin/again", Typeflag: tar.TypeLink, Linkname: "bin/su"},
		{Name: "bin/link", Typeflag: tar.TypeSymlink, Linkname: "su"},
		{Name: "dev/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3, Mode: 0o666},
		{Name: "etc/.wh.passwd", Mode: 0o600},
	}
}

// ociArchive is what BuildKit writes: an index of an index, with an
// attestation, and layers compressed in every way.
func ociArchive(t *testing.T, config v1.ConfigFile, layers ...[]byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "built.tar")
	f, err := os.Create(file)
	must(t, err)
	w := tar.NewWriter(f)
	put := func(name string, data []byte) {
		must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}))
		_, err := w.Write(data)
		must(t, err)
	}
	blob := func(data []byte) v1.Descriptor {
		put("blobs/sha256/"+digestOf(data).Hex, data)
		return v1.Descriptor{MediaType: types.OCILayer, Digest: digestOf(data), Size: int64(len(data))}
	}
	document := func(v any) v1.Descriptor {
		data, err := json.Marshal(v)
		must(t, err)
		return blob(data)
	}
	manifest := v1.Manifest{SchemaVersion: 2}
	for i, l := range layers {
		var packed bytes.Buffer
		z := io.WriteCloser(gzip.NewWriter(&packed))
		if i == 1 {
			z, err = zstd.NewWriter(&packed)
			must(t, err)
		}
		_, err = z.Write(l)
		must(t, err)
		must(t, z.Close())
		if i == 2 {
			packed = *bytes.NewBuffer(l)
		}
		manifest.Layers = append(manifest.Layers, blob(packed.Bytes()))
		if len(config.RootFS.DiffIDs) <= i {
			config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, digestOf(l))
		}
	}
	manifest.Config = document(config)
	made, stated := document(manifest), document(v1.Manifest{SchemaVersion: 2})
	made.Platform, stated.Platform = &v1.Platform{OS: "linux", Architecture: "amd64"}, &v1.Platform{OS: "unknown", Architecture: "unknown"}
	top, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{document(v1.IndexManifest{Manifests: []v1.Descriptor{stated, made}})}})
	must(t, err)
	put("index.json", top)
	must(t, w.Close())
	must(t, f.Close())
	return file
}

func builtRecipe(t *testing.T, base, digest string) Recipe {
	return Recipe{Base: base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{{Kind: Building, Digest: "sha256:1"}}}
}

func TestReadBuilt_leavesOutWhenItWasMade(t *testing.T) {
	m := newMaker(t)
	r := builtRecipe(t, Scratch, "")
	var first BuiltOne
	for _, at := range []int64{1_000_000, 2_000_000_000} {
		config := v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Labels: map[string]string{"io.buildah.version": fmt.Sprint(at), "of": "us"}}, History: []v1.History{
			{CreatedBy: "ENV A=1", EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) COPY  file:x in / "}, {CreatedBy: "|1 A=1 RUN --mount=type=secret,id=a /bin/sh -c make # buildkit"}, {}}}
		file := ociArchive(t, config, builtTar(t, at, usualHeaders()...), builtTar(t, at, tar.Header{Name: "two"}), builtTar(t, at))
		one, err := m.ReadBuilt(t.Context(), file, r, 0)
		must(t, err)
		if first.Layers == nil {
			first = one
		}
		if got, want := encode(one), encode(first); got != want {
			t.Errorf("made %s, and before %s", got, want)
		}
	}
	var names []string
	for _, l := range first.Layers {
		names = append(names, l.From)
	}
	if !slices.Equal(names, []string{"COPY file:x in /", "A=1 RUN /bin/sh -c make", "layer 3"}) || fmt.Sprint(first.Config.Labels) != "map[of:us]" || first.Apart {
		t.Errorf("layers %q, labels %s", names, first.Config.Labels)
	}
	f, err := m.Store.Open(first.Layers[0].Blob.Digest)
	must(t, err)
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	must(t, err)
	var got []string
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		text, err := io.ReadAll(in)
		must(t, err)
		got = append(got, fmt.Sprintf("%c %s>%s %o %d:%d %d,%d %d %q %d %s", h.Typeflag, h.Name, h.Linkname, h.Mode, h.Uid, h.Gid, h.Devmajor, h.Devminor, h.ModTime.UnixNano(), h.Uname, len(h.PAXRecords), text))
	}
	want := []string{
		`5 bin/> 1777 3:0 0,0 0 "" 0 `, `0 bin/su> 4755 0:4 0,0 0 "" 1 ./bin/su`, `1 bin/again>bin/su 0 0:0 0,0 0 "" 0 `,
		`2 bin/link>su 0 0:0 0,0 0 "" 0 `, `3 dev/null> 666 0:0 1,3 0 "" 0 `, `0 etc/.wh.passwd> 600 0:0 0,0 0 "" 0 etc/.wh.passwd`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("the layer holds\n%s", strings.Join(got, "\n"))
	}
}

func TestReadBuilt_leavesTheBaseToItsRegistry(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	ref := s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64")
	digest, err := m.Registry.BaseDigest(t.Context(), ref)
	must(t, err)
	r := builtRecipe(t, ref, digest)
	bases, err := m.Registry.bases(t.Context(), m.Store, r.Base, digest, r.Platforms)
	must(t, err)
	below := bases[0].config.RootFS.DiffIDs
	platform := v1.ConfigFile{OS: "linux", Architecture: "amd64"}
	above := builtTar(t, 1, tar.Header{Name: "above"})
	on := platform
	on.RootFS.DiffIDs = append(slices.Clone(below), digestOf(above))
	one, err := m.ReadBuilt(t.Context(), ociArchive(t, on, []byte("not read"), above), r, 0)
	must(t, err)
	r.Built = []BuiltOne{one}
	made, err := m.Make(t.Context(), r, nil)
	must(t, err)
	if parts := made.Manifests[0].Parts; len(one.Layers) != 1 || len(parts) != 2 || parts[0].Own() || parts[0].Digest != bases[0].manifest.Layers[0].Digest {
		t.Errorf("built %+v, made of %+v", one, made.Manifests[0].Parts)
	}
	apart, err := m.ReadBuilt(t.Context(), ociArchive(t, platform, above), r, 0)
	must(t, err)
	r.Built = []BuiltOne{apart}
	if made, err = m.Make(t.Context(), r, nil); err != nil || !apart.Apart || len(made.Manifests[0].Parts) != 1 {
		t.Errorf("built %+v: %v", apart, err)
	}
	r.Built = nil
	if _, err := m.Make(t.Context(), r, nil); !errors.Is(err, ErrUnbuilt) {
		t.Errorf("got %v", err)
	}
}

func TestReadBuilt_refuses(t *testing.T) {
	m := newMaker(t)
	r := builtRecipe(t, Scratch, "")
	layer := builtTar(t, 1, tar.Header{Name: "a"})
	other := v1.ConfigFile{OS: "linux", Architecture: "arm64"}
	wrong := v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{DiffIDs: []v1.Hash{digestOf([]byte("another"))}}}
	for want, file := range map[string]string{
		"it was built for linux/arm64": ociArchive(t, other, layer),
		"the builder says that it is":  ociArchive(t, wrong, layer),
	} {
		if _, err := m.ReadBuilt(t.Context(), file, r, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(m.Store.Dir, "blobs", "spool*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
