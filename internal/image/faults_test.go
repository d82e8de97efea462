package image

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// guarded is a registry with a token server, as most are: a password buys
// tokens, and a token lasts for so many requests.
type guarded struct {
	*server
	password string
	lasts    int // requests that a token is good for

	mu       sync.Mutex
	requests []string // "METHOD path"
	signIns  []string // the scopes asked for
	token    string
	left     int
	fault    func(n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool // true: it has answered
}

const plantedPassword, plantedToken = "hunter2-planted-password", "planted-token"

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{server: newServer(t), password: plantedPassword, lasts: 1000}
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	secret := base64.StdEncoding.EncodeToString([]byte("robot:" + plantedPassword))
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), fmt.Appendf(nil, `{"auths":{%q:{"auth":%q}}}`, g.host, secret), 0o600))
	g.front = g.serve
	return g
}

func (g *guarded) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	g.mu.Lock()
	n, fault := len(g.requests), g.fault
	g.requests = append(g.requests, r.Method+" "+r.URL.Path)
	g.mu.Unlock()
	guard := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.guard(w, r, next) })
	if fault == nil || !fault(n, w, r, guard) {
		guard.ServeHTTP(w, r)
	}
}

func (g *guarded) guard(w http.ResponseWriter, r *http.Request, next http.Handler) {
	g.mu.Lock()
	if r.URL.Path == "/token" {
		defer g.mu.Unlock()
		if _, password, _ := r.BasicAuth(); password != g.password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		g.signIns = append(g.signIns, strings.Join(r.URL.Query()["scope"], " "))
		g.token, g.left = fmt.Sprintf("%s-%d", plantedToken, len(g.signIns)), g.lasts
		fmt.Fprintf(w, `{"token":%q}`, g.token)
		return
	}
	good := r.Header.Get("Authorization") == "Bearer "+g.token && g.left > 0 && g.token != ""
	if g.left--; !good {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="registry"`, g.host))
		w.WriteHeader(http.StatusUnauthorized)
	}
	g.mu.Unlock()
	if good {
		next.ServeHTTP(w, r)
	}
}

// reset forgets what was asked, and sets what goes wrong from now on.
func (g *guarded) reset(fault func(n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests, g.signIns, g.fault = nil, nil, fault
}

func refuses(status int, code string) func(w http.ResponseWriter, r *http.Request, next http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"so it is"}]}`, code)
	}
}

// TestPush_faultAtEveryRequest breaks every request of a push in turn, those
// of the sign-in included, once and for good: the push goes on or fails, a tag
// never names anything but the whole image, and no text tells a secret.
func TestPush_faultAtEveryRequest(t *testing.T) {
	g := newGuarded(t)
	m := newMaker(t)
	g.front = nil // the base is laid down through an open door
	image := small(t, m, g.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{}, "linux/amd64", "linux/arm64"))
	g.front = g.serve
	type broken = func(w http.ResponseWriter, r *http.Request, next http.Handler)
	faults := map[string]broken{
		"500": refuses(500, "UNKNOWN"), "429": refuses(429, "TOOMANYREQUESTS"), "401": refuses(401, "UNAUTHORIZED"),
		"403": refuses(403, "DENIED"), "404": refuses(404, "NAME_UNKNOWN"), "400": refuses(400, "MANIFEST_INVALID"),
		"half": func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
			panic(http.ErrAbortHandler)
		},
		"after": func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		},
	}
	for how, fault := range faults {
		for _, lasting := range []bool{false, true} {
			for at, tripped := 0, true; tripped; at++ {
				tripped = false
				m.Registry = newMaker(t).Registry // a process of its own
				repo := g.repo(t, fmt.Sprintf("app-%s-%t-%d", how, lasting, at))
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
				err := m.Push(t.Context(), repo, []string{"1"}, image)
				g.reset(nil)
				g.front = nil
				what := fmt.Sprintf("%s at request %d (lasting: %t)", how, at, lasting)
				if err != nil && (strings.Contains(err.Error(), plantedPassword) || strings.Contains(err.Error(), plantedToken)) {
					t.Errorf("%s: the error tells a secret: %v", what, err)
				}
				if d, tagErr := remote.Head(repo.Tag("1")); tagErr == nil {
					if d.Digest != image.Digest {
						t.Errorf("%s: the tag names %s", what, d.Digest)
					}
					whole(t, repo, image)
				} else if err == nil {
					t.Errorf("%s: success without a tag: %v", what, tagErr)
				}
				// 404 is an answer, and 403 and 400 are refusals; the rest passes.
				if err != nil && !lasting && !slices.Contains([]string{"403", "404", "400"}, how) {
					t.Errorf("%s: %v", what, err)
				}
				if err != nil {
					must(t, m.Push(t.Context(), repo, []string{"1"}, image)) // the next apply
					whole(t, repo, image)
				}
				g.front = g.serve
			}
		}
	}
}

func TestPush_oneTokenForRegistryAndScope(t *testing.T) {
	g, m := newGuarded(t), newMaker(t)
	image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{files(t, "/a", lay(t, map[string]string{"a": "a"}))}}, nil)
	must(t, err)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if err := m.Push(t.Context(), g.repo(t, "app"), []string{"1"}, image); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if want := []string{"repository:app:push,pull"}; !slices.Equal(g.signIns, want) {
		t.Errorf("four pushes signed in for %q, want %q", g.signIns, want)
	}
	if pings := slices.DeleteFunc(slices.Clone(g.requests), func(r string) bool { return r != "GET /v2/" }); len(pings) != 1 {
		t.Errorf("four pushes shook hands %d times", len(pings))
	}
}

func TestPush_tokenRunsOut(t *testing.T) {
	g, m := newGuarded(t), newMaker(t)
	g.lasts = 3
	image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{files(t, "/a", lay(t, map[string]string{"a": "a"}))}}, nil)
	must(t, err)
	repo := g.repo(t, "app")
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	if len(g.signIns) < 3 {
		t.Errorf("a token for three requests each was got %d times", len(g.signIns))
	}
	g.front = nil
	if d, err := remote.Head(repo.Tag("1")); err != nil || d.Digest != image.Digest {
		t.Errorf("the tag: %v, %v", d, err)
	}
}

// TestPush_waitsOutThrottling: a registry that refuses for a minute is waited
// for; one whose limit lasts for hours is not.
func TestPush_waitsOutThrottling(t *testing.T) {
	for message, waits := range map[string]bool{"Rate exceeded": true, "You have reached your unauthenticated pull rate limit.": false} {
		clk := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		began := clk.Now()
		r := NewRegistry(authn.DefaultKeychain, "test", clk)
		repo, err := name.NewRepository("registry.example.com/app")
		must(t, err)
		err = r.again(t.Context(), repo, func() error {
			if clk.Now().Sub(began) >= time.Minute {
				return nil
			}
			return &transport.Error{StatusCode: http.StatusTooManyRequests, Errors: []transport.Diagnostic{{Code: transport.TooManyRequestsErrorCode, Message: message}}}
		})
		if took := clk.Now().Sub(began); (err == nil) != waits || took > 2*time.Minute || !waits && took > 10*time.Second {
			t.Errorf("%q: %v after %s", message, err, took)
		}
	}
}
