//go:build unix

package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// megabytes lays files of 1 MB that compress about as programs do.
func megabytes(b *testing.B, count int) string {
	b.Helper()
	dir := b.TempDir()
	chance := rand.New(rand.NewChaCha8([32]byte{1}))
	words := make([][]byte, 5000)
	for i := range words {
		words[i] = make([]byte, 2+chance.IntN(9))
		for j := range words[i] {
			words[i][j] = byte(chance.IntN(256))
		}
	}
	for i := range count {
		content := make([]byte, 0, 1_000_016)
		for len(content) < 1_000_000 {
			content = append(content, words[chance.IntN(1+chance.IntN(len(words)))]...)
		}
		ok(b, os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%03d", i)), content[:1_000_000], 0o644))
	}
	return dir
}

func ok(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// hub is a registry in this process that takes its time for each answer.
func hub(b *testing.B, delay time.Duration) string {
	b.Helper()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = (clock.System{}).Sleep(r.Context(), delay)
		inner.ServeHTTP(w, r)
	}))
	b.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func benchMaker(b *testing.B) Maker {
	b.Helper()
	return Maker{Store: Store{Dir: b.TempDir()}, Registry: NewRegistry(authn.DefaultKeychain, "bench", clock.System{})}
}

func amd64(b *testing.B, dirs ...string) Recipe {
	b.Helper()
	r := Recipe{Base: Scratch, Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}}
	for i, dir := range dirs {
		c, err := ReadFiles(b.Context(), fmt.Sprintf("/srv%d", i), dir, 0)
		ok(b, err)
		r.Contents = append(r.Contents, c)
	}
	return r
}

// processor reports the processor's time, which other work on the machine
// does not stretch as it does the clock's.
func processor(b *testing.B) func() {
	b.Helper()
	used := func() time.Duration {
		var u syscall.Rusage
		ok(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Milliseconds())/float64(b.N), "cpu-ms/op") }
}

// BenchmarkCold pushes 100 MB that nobody has seen: by this package, by the
// library of crane append (which starts from a tar), and the floor, one pass
// without anything around it.
func BenchmarkCold(b *testing.B) {
	dir := megabytes(b, 100)
	b.Run("ours", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
			m, repo := benchMaker(b), benchRepo(b, hub(b, 0))
			image, err := m.Make(b.Context(), amd64(b, dir), nil)
			ok(b, err)
			ok(b, m.Push(b.Context(), repo, []string{"1"}, image))
		}
	})
	b.Run("floor", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			floor(b, dir, hub(b, 0))
		}
	})
	b.Run("crane", func(b *testing.B) {
		file := filepath.Join(b.TempDir(), "layer.tar")
		f, err := os.Create(file)
		ok(b, err)
		ok(b, tarOf(f, dir))
		ok(b, f.Close())
		defer processor(b)()
		for b.Loop() {
			layer, err := tarball.LayerFromFile(file)
			ok(b, err)
			image, err := mutate.AppendLayers(empty.Image, layer)
			ok(b, err)
			ok(b, remote.Write(benchRepo(b, hub(b, 0)).Tag("1"), image))
		}
	})
}

// BenchmarkNothing plans and pushes what is there already.
func BenchmarkNothing(b *testing.B) {
	b.Setenv("AWSDEPLOY_CACHE_DIR", b.TempDir())
	dir, m, repo := megabytes(b, 100), benchMaker(b), benchRepo(b, hub(b, 0))
	image, err := m.Make(b.Context(), amd64(b, dir), nil)
	ok(b, err)
	ok(b, m.Push(b.Context(), repo, []string{"1"}, image))
	defer processor(b)()
	for b.Loop() {
		image, err := m.Make(b.Context(), amd64(b, dir), nil)
		ok(b, err)
		ok(b, m.Push(b.Context(), repo, []string{"1"}, image))
	}
}

// BenchmarkOneOfSix pushes one changed layer of six at 50 ms a request.
func BenchmarkOneOfSix(b *testing.B) {
	var dirs []string
	for range 6 {
		dirs = append(dirs, b.TempDir())
		ok(b, os.WriteFile(filepath.Join(dirs[len(dirs)-1], "a"), []byte(fmt.Sprint(len(dirs))), 0o644))
	}
	host, n := hub(b, 50*time.Millisecond), 0
	repo := benchRepo(b, host)
	change := func() {
		n++
		ok(b, os.WriteFile(filepath.Join(dirs[3], "a"), bytes.Repeat([]byte(fmt.Sprint(n)), 30_000), 0o644))
	}
	b.Run("ours", func(b *testing.B) {
		m := benchMaker(b)
		image, err := m.Make(b.Context(), amd64(b, dirs...), nil)
		ok(b, err)
		ok(b, m.Push(b.Context(), repo, []string{"1"}, image))
		memory := (*Memory)(nil).After(image, repo.Name())
		for b.Loop() {
			change()
			image, err := m.Make(b.Context(), amd64(b, dirs...), memory)
			ok(b, err)
			ok(b, m.Push(b.Context(), repo, []string{"1"}, image))
			memory = memory.After(image, repo.Name())
		}
	})
	b.Run("crane", func(b *testing.B) {
		for b.Loop() {
			change()
			image := empty.Image
			for _, dir := range dirs {
				var content bytes.Buffer
				ok(b, tarOf(&content, dir))
				layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil })
				ok(b, err)
				image, err = mutate.AppendLayers(image, layer)
				ok(b, err)
			}
			ok(b, remote.Write(repo.Tag("2"), image))
		}
	})
}

func benchRepo(b *testing.B, host string) name.Repository {
	b.Helper()
	repo, err := ParseRepository(host + "/app")
	ok(b, err)
	return repo
}

func tarOf(w io.Writer, dir string) error {
	t := tar.NewWriter(w)
	if err := t.AddFS(os.DirFS(dir)); err != nil {
		return err
	}
	return t.Close()
}

// floor is the least that has to be done: read, hash, compress, hash, send.
func floor(b *testing.B, dir, host string) {
	b.Helper()
	var blob bytes.Buffer
	plain, packed := sha256.New(), sha256.New()
	z, err := Gzip.writer(io.MultiWriter(&blob, packed))
	ok(b, err)
	ok(b, tarOf(io.MultiWriter(plain, z), dir))
	ok(b, z.Close())
	started, err := http.Post("http://"+host+"/v2/app/blobs/uploads/", "", nil)
	ok(b, err)
	_ = started.Body.Close()
	to, err := started.Request.URL.Parse(started.Header.Get("Location"))
	ok(b, err)
	to.RawQuery = fmt.Sprintf("digest=sha256:%x", packed.Sum(nil))
	put, err := http.NewRequest(http.MethodPut, to.String(), &blob)
	ok(b, err)
	done, err := http.DefaultClient.Do(put)
	ok(b, err)
	_ = done.Body.Close()
	if done.StatusCode != http.StatusCreated {
		b.Fatal(done.Status)
	}
}
