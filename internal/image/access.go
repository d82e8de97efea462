package image

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// answerTime is how long a registry may think about one request. Taking in a
// large blob is the slowest.
const answerTime = 2 * time.Minute

// Access is how registries are reached, beside what the system says.
type Access struct {
	CABundle string // file of PEM certificates that every registry may show
	Proxy    func(*url.URL) (*url.URL, error)
	Hosts    map[string]Host // by registry, with its port when it has one
}

// Host is what one registry needs.
type Host struct {
	CABundle string // file of PEM certificates that it may show
	Insecure bool   // any certificate, or none: plain HTTP
}

// Check tells whether the files are what they should be. The host is empty
// when it is the bundle for all.
func (a Access) Check() (host string, err error) {
	if _, err := roots(a.CABundle); err != nil {
		return "", err
	}
	for host, h := range a.Hosts {
		if _, err := roots(a.CABundle, h.CABundle); err != nil {
			return host, err
		}
	}
	return "", nil
}

// roots are the system's certificates and those of the files; nil when there
// are no files.
func roots(files ...string) (*x509.CertPool, error) {
	var pool *x509.CertPool
	for _, file := range files {
		if file == "" {
			continue
		}
		if pool == nil {
			system, err := x509.SystemCertPool()
			if err != nil {
				system = x509.NewCertPool()
			}
			pool = system
		}
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no PEM certificate", file)
		}
	}
	return pool, nil
}

// gate sends each request the way that its host needs, and keeps credentials
// and images off the open wire.
type gate struct {
	access Access
	others http.RoundTripper
	hosts  map[string]http.RoundTripper
}

func newGate(a Access) (*gate, error) {
	t := remote.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = answerTime
	t.MaxIdleConnsPerHost = 2 * parallel
	if a.Proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) { return a.Proxy(r.URL) }
	}
	common, err := roots(a.CABundle)
	if err != nil {
		return nil, err
	}
	if common != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: common, MinVersion: tls.VersionTLS12}
	}
	g := &gate{access: a, others: t, hosts: map[string]http.RoundTripper{}}
	for host, h := range a.Hosts {
		pool, err := roots(a.CABundle, h.CABundle)
		if err != nil {
			return nil, err
		}
		own := t.Clone()
		own.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, InsecureSkipVerify: h.Insecure} //nolint:gosec // the user asked for it, by this host's name
		g.hosts[host] = own
	}
	return g, nil
}

// anew is the body of a request from its beginning, where it can be had.
func anew(r *http.Request) (io.ReadCloser, error) {
	if r.GetBody == nil {
		return nil, errSent
	}
	return r.GetBody()
}

// sentBody is a request's body that was sent, or begun to be.
type sentBody struct{ io.ReadCloser }

// errSent: a request was to be sent again and its body is used up. It is made
// anew, under the token that was renewed.
var errSent = errors.New("the request's body was sent already")

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Host
	if r.URL.Scheme != "https" && !loopback(host) && !g.access.Hosts[host].Insecure {
		return nil, fmt.Errorf("%s %w", host, ErrPlain)
	}
	if r.Body != nil && r.Body != http.NoBody {
		// A token that ran out is renewed by the transport above, which sends
		// the request again with what is left of its body.
		body := r.Body
		if _, again := body.(sentBody); again {
			var err error
			if body, err = anew(r); err != nil {
				return nil, err
			}
		}
		r.Body = sentBody{body}
	}
	if own, ok := g.hosts[host]; ok {
		return own.RoundTrip(r)
	}
	return g.others.RoundTrip(r)
}

// distrusted tells that a server showed a certificate which nobody vouches for.
func distrusted(err error) bool {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	return unverified
}

// plain tells that the server does not speak TLS at all. Where plain HTTP is
// tried too, both errors come together, and this one says nothing.
func plain(err error) bool {
	only, ok := err.(*url.Error) //nolint:errorlint // not one of several
	return ok && errors.Is(only, http.ErrSchemeMismatch)
}
