package image

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// big is an image with one layer of so many bytes, which do not compress.
func big(t *testing.T, m Maker, size int64) *Image {
	t.Helper()
	file := filepath.Join(t.TempDir(), "noise")
	f, err := os.Create(file)
	must(t, err)
	_, err = io.CopyN(f, rand.Reader, size)
	must(t, err)
	must(t, f.Close())
	image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{files(t, "/noise", file)}}, nil)
	must(t, err)
	return image
}

// cutting is a registry that keeps what arrived of an upload whose connection
// broke, and tells how much that is.
type cutting struct {
	mu     sync.Mutex
	have   map[string]int64 // by upload
	cuts   []int64          // after how many bytes the next requests break; 0 breaks none
	bytes  int64            // that came in
	starts int
}

func (c *cutting) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	upload := strings.Contains(r.URL.Path, "/blobs/uploads/")
	switch {
	case upload && r.Method == http.MethodPost:
		c.starts++
		next.ServeHTTP(w, r)
	case upload && r.Method == http.MethodGet:
		w.Header().Set("Range", fmt.Sprintf("0-%d", max(0, c.have[r.URL.Path]-1)))
		w.WriteHeader(http.StatusNoContent)
	case upload && r.ContentLength > 1000 && len(c.cuts) > 0:
		cut := c.cuts[0]
		c.cuts = c.cuts[1:]
		if cut > 0 {
			have := c.have[r.URL.Path]
			part := httptest.NewRequest(http.MethodPatch, r.URL.Path, io.LimitReader(r.Body, cut))
			part.Header.Set("Content-Range", fmt.Sprintf("%d-%d", have, have+cut-1))
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, part)
			if answer.Code != http.StatusAccepted && answer.Code != http.StatusNoContent {
				panic(answer.Body.String())
			}
			c.bytes += cut
			c.have[r.URL.Path] += cut
			panic(http.ErrAbortHandler)
		}
		fallthrough
	default:
		if upload && r.ContentLength > 0 {
			c.bytes += r.ContentLength
			c.have[r.URL.Path] += r.ContentLength
		}
		next.ServeHTTP(w, r)
	}
}

func TestPush_uploadGoesOnWhereItBroke(t *testing.T) {
	m := newMaker(t)
	const size = 18 << 20
	image := big(t, m, size)
	const half = 1 << 20
	for name, cuts := range map[string][]int64{
		"whole":                       nil,
		"the first request":           {half},
		"then a chunk":                {half, 0, half},
		"more often than one is sent": {half, half, half, half, half, half, half},
	} {
		c := &cutting{have: map[string]int64{}, cuts: cuts}
		s := newServer(t)
		s.front = c.serve
		repo := s.repo(t, strings.ReplaceAll(name, " ", "-"))
		if err := m.Push(t.Context(), repo, []string{"1"}, image); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.front = nil
		got, err := remote.Image(repo.Tag("1"))
		must(t, err)
		if err := validate.Image(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The blob, the configuration, and nothing twice.
		if c.starts != 2 || c.bytes > size+size/20 {
			t.Errorf("%s: %d bytes in %d uploads came in for %d", name, c.bytes, c.starts, size)
		}
	}
}

// TestPush_uploadThatCannotGoOn: a registry that does not say how far an
// upload came gets it from the start.
func TestPush_uploadThatCannotGoOn(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	image := big(t, m, 1<<20)
	broken := false
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.ContentLength > 1000 && !broken {
			broken = true
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
	repo := s.repo(t, "app")
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	got, err := remote.Image(repo.Tag("1"))
	must(t, err)
	must(t, validate.Image(got))
	if !broken {
		t.Error("nothing broke")
	}
}
