package image

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// secure is a registry with a certificate that nobody knows, and the file
// that holds it.
func secure(t *testing.T) (host, bundle string) {
	t.Helper()
	s := httptest.NewUnstartedServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	bundle = filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	return strings.TrimPrefix(s.URL, "https://"), bundle
}

func TestAccess(t *testing.T) {
	host, bundle := secure(t)
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	for name, c := range map[string]struct {
		access Access
		want   error
	}{
		"nothing said":         {Access{}, ErrUntrusted},
		"its bundle":           {Access{Hosts: map[string]Host{host: {CABundle: bundle}}}, nil},
		"a bundle for all":     {Access{CABundle: bundle}, nil},
		"insecure":             {Access{Hosts: map[string]Host{host: {Insecure: true}}}, nil},
		"another one insecure": {Access{Hosts: map[string]Host{"reg.example.com": {Insecure: true}}}, ErrUntrusted},
	} {
		r, err := NewRegistryWith(authn.DefaultKeychain, "test", v, c.access)
		must(t, err)
		m := Maker{Store: Store{Dir: t.TempDir()}, Registry: r}
		image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64")}, nil)
		must(t, err)
		repo, err := ParseRepository(host + "/app")
		must(t, err)
		err = m.Push(t.Context(), repo, []string{"1"}, image)
		// This machine's name is also tried by plain HTTP, and both errors told.
		if (err == nil) != (c.want == nil) || c.want != nil && !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestAccess_plainHTTP(t *testing.T) {
	s := newServer(t)
	// A name that is not this machine's, to the eye.
	const host = "registry.example.com:5000"
	through := func(inner http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Scheme == "https" {
				return nil, http.ErrSchemeMismatch
			}
			if r.URL.Host == host {
				r = r.Clone(r.Context())
				r.URL.Host = s.host
			}
			return inner.RoundTrip(r)
		})
	}
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	for insecure, want := range map[bool]error{true: nil, false: ErrPlain} {
		g, err := newGate(Access{Hosts: map[string]Host{host: {Insecure: insecure}}})
		must(t, err)
		g.hosts[host] = through(g.hosts[host])
		r := NewRegistry(authn.DefaultKeychain, "test", v)
		r.access, r.transport = g.access, g
		m := Maker{Store: Store{Dir: t.TempDir()}, Registry: r}
		image, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64")}, nil)
		must(t, err)
		repo, err := ParseRepository(host + "/app")
		must(t, err)
		if err := m.Push(t.Context(), repo, []string{"1"}, image); !errors.Is(err, want) {
			t.Errorf("insecure = %t: got %v, want %v", insecure, err, want)
		}
	}
}

func TestAccess_check(t *testing.T) {
	_, bundle := secure(t)
	text := filepath.Join(t.TempDir(), "text")
	must(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	for name, c := range map[string]struct {
		access     Access
		host, says string
	}{
		"good":  {Access{CABundle: bundle, Hosts: map[string]Host{"a": {CABundle: bundle}}}, "", ""},
		"gone":  {Access{CABundle: "/nowhere/ca.pem"}, "", "/nowhere/ca.pem"},
		"empty": {Access{Hosts: map[string]Host{"a": {CABundle: text}}}, "a", "holds no PEM certificate"},
	} {
		host, err := c.access.Check()
		if host != c.host || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %q, %v", name, host, err)
		}
	}
}
