package image

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// small is an image for two platforms upon a base of the server.
func small(t *testing.T, m Maker, base string) *Image {
	t.Helper()
	digest, err := m.Registry.BaseDigest(t.Context(), base)
	must(t, err)
	image, err := m.Make(t.Context(), Recipe{
		Base: base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64", "linux/arm64"),
		Contents: []Content{files(t, "/srv/a", lay(t, map[string]string{"a": "a"})), files(t, "/srv/b", lay(t, map[string]string{"b": "b"}))},
	}, nil)
	must(t, err)
	return image
}

// whole checks that the registry serves every byte of the image.
func whole(t *testing.T, repo name.Repository, image *Image) {
	t.Helper()
	index, err := remote.Index(repo.Digest(image.Digest.String()))
	must(t, err)
	must(t, validate.Index(index))
}

func TestPush_baseOfEitherKind(t *testing.T) {
	for _, kind := range []types.MediaType{types.OCIManifestSchema1, types.DockerManifestSchema2} {
		t.Run(string(kind), func(t *testing.T) {
			s, m := newServer(t), newMaker(t)
			image := small(t, m, s.baseImage(t, "1", kind, v1.Config{Env: []string{"A=1"}}, "linux/amd64", "linux/arm64"))
			repo := s.repo(t, "team/app")
			must(t, m.Push(t.Context(), repo, []string{"1", "latest"}, image))
			whole(t, repo, image)
			for _, tag := range []string{"1", "latest"} {
				if got, err := m.Registry.Digest(t.Context(), repo.Tag(tag)); err != nil || got != image.Digest {
					t.Errorf("tag %s: got %s, %v", tag, got, err)
				}
			}
			docker := kind == types.DockerManifestSchema2
			if got := image.MediaType == types.DockerManifestList; got != docker {
				t.Errorf("the index is a %s upon %s", image.MediaType, kind)
			}
			for _, part := range image.Manifests[0].Parts {
				if got := part.MediaType == types.DockerLayer; got != docker {
					t.Errorf("the layer %s is a %s upon %s", part.From, part.MediaType, kind)
				}
			}
		})
	}
}

func TestPush_sendsOnlyWhatIsMissing(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	image := small(t, m, s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64"))
	repo := s.repo(t, "app")
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	var mu sync.Mutex
	var writes []string
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writes = append(writes, r.Method+" "+r.URL.Path)
		}
		next.ServeHTTP(w, r)
	}
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	if len(writes) != 0 {
		t.Errorf("pushing again wrote %q", writes)
	}
	must(t, m.Push(t.Context(), repo, []string{"1", "2"}, image))
	if want := []string{"PUT /v2/app/manifests/2"}; !slices.Equal(writes, want) {
		t.Errorf("a new tag wrote %q, want %q", writes, want)
	}
}

func TestPush_brokenAtEachRequest(t *testing.T) {
	s := newServer(t)
	m := newMaker(t)
	base := s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64")
	image := small(t, m, base)
	breaks := map[string]func(w http.ResponseWriter, r *http.Request, next http.Handler){
		"answers 500": func(w http.ResponseWriter, r *http.Request, next http.Handler) { w.WriteHeader(500) },
		"hangs up":    func(w http.ResponseWriter, r *http.Request, next http.Handler) { panic(http.ErrAbortHandler) },
		"hangs up after the act": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		},
	}
	for how, broken := range breaks {
		for _, lasting := range []bool{false, true} {
			for at := 0; ; at++ {
				repo := s.repo(t, fmt.Sprintf("app-%d-%t-%s", at, lasting, strings.ReplaceAll(how, " ", "-")))
				var mu sync.Mutex
				seen, tripped := 0, false
				s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					mu.Lock()
					trip := seen == at || lasting && seen > at
					seen++
					tripped = tripped || trip
					mu.Unlock()
					if trip {
						broken(w, r, next)
					} else {
						next.ServeHTTP(w, r)
					}
				}
				err := m.Push(t.Context(), repo, []string{"1"}, image)
				s.front = nil
				if !tripped {
					break // every request has been broken once
				}
				switch _, tagged := remote.Head(repo.Tag("1")); {
				case err == nil:
					whole(t, repo, image)
					if tagged != nil {
						t.Errorf("%s at request %d: success without a tag", how, at)
					}
				case !lasting:
					t.Errorf("%s at request %d: one failure was not overcome: %v", how, at, err)
				case tagged == nil:
					whole(t, repo, image) // the tag arrived, its answer did not
				}
			}
		}
	}
}

func TestPush_tagThatCannotMove(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	base := s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64")
	repo := s.repo(t, "app")
	image := small(t, m, base)
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/1") {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"errors":[{"code":"TAG_INVALID","message":"The image tag '1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable."}]}`)
			return
		}
		next.ServeHTTP(w, r)
	}
	if err := m.Push(t.Context(), repo, []string{"1"}, image); err != nil {
		t.Errorf("the tag names this very image: %v", err)
	}
	other := *image
	other.Manifests = slices.Clone(image.Manifests)
	must(t, (&other).seal())
	other.Raw = append(other.Raw, '\n')
	other.Digest = digestOf(other.Raw)
	err := m.Push(t.Context(), repo, []string{"1"}, &other)
	if err == nil || !strings.Contains(err.Error(), "belongs to another image") || !strings.Contains(err.Error(), "is immutable") {
		t.Errorf("got %v", err)
	}
	whole(t, repo, &other) // pushed all the same, by digest
}

func TestPush_storeWasCleared(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	image := small(t, m, s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64"))
	must(t, os.RemoveAll(filepath.Join(m.Store.Dir, "blobs")))
	repo := s.repo(t, "app")
	must(t, m.Push(t.Context(), repo, nil, image))
	whole(t, repo, image)
}

func TestPush_refusals(t *testing.T) {
	const secret = "hunter2secret"
	denied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer denied.Close()
	unknown := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		w.WriteHeader(http.StatusNotFound)
		if r.Method != http.MethodHead {
			fmt.Fprint(w, `{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'app' does not exist"}]}`)
		}
	}))
	defer unknown.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	must(t, os.WriteFile(filepath.Join(dir, "config.json"),
		fmt.Appendf(nil, `{"auths":{%q:{"username":"u","password":%q}}}`, strings.TrimPrefix(denied.URL, "http://"), secret), 0o600))
	for want, url := range map[string]string{
		"refuses access to app": denied.URL, "the repository does not exist": unknown.URL, "cannot be reached": closed.URL,
	} {
		m := newMaker(t)
		image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64")}, nil)
		must(t, err)
		repo, err := ParseRepository(strings.TrimPrefix(url, "http://") + "/app")
		must(t, err)
		err = m.Push(t.Context(), repo, []string{"1"}, image)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPush_stopsWithItsContext(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	image := small(t, m, s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64"))
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := fmt.Errorf("called off")
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut {
			cancel(stop)
		}
		next.ServeHTTP(w, r)
	}
	repo := s.repo(t, "app")
	if err := m.Push(ctx, repo, []string{"1"}, image); err != stop {
		t.Errorf("got %v, want %v", err, stop)
	}
	if _, err := remote.Head(repo.Tag("1")); err == nil {
		t.Error("a tag on an image that is not whole")
	}
}
