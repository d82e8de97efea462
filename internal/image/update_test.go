package image

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// counted notes the requests that a server gets, and how many wait for each
// other when an answer takes a while.
func counted(s *server, delay time.Duration) *[]string {
	var mu sync.Mutex
	list := &[]string{}
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		*list = append(*list, r.Method+" "+r.URL.Path[:strings.LastIndex(r.URL.Path, "/")+1])
		mu.Unlock()
		_ = (clock.System{}).Sleep(r.Context(), delay)
		next.ServeHTTP(w, r)
	}
	return list
}

// sixLayers is an image of six directories.
func sixLayers(t *testing.T, changed string) Recipe {
	t.Helper()
	r := Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64")}
	for i := range 6 {
		content := fmt.Sprint("layer ", i)
		if i == 3 {
			content += changed
		}
		r.Contents = append(r.Contents, files(t, fmt.Sprint("/", i), lay(t, map[string]string{"a": content})))
	}
	return r
}

// TestPush_oneLayerChanged counts requests: where to and the layer, where to
// and the configuration, and the manifest under its tag.
func TestPush_oneLayerChanged(t *testing.T) {
	s := newServer(t)
	repo := s.repo(t, "app")
	first, err := newMaker(t).Make(t.Context(), sixLayers(t, ""), nil)
	must(t, err)
	must(t, newMaker(t).Push(t.Context(), repo, []string{"1"}, first))
	memory := (*Memory)(nil).After(first, repo.Name())
	m := newMaker(t)
	second, err := m.Make(t.Context(), sixLayers(t, " changed"), memory)
	must(t, err)
	requests := counted(s, 0)
	must(t, m.Push(t.Context(), repo, []string{"2"}, second))
	slices.Sort(*requests)
	if want := []string{
		"POST /v2/app/blobs/uploads/", "POST /v2/app/blobs/uploads/", "PUT /v2/app/blobs/uploads/", "PUT /v2/app/blobs/uploads/", "PUT /v2/app/manifests/",
	}; !slices.Equal(*requests, want) {
		t.Errorf("got %q, want %q", *requests, want)
	}
	s.front = nil
	checked(t, repo.Tag("2"), second)
	requests = counted(s, 0)
	back, err := m.Make(t.Context(), sixLayers(t, ""), memory.After(second, repo.Name()))
	must(t, err)
	must(t, m.Push(t.Context(), repo, nil, back))
	if want := []string{"HEAD /v2/app/manifests/"}; !slices.Equal(*requests, want) {
		t.Errorf("going back sent %q, want %q", *requests, want)
	}
}

func checked(t *testing.T, ref name.Reference, want *Image) {
	t.Helper()
	got, err := remote.Image(ref)
	must(t, err)
	must(t, validate.Image(got))
	if digest, err := got.Digest(); err != nil || digest != want.Digest {
		t.Errorf("%s names %s, %v", ref, digest, err)
	}
}

// TestPush_rememberedAndLost checks that what the registry lost meanwhile is
// sent again, although it was there.
func TestPush_rememberedAndLost(t *testing.T) {
	old := newServer(t)
	first, err := newMaker(t).Make(t.Context(), sixLayers(t, ""), nil)
	must(t, err)
	empty := newServer(t)
	repo := empty.repo(t, "app")
	m := newMaker(t)
	must(t, m.Push(t.Context(), old.repo(t, "app"), nil, first))
	second, err := m.Make(t.Context(), sixLayers(t, " changed"), (*Memory)(nil).After(first, repo.Name()))
	must(t, err)
	strict(empty) // as registries are: no manifest without its layers
	must(t, m.Push(t.Context(), repo, []string{"2"}, second))
	empty.front = nil
	checked(t, repo.Tag("2"), second)
}

// strict refuses a manifest until every layer is there.
func strict(s *server) {
	blobs := map[string]bool{}
	var mu sync.Mutex
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		if digest := r.URL.Query().Get("digest"); digest != "" {
			blobs[digest] = true
		}
		enough := len(blobs) == 7
		mu.Unlock()
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") && !enough {
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, `{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}`)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// TestPush_fromWhereItWas checks that a blob which this machine has not, and
// no compressor makes any more, comes from the repository that has it.
func TestPush_fromWhereItWas(t *testing.T) {
	s, other := newServer(t), newServer(t)
	first, err := newMaker(t).Make(t.Context(), sixLayers(t, ""), nil)
	must(t, err)
	m := newMaker(t)
	must(t, m.Push(t.Context(), s.repo(t, "app"), nil, first)) // made again for the push
	memory := (*Memory)(nil).After(first, s.repo(t, "app").Name())
	m = newMaker(t)
	moved, err := m.Make(t.Context(), sixLayers(t, ""), memory)
	must(t, err)
	must(t, m.Push(t.Context(), other.repo(t, "copy"), []string{"1"}, moved))
	checked(t, other.repo(t, "copy").Tag("1"), first)
	if kept, _ := filepath.Glob(filepath.Join(m.Store.Dir, "layers", "*", "*")); len(kept) > 0 {
		t.Errorf("%d layers were compressed for it", len(kept))
	}
	must(t, m.Push(t.Context(), s.repo(t, "copy"), []string{"1"}, moved))
	checked(t, s.repo(t, "copy").Tag("1"), first)
}
