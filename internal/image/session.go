package image

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// credentialTime is how long credentials are used before they are looked up
// again: a credential helper is a program, and must not run for each request.
const credentialTime = 5 * time.Minute

// sessions are the ways into registries: one handshake and one token for each
// registry and scope, however many images are made and pushed.
type sessions struct {
	mu   sync.Mutex
	all  map[string]*session
	auth map[string]*credentials // by registry
	asks map[string]bool         // registries that do not let everybody in
}

// session is one way in. Its token is renewed by the transport itself.
type session struct {
	turn      chan struct{} // holds one: whoever takes it may shake hands
	transport http.RoundTripper
}

// session finds or makes the way into a repository's registry for scopes.
func (r *Registry) session(ctx context.Context, repo name.Repository, scopes ...string) (http.RoundTripper, error) {
	key := sessionKey(repo, scopes)
	r.sessions.mu.Lock()
	s, known := r.sessions.all[key]
	if !known {
		s = &session{turn: make(chan struct{}, 1)}
		s.turn <- struct{}{}
		r.sessions.all[key] = s
	}
	r.sessions.mu.Unlock()
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s.transport != nil {
		return s.transport, nil
	}
	auth := r.credentials(repo)
	if _, err := auth.AuthorizationContext(ctx); err != nil {
		return nil, err
	}
	registry := repo.Registry
	if r.access.Hosts[repo.RegistryStr()].Insecure {
		// Only a name that is marked so is also tried by plain HTTP.
		marked, err := name.NewRegistry(repo.RegistryStr(), name.Insecure)
		if err != nil {
			return nil, err
		}
		registry = marked
	}
	t, err := transport.NewWithContext(ctx, registry, auth, r.transport, scopes)
	if err != nil {
		return nil, err
	}
	s.transport = t
	return t, nil
}

// way is a transport through a session, whichever it is when a request goes.
type way struct {
	registry *Registry
	repo     name.Repository
	scopes   []string
}

func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.registry.isOpen(r.Context(), w.repo, w.scopes) {
		response, err := w.registry.transport.RoundTrip(r)
		if err != nil || response.StatusCode < http.StatusBadRequest || response.StatusCode == http.StatusNotFound {
			return response, err
		}
		w.registry.sessions.close(w.repo.RegistryStr())
		if r.Body != nil && r.Body != http.NoBody {
			return response, nil // asked for again, with its body
		}
		_ = response.Body.Close()
	}
	t, err := w.registry.session(r.Context(), w.repo, w.scopes...)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	return t.RoundTrip(r)
}

// isOpen tells that a registry may let everybody in: there are no credentials
// for it, and it has not asked for any. Then there is nothing to agree upon.
func (r *Registry) isOpen(ctx context.Context, repo name.Repository, scopes []string) bool {
	host := repo.RegistryStr()
	r.sessions.mu.Lock()
	_, shook := r.sessions.all[sessionKey(repo, scopes)]
	asks := r.sessions.asks[host] || shook || r.access.Hosts[host].Insecure
	r.sessions.mu.Unlock()
	if asks {
		return false
	}
	auth, err := r.credentials(repo).AuthorizationContext(ctx)
	return err == nil && *auth == (authn.AuthConfig{})
}

// close notes that a registry asks who it is, or wants to be spoken to by other
// means.
func (s *sessions) close(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks[host] = true
}

func sessionKey(repo name.Repository, scopes []string) string {
	return repo.RegistryStr() + " " + strings.Join(scopes, " ")
}

// read lets do ask a registry, with what it takes to be let in.
func (r *Registry) read(ctx context.Context, repo name.Repository, do func([]remote.Option) error) error {
	return r.again(ctx, repo, func() error {
		t, err := r.session(ctx, repo, repo.Scope(transport.PullScope))
		if err != nil {
			return err
		}
		return do([]remote.Option{remote.WithContext(ctx), remote.WithTransport(t)})
	})
}

// credentials are a registry's, looked up when they are needed.
type credentials struct {
	registry *Registry
	of       name.Registry

	mu    sync.Mutex
	found *authn.AuthConfig
	until time.Time
}

func (r *Registry) credentials(repo name.Repository) *credentials {
	r.sessions.mu.Lock()
	defer r.sessions.mu.Unlock()
	host := repo.RegistryStr()
	c, known := r.sessions.auth[host]
	if !known {
		c = &credentials{registry: r, of: repo.Registry}
		r.sessions.auth[host] = c
	}
	return c
}

// Authorization gives the credentials.
func (c *credentials) Authorization() (*authn.AuthConfig, error) {
	return c.AuthorizationContext(context.Background())
}

// AuthorizationContext gives the credentials.
func (c *credentials) AuthorizationContext(ctx context.Context) (*authn.AuthConfig, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.registry.clock.Now()
	if c.found != nil && now.Before(c.until) {
		return c.found, nil
	}
	auth, err := authn.Resolve(ctx, c.registry.keychain, c.of)
	if err != nil {
		return nil, credentialError{err}
	}
	found, err := authn.Authorization(ctx, auth)
	if err != nil {
		return nil, credentialError{err}
	}
	c.found, c.until = found, now.Add(credentialTime)
	return found, nil
}

// renewer is a keychain that keeps passwords itself.
type renewer interface{ Renew(registry string) }

// renew forgets credentials that a registry does not take any more, and what
// was agreed upon with them.
func (r *Registry) renew(repo name.Repository) {
	c := r.credentials(repo)
	r.sessions.mu.Lock()
	for key := range r.sessions.all {
		if host, _, _ := strings.Cut(key, " "); host == repo.RegistryStr() {
			delete(r.sessions.all, key)
		}
	}
	r.sessions.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = nil
	if k, ok := r.keychain.(renewer); ok {
		k.Renew(repo.RegistryStr())
	}
}

// credentialError is no registry's doing, so that asking it again would not
// help.
type credentialError struct{ error }

func (e credentialError) Unwrap() error { return e.error }
