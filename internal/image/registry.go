package image

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// What went wrong, for callers that have a way out to tell.
var (
	ErrNotFound   = errors.New("not found")
	ErrRefused    = errors.New("access refused")
	ErrRepository = errors.New("the repository does not exist")
	ErrTagTaken   = errors.New("the tag belongs to another image and cannot be moved")
	ErrBase       = errors.New("the base does not fit")
	ErrUntrusted  = errors.New("its certificate is not trusted")
	ErrPlain      = errors.New("answers by plain HTTP, which is used with this machine alone")
	ErrExpired    = errors.New("the sign-in has expired")
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
	access    Access
	sessions  sessions
}

// NewRegistry makes a Registry that finds its credentials in keychain, waits
// between attempts by the clock, and speaks plain HTTP to this machine alone.
func NewRegistry(keychain authn.Keychain, userAgent string, c clock.Clock) *Registry {
	r, err := NewRegistryWith(keychain, userAgent, c, Access{})
	if err != nil {
		panic(err) // there is no file that could be wrong
	}
	return r
}

// NewRegistryWith is NewRegistry for registries that need more to be reached.
func NewRegistryWith(keychain authn.Keychain, userAgent string, c clock.Clock, a Access) (*Registry, error) {
	g, err := newGate(a)
	if err != nil {
		return nil, err
	}
	return &Registry{
		keychain: keychain, clock: c, access: a, transport: transport.NewUserAgent(g, userAgent),
		sessions: sessions{all: map[string]*session{}, auth: map[string]*credentials{}, asks: map[string]bool{}},
	}, nil
}

// Digest looks up which digest a reference has. It reads, and that is all.
func (r *Registry) Digest(ctx context.Context, ref name.Reference) (digest v1.Hash, err error) {
	err = r.read(ctx, ref.Context(), func(o []remote.Option) error {
		d, err := remote.Head(ref, o...)
		if err == nil {
			digest = d.Digest
		}
		return err
	})
	return digest, err
}

// baseDigest also finds the digest when the registry does not answer HEAD.
func (r *Registry) baseDigest(ctx context.Context, ref name.Reference) (v1.Hash, error) {
	digest, err := r.Digest(ctx, ref)
	if err == nil || errors.Is(err, ErrRefused) || context.Cause(ctx) != nil {
		return digest, err
	}
	d, err := r.get(ctx, ref)
	if err != nil {
		return v1.Hash{}, err
	}
	return d.Digest, nil
}

// get reads a manifest.
func (r *Registry) get(ctx context.Context, ref name.Reference) (d *remote.Descriptor, err error) {
	err = r.read(ctx, ref.Context(), func(o []remote.Option) error {
		d, err = remote.Get(ref, o...)
		return err
	})
	return d, err
}

// explain turns what a client met into what a person can act upon. Registries'
// own words are kept, addresses lose what may be a secret.
func explain(repo name.Repository, err error) error {
	var refused *transport.Error
	var dns *net.DNSError
	var network *net.OpError
	var address *url.Error
	switch {
	case err == nil:
		return nil
	case distrusted(err):
		unverified, _ := errors.AsType[*tls.CertificateVerificationError](err)
		return fmt.Errorf("the registry %s: %w (%w)", repo.RegistryStr(), ErrUntrusted, unverified.Err)
	case errors.As(err, &refused):
		return explainAnswer(repo, refused)
	case plain(err), errors.Is(err, ErrPlain):
		return fmt.Errorf("the registry %s %w", repo.RegistryStr(), ErrPlain)
	case strings.Contains(err.Error(), "in bearer response"):
		// What follows is the token server's answer: it may hold one.
		return fmt.Errorf("the registry %s: its token server answered no token", repo.RegistryStr())
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
		if expired(answer) {
			kind = fmt.Errorf("%w: %w", ErrExpired, kind)
		}
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

// expired tells that a registry took the credentials once, and does not any
// more. ECR answers 403 DENIED, "Your authorization token has expired.
// Reauthenticate and try again."
func expired(answer *transport.Error) bool {
	for _, d := range answer.Errors {
		if strings.Contains(strings.ToLower(d.Message), "expired") {
			return true
		}
	}
	return false
}
