package image

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// answerTime is how long a registry may think about one request. Taking in a
// large blob is the slowest.
const answerTime = 2 * time.Minute

// What went wrong, for callers that have a way out to tell.
var (
	ErrNotFound   = errors.New("not found")
	ErrRefused    = errors.New("access refused")
	ErrRepository = errors.New("the repository does not exist")
	ErrTagTaken   = errors.New("the tag belongs to another image and cannot be moved")
	ErrBase       = errors.New("the base does not fit")
)

// IsMissing tells that a registry answered, and has no such image.
func IsMissing(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrRepository)
}

// Registry talks to registries.
type Registry struct {
	keychain  authn.Keychain
	transport http.RoundTripper
	clock     clock.Clock
}

// NewRegistry makes a Registry that finds its credentials in keychain, waits
// between attempts by the clock, and speaks plain HTTP to this machine alone.
func NewRegistry(keychain authn.Keychain, userAgent string, c clock.Clock) *Registry {
	t := remote.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = answerTime
	t.MaxIdleConnsPerHost = parallel
	return &Registry{keychain: keychain, clock: c, transport: transport.NewUserAgent(fenced{t}, userAgent)}
}

// fenced keeps credentials and images off the open wire.
type fenced struct{ inner http.RoundTripper }

func (f fenced) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !loopback(r.URL.Host) {
		return nil, fmt.Errorf("%s answers by plain HTTP, which is used with this machine alone: give the registry a certificate", r.URL.Host)
	}
	return f.inner.RoundTrip(r)
}

// Digest looks up which digest a reference has. It reads, and that is all.
func (r *Registry) Digest(ctx context.Context, ref name.Reference) (v1.Hash, error) {
	d, err := remote.Head(ref, r.options(ctx)...)
	if err == nil {
		return d.Digest, nil
	}
	return v1.Hash{}, explain(ref.Context(), err)
}

// baseDigest also finds the digest when the registry does not answer HEAD.
func (r *Registry) baseDigest(ctx context.Context, ref name.Reference) (v1.Hash, error) {
	digest, err := r.Digest(ctx, ref)
	if err == nil || errors.Is(err, ErrRefused) || context.Cause(ctx) != nil {
		return digest, err
	}
	d, err := remote.Get(ref, r.options(ctx)...)
	if err != nil {
		return v1.Hash{}, explain(ref.Context(), err)
	}
	return d.Digest, nil
}

func (r *Registry) options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(r.keychain), remote.WithTransport(r.transport),
	}
}

// explain turns what a client met into what a person can act upon. Registries'
// own words are kept, addresses lose what may be a secret.
func explain(repo name.Repository, err error) error {
	var refused *transport.Error
	var dns *net.DNSError
	var network *net.OpError
	var address *url.Error
	switch {
	case errors.As(err, &refused):
		return explainAnswer(repo, refused)
	case errors.As(err, &dns):
		return fmt.Errorf("the registry %s cannot be reached: its name is not known (%s)", repo.RegistryStr(), dns.Err)
	case errors.As(err, &network):
		return fmt.Errorf("the registry %s cannot be reached: %w", repo.RegistryStr(), network)
	case errors.As(err, &address):
		return fmt.Errorf("asking the registry %s: %w", repo.RegistryStr(), address.Err)
	}
	return err
}

func explainAnswer(repo name.Repository, answer *transport.Error) error {
	kind := error(answerError{answer})
	for _, d := range answer.Errors {
		if d.Code == transport.NameUnknownErrorCode {
			return fmt.Errorf("%w: %s (%w)", ErrRepository, repo.Name(), kind)
		}
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("the registry %s refuses access to %s: %w (%w)", repo.RegistryStr(), repo.RepositoryStr(), ErrRefused, kind)
	case http.StatusNotFound:
		return fmt.Errorf("%w in %s (%w)", ErrNotFound, repo.Name(), kind)
	}
	return fmt.Errorf("the registry %s answered %w", repo.RegistryStr(), kind)
}

// answerError words a registry's refusal without the request's address.
type answerError struct{ answer *transport.Error }

func (e answerError) Error() string {
	text := fmt.Sprintf("%d %s", e.answer.StatusCode, http.StatusText(e.answer.StatusCode))
	for _, d := range e.answer.Errors {
		text += ", " + string(d.Code)
		if d.Message != "" {
			text += ": " + d.Message
		}
	}
	return text
}

// Unwrap gives the client's own error.
func (e answerError) Unwrap() error { return e.answer }
