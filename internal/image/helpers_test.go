package image

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// lay writes files below a new directory: a name that ends in * is
// executable, content that starts with -> is a link.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, strings.TrimSuffix(name, "*"))
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, "*") {
			mode = 0o755
		}
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		if target, ok := strings.CutPrefix(content, "->"); ok {
			must(t, os.Symlink(target, full))
			continue
		}
		must(t, os.WriteFile(full, []byte(content), mode))
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// zipped writes an archive; content that starts with -> is a link, a name that
// ends in * is executable.
func zipped(t testing.TB, file string, entries ...[2]string) string {
	t.Helper()
	full := filepath.Join(t.TempDir(), file)
	f, err := os.Create(full)
	must(t, err)
	z := zip.NewWriter(f)
	for _, e := range entries {
		h := &zip.FileHeader{Name: strings.TrimSuffix(e[0], "*"), Method: zip.Deflate}
		h.SetMode(0o644)
		content, link := strings.CutPrefix(e[1], "->")
		switch {
		case link:
			h.SetMode(fs.ModeSymlink | 0o777)
		case strings.HasSuffix(e[0], "*"):
			h.SetMode(0o755)
		}
		w, err := z.CreateHeader(h)
		must(t, err)
		_, err = io.WriteString(w, content)
		must(t, err)
	}
	must(t, z.Close())
	must(t, f.Close())
	return full
}

// server is a registry behind a front that a test may set.
type server struct {
	host  string
	front func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.front == nil {
			inner.ServeHTTP(w, r)
			return
		}
		s.front(w, r, inner)
	}))
	t.Cleanup(h.Close)
	s.host = strings.TrimPrefix(h.URL, "http://")
	return s
}

func (s *server) repo(t *testing.T, path string) name.Repository {
	t.Helper()
	repo, err := ParseRepository(s.host + "/" + path)
	must(t, err)
	return repo
}

// newMaker is a maker with a store of its own. Its waits take no time.
func newMaker(t *testing.T) Maker {
	t.Helper()
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	return Maker{Store: Store{Dir: t.TempDir()}, Registry: NewRegistry(authn.DefaultKeychain, "test", v)}
}

func platforms(t *testing.T, texts ...string) []v1.Platform {
	t.Helper()
	var list []v1.Platform
	for _, text := range texts {
		p, err := ParsePlatform(text)
		must(t, err)
		list = append(list, p)
	}
	return list
}

func files(t *testing.T, target, local string) Content {
	t.Helper()
	c, err := ReadFiles(t.Context(), target, local, 0)
	must(t, err)
	return c
}

func pkg(t *testing.T, file string) Content {
	t.Helper()
	c, err := ReadPackage(t.Context(), file, 0)
	must(t, err)
	return c
}

// baseImage pushes a base and returns its reference.
func (s *server) baseImage(t *testing.T, tag string, kind types.MediaType, config v1.Config, texts ...string) string {
	t.Helper()
	repo := s.repo(t, "base")
	ref := repo.Tag(tag)
	var index v1.ImageIndex = empty.Index
	for _, p := range platforms(t, texts...) {
		image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, Config: config})
		must(t, err)
		layerType := types.OCILayer
		if kind == types.DockerManifestSchema2 {
			layerType = types.DockerLayer
		}
		var content bytes.Buffer
		must(t, writeTar(t.Context(), &content, []node{{path: p.Architecture, kind: fs.ModeDir}}))
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content.Bytes())), nil
		}, tarball.WithMediaType(layerType))
		must(t, err)
		image, err = mutate.AppendLayers(image, layer)
		must(t, err)
		image = mutate.MediaType(image, kind)
		if len(texts) == 1 {
			must(t, remote.Write(ref, image))
			return ref.Name()
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &p}})
	}
	must(t, remote.WriteIndex(ref, index))
	return ref.Name()
}

// entries reads a compressed layer: "mode path" or "mode path -> link" each.
func entries(t *testing.T, r io.Reader) []string {
	t.Helper()
	z, err := gzip.NewReader(r)
	must(t, err)
	var list []string
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		must(t, err)
		line := fmt.Sprintf("%o %s", h.Mode, h.Name)
		if h.Linkname != "" {
			line += " -> " + h.Linkname
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Unix() != 0 || h.PAXRecords != nil {
			line += " with an owner, a time or noise"
		}
		list = append(list, line)
	}
}
