package image

import (
	"archive/tar"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// layered pushes a base of layers; an entry without content that ends in / is
// a directory.
func (s *server) layered(t *testing.T, layers ...map[string]string) string {
	t.Helper()
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64"})
	must(t, err)
	for _, files := range layers {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for name, content := range files {
			must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}))
			_, err := io.WriteString(w, content)
			must(t, err)
		}
		must(t, w.Close())
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
		must(t, err)
		image, err = mutate.AppendLayers(image, layer)
		must(t, err)
	}
	ref := s.repo(t, "base").Tag("1")
	must(t, remote.Write(ref, image))
	return ref.Name()
}

const dpkgOf = "Package: PKG\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n"

// TestBills_whatTheLayersHold reads our own layers, and the base's if asked,
// with what upper layers take away and replace.
func TestBills_whatTheLayersHold(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	base := s.layered(t,
		map[string]string{
			"./etc/os-release": "ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": strings.ReplaceAll(dpkgOf, "PKG", "old"),
			"opt/node_modules/gone/package.json": `{"name":"gone","version":"1.0.0"}`, "opt/lib/node_modules/hidden/package.json": `{"name":"hidden","version":"1.0.0"}`,
		},
		map[string]string{
			"var/lib/dpkg/status": strings.ReplaceAll(dpkgOf, "PKG", "new"), "opt/node_modules/.wh.gone": "", "opt/lib/.wh..wh..opq": "",
			"opt/node_modules/stays/package.json": `{"name":"stays","version":"1.0.0"}`,
		})
	digest, err := m.Registry.BaseDigest(t.Context(), base)
	must(t, err)
	recipe := Recipe{
		Base: base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"),
		Contents: []Content{files(t, "/srv", lay(t, map[string]string{"node_modules/left-pad/package.json": `{"name":"left-pad","version":"1.3.0"}`}))},
	}
	for _, how := range []Compression{Gzip, Zstd} {
		recipe.Compression = how
		image, err := m.Make(t.Context(), recipe, nil)
		must(t, err)
		for _, c := range []struct {
			read bool
			want []string
		}{
			{false, []string{"pkg:npm/left-pad@1.3.0", "pkg:oci/base@" + digest + "?arch=amd64"}},
			{true, []string{"pkg:deb/debian/new@1.0-1?arch=amd64&distro=debian-12", "pkg:npm/left-pad@1.3.0", "pkg:npm/stays@1.0.0", "pkg:oci/base@" + digest + "?arch=amd64"}},
		} {
			fetched := 0
			s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				fetched++
				next.ServeHTTP(w, r)
			}
			b := Bill{Name: "app", Base: base, BaseDigest: digest, ReadBase: c.read}
			bills, err := m.Bills(t.Context(), image, b)
			must(t, err)
			if c.read == (fetched == 0) && how == Gzip {
				t.Errorf("reading the base: %t, and %d requests", c.read, fetched)
			}
			again, err := m.Bills(t.Context(), image, b)
			must(t, err)
			elsewhere := newMaker(t)
			other, err := elsewhere.Make(t.Context(), recipe, nil)
			must(t, err)
			third, err := elsewhere.Bills(t.Context(), other, b)
			must(t, err)
			if again[0].Digest != bills[0].Digest || third[0].Digest != bills[0].Digest {
				t.Errorf("three times the same are %s, %s and %s", bills[0].Digest, again[0].Digest, third[0].Digest)
			}
			document, err := bills[0].parts[1].open(t.Context())
			must(t, err)
			text, err := io.ReadAll(document)
			must(t, err)
			var got []string
			for line := range strings.Lines(string(text)) {
				if purl, ok := strings.CutPrefix(strings.TrimSpace(line), `"purl": "`); ok && !strings.HasPrefix(purl, "pkg:oci/app") {
					got = append(got, strings.TrimRight(purl, `",`))
				}
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("%s, reading the base: %t: listed are %q", how, c.read, got)
			}
			if said := strings.Contains(string(text), "its packages and files were not read"); said == c.read {
				t.Errorf("reading the base: %t, and the document says otherwise", c.read)
			}
		}
	}
}

// TestBills_ofASnapshot needs no sources: the layers are what counts.
func TestBills_ofASnapshot(t *testing.T) {
	m := newMaker(t)
	image, err := m.Make(t.Context(), twoPrograms(t), nil)
	must(t, err)
	must(t, m.Keep(image))
	kept, err := m.Kept(image.Digest.String())
	must(t, err)
	b := Bill{Name: "app", Base: Scratch}
	bills, err := m.Bills(t.Context(), image, b)
	must(t, err)
	again, err := m.Bills(t.Context(), kept, b)
	must(t, err)
	for n := range bills {
		if bills[n].Digest != again[n].Digest {
			t.Errorf("of the snapshot it is %s, not %s", again[n].Digest, bills[n].Digest)
		}
	}
}
