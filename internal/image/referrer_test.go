package image

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// listing makes the server list referrers by itself.
func (s *server) listing() *server {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true))
	s.front = func(w http.ResponseWriter, r *http.Request, _ http.Handler) { inner.ServeHTTP(w, r) }
	return s
}

// referrers are those that the library's client finds, by either way.
func referrers(t *testing.T, repo name.Repository, subject v1.Hash) []v1.Descriptor {
	t.Helper()
	index, err := remote.Referrers(repo.Digest(subject.String()))
	must(t, err)
	m, err := index.IndexManifest()
	must(t, err)
	return m.Manifests
}

// kept is the document that an artifact holds.
func kept(t *testing.T, repo name.Repository, digest v1.Hash) []byte {
	t.Helper()
	artifact, err := remote.Image(repo.Digest(digest.String()))
	must(t, err)
	layers, err := artifact.Layers()
	must(t, err)
	content, err := layers[0].Compressed()
	must(t, err)
	document, err := io.ReadAll(content)
	must(t, err)
	return document
}

// described pushes an image for two platforms and makes its bills.
func described(t *testing.T, m Maker, repo name.Repository) (*Image, []Referrer) {
	t.Helper()
	image, err := m.Make(t.Context(), twoPrograms(t), nil)
	must(t, err)
	must(t, m.Push(t.Context(), repo, nil, image))
	bills, err := m.Bills(t.Context(), image, Bill{Name: "app", Base: Scratch})
	must(t, err)
	return image, bills
}

func TestAttach(t *testing.T) {
	for name, s := range map[string]*server{"a registry that lists referrers": newServer(t).listing(), "one that does not": newServer(t)} {
		t.Run(name, func(t *testing.T) {
			m, repo := newMaker(t), s.repo(t, "team/app")
			image, bills := described(t, m, repo)
			for range 2 { // once more changes nothing
				for _, b := range bills {
					must(t, m.Registry.Attach(t.Context(), repo, b))
				}
			}
			want := "application/vnd.cyclonedx+json"
			if name == "a registry that lists referrers" {
				want = string(emptyType) // this one takes the configuration's
			}
			for n, one := range image.Manifests {
				found := referrers(t, repo, one.Digest)
				if len(found) != 1 || found[0].Digest != bills[n].Digest || found[0].ArtifactType != want {
					t.Fatalf("%s is referred to by %+v, want %s", one.Platform, found, bills[n].Digest)
				}
				document := kept(t, repo, found[0].Digest)
				if !bytes.Contains(document, []byte(one.Digest.Hex)) || !bytes.Contains(document, []byte(`"bomFormat": "CycloneDX"`)) {
					t.Errorf("the document of %s is %s", one.Platform, document)
				}
			}
			whole(t, repo, image)
			tags, err := remote.List(repo)
			must(t, err)
			if lists := strings.HasPrefix(name, "one"); lists != (len(tags) == 2) || !lists && len(tags) > 0 {
				t.Errorf("the tags are %q", tags)
			}
			// Taken back: the list goes with the last of it.
			for _, b := range bills {
				must(t, m.Registry.Unlist(t.Context(), repo, b.Subject.String(), []string{b.Digest.String()}, func(digest string) error { return m.Registry.Delete(t.Context(), repo, digest) }))
				must(t, m.Registry.Delete(t.Context(), repo, b.Digest.String()))
				if found := referrers(t, repo, b.Subject); len(found) > 0 {
					t.Errorf("left are %+v", found)
				}
			}
		})
	}
}

// TestAttach_besideOthers keeps what others list, also when they write while
// we do.
func TestAttach_besideOthers(t *testing.T) {
	s, m := newServer(t), newMaker(t)
	repo := s.repo(t, "app")
	image, bills := described(t, m, repo)
	subject := image.Manifests[0]
	other, err := Refer(subject, "application/vnd.example.signature", "signature", []byte("signed"))
	must(t, err)
	third, err := Refer(subject, "application/vnd.example.signature", "signature", []byte("signed again"))
	must(t, err)
	must(t, m.Registry.Attach(t.Context(), repo, other))
	p := m.Registry.pusher(repo, &Image{})
	must(t, p.blobs(t.Context(), third.parts))
	must(t, p.manifest(t.Context(), third.Digest.String(), string(types.OCIManifestSchema1), third.raw))
	busy := false
	s.front = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		tag := strings.HasSuffix(r.URL.Path, "/manifests/"+listTag(subject.Digest))
		if tag && r.Method == http.MethodPut && !busy {
			busy = true // another has read before us, and writes after us
			stale, _, err := m.Registry.repository(repo).listed(t.Context(), listTag(subject.Digest))
			must(t, err)
			next.ServeHTTP(w, r)
			stale.Manifests = append(stale.Manifests, v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: third.Digest, Size: int64(len(third.raw)), ArtifactType: string(third.kind)})
			must(t, newMaker(t).Registry.repository(repo).relist(t.Context(), listTag(subject.Digest), stale))
			return
		}
		next.ServeHTTP(w, r)
	}
	must(t, m.Registry.Attach(t.Context(), repo, bills[0]))
	s.front = nil
	var found []v1.Hash
	for _, d := range referrers(t, repo, subject.Digest) {
		found = append(found, d.Digest)
	}
	if want := []v1.Hash{other.Digest, third.Digest, bills[0].Digest}; !slices.Equal(found, want) {
		t.Errorf("listed are %v, want %v", found, want)
	}
	must(t, m.Registry.Unlist(t.Context(), repo, subject.Digest.String(), []string{bills[0].Digest.String()}, func(string) error {
		return fmt.Errorf("the list is not empty")
	}))
	if left := referrers(t, repo, subject.Digest); len(left) != 2 {
		t.Errorf("left are %+v", left)
	}
	// Something else under the tag is not overwritten.
	must(t, m.Name(t.Context(), repo, []string{listTag(image.Manifests[1].Digest)}, &Image{Digest: subject.Digest, MediaType: subject.MediaType, Raw: subject.Raw}))
	if err := m.Registry.Attach(t.Context(), repo, bills[1]); err == nil || !strings.Contains(err.Error(), "it names a application/vnd.oci.image.manifest") {
		t.Errorf("a tag that names an image: %v", err)
	}
}

// TestAttach_faultAtEveryRequest breaks each request in turn, once and for
// good, with registries of both kinds: what fails can be done again, and
// nothing is listed that is not there.
func TestAttach_faultAtEveryRequest(t *testing.T) {
	g := newGuarded(t)
	kinds := map[string]http.Handler{
		"lists": registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)),
		"tags":  registry.New(registry.Logger(log.New(io.Discard, "", 0))),
	}
	type broken = func(w http.ResponseWriter, r *http.Request, next http.Handler)
	faults := map[string]broken{
		"500": refuses(500, "UNKNOWN"), "403": refuses(403, "DENIED"), "404": refuses(404, "NAME_UNKNOWN"),
		"after": func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		},
	}
	m := newMaker(t)
	image, err := m.Make(t.Context(), twoPrograms(t), nil)
	must(t, err)
	bills, err := m.Bills(t.Context(), image, Bill{Name: "app", Base: Scratch})
	must(t, err)
	bill := bills[0]
	for kind, inner := range kinds {
		open := func(w http.ResponseWriter, r *http.Request, _ http.Handler) { inner.ServeHTTP(w, r) }
		for how, fault := range faults {
			for _, lasting := range []bool{false, true} {
				for at, tripped := 0, true; tripped; at++ {
					tripped = false
					what := fmt.Sprintf("%s: %s at request %d (lasting: %t)", kind, how, at, lasting)
					repo := g.repo(t, fmt.Sprintf("app-%s-%s-%t-%d", kind, how, lasting, at))
					g.front = open
					m.Registry = newMaker(t).Registry
					must(t, m.Push(t.Context(), repo, []string{"1"}, image))
					m.Registry = newMaker(t).Registry // a process of its own
					g.front = func(w http.ResponseWriter, r *http.Request, _ http.Handler) { g.serve(w, r, inner) }
					g.reset(func(n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
						if n != at && !(lasting && n > at) {
							return false
						}
						g.mu.Lock()
						tripped = true
						g.mu.Unlock()
						fault(w, r, next)
						return true
					})
					err := m.Registry.Attach(t.Context(), repo, bill)
					g.reset(nil)
					g.front = open
					if err != nil && (strings.Contains(err.Error(), plantedPassword) || strings.Contains(err.Error(), plantedToken)) {
						t.Errorf("%s: the error tells a secret: %v", what, err)
					}
					if err != nil && !lasting && (how == "500" || how == "after") {
						t.Errorf("%s: %v", what, err)
					}
					attached(t, what, repo, image, bill, err == nil)
					m.Registry = newMaker(t).Registry
					must(t, m.Registry.Attach(t.Context(), repo, bill)) // the next apply
					attached(t, what, repo, image, bill, true)
				}
			}
		}
	}
}

// attached checks what is listed: the bill, once, with all that it holds; or
// nothing, unless it must be there. The tag names the image in any case.
func attached(t *testing.T, what string, repo name.Repository, image *Image, bill Referrer, must bool) {
	t.Helper()
	if d, err := remote.Head(repo.Tag("1")); err != nil || d.Digest != image.Digest {
		t.Errorf("%s: the tag names %v, %v", what, d, err)
	}
	found := referrers(t, repo, bill.Subject)
	if len(found) == 0 && !must {
		return
	}
	if len(found) != 1 || found[0].Digest != bill.Digest {
		t.Errorf("%s: listed are %+v", what, found)
		return
	}
	if !json.Valid(kept(t, repo, bill.Digest)) {
		t.Errorf("%s: the document is broken", what)
	}
	if d, err := remote.Get(repo.Digest(bill.Digest.String())); err != nil || d.MediaType != types.OCIManifestSchema1 {
		t.Errorf("%s: the manifest is %v, %v", what, d, err)
	}
}
