package verify_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

func TestHTTP_severalURLs(t *testing.T) {
	var asked []string
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if strings.HasPrefix(r.URL.Path, "/bad") {
			w.WriteHeader(500)
		}
	})
	bad := func(path string) string { return "GET " + base + path + ` answered 500, want 200 to 299: ""` }
	for _, tc := range []struct {
		name   string
		paths  string
		any    bool
		want   rollout.Outcome
		detail string
		asked  string
	}{
		{"all pass", "/a /b", false, rollout.Pass, "", "/a /b"},
		{"all must, so the first that fails ends it", "/a /bad /b", false, rollout.Fails, bad("/bad"), "/a /bad"},
		{"any passes, and the others are not asked", "/bad /a /b", true, rollout.Pass, "", "/bad /a"},
		{"none passes, and each says why", "/bad /bad2", true, rollout.Fails, bad("/bad") + "; " + bad("/bad2"), "/bad /bad2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked = nil
			h := verify.HTTP{Any: tc.any, Timeout: time.Second, Clock: clock.NewVirtual(epoch)}
			for _, p := range strings.Fields(tc.paths) {
				h.URLs = append(h.URLs, base+p)
			}
			got, err := h.Check()(context.Background(), rollout.Moment{})
			if err != nil || got.Outcome != tc.want || got.Detail != tc.detail || strings.Join(asked, " ") != tc.asked {
				t.Errorf("got %+v, %v, asked %v; want %s %q, asked %s", got, err, asked, tc.want, tc.detail, tc.asked)
			}
		})
	}
}

func TestHTTP_maxLatency(t *testing.T) {
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "begin")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/slow" {
			_ = clock.System{}.Sleep(r.Context(), 80*time.Millisecond)
		}
		fmt.Fprint(w, " end")
	})
	check := func(path string) rollout.Verdict {
		h := verify.HTTP{URLs: []string{base + path}, MaxLatency: 60 * time.Millisecond, Timeout: time.Second, Contains: "end", Clock: clock.NewVirtual(epoch)}
		v, err := h.Check()(context.Background(), rollout.Moment{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := check("/"); v.Outcome != rollout.Pass {
		t.Errorf("a quick answer: %+v", v)
	}
	if v := check("/slow"); v.Outcome != rollout.Fails || !strings.Contains(v.Detail, "ms, want at most 60ms") {
		t.Errorf("an answer whose end came late: %+v, want a failure that tells both times", v)
	}
}

func TestHTTP_body(t *testing.T) {
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, strings.Replace("http://"+r.Host, "127.0.0.1", "localhost", 1)+"/echo", http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	h := verify.HTTP{URLs: []string{base + "/echo"}, Method: "POST", Body: `{"order":1}`, Contains: `{"order":1}`, Timeout: time.Second, Attempts: 2, Redirects: 5, Clock: clock.NewVirtual(epoch)}
	if got, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || got.Outcome != rollout.Pass {
		t.Errorf("got %+v, %v; want the body sent", got, err)
	}
	h.URLs, h.Attempts = []string{base + "/moved"}, 1
	if got, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || got.Outcome != rollout.Fails || !strings.Contains(got.Detail, "another host, which is not sent the body") {
		t.Errorf("got %+v, %v; want the body kept from another host", got, err)
	}
}

func TestHTTP_certificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	var authority bytes.Buffer
	if err := pem.Encode(&authority, &pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		tls  verify.TLS
		want rollout.Outcome
	}{
		{"an authority of one's own is accepted", verify.TLS{Authorities: authority.String()}, rollout.Pass},
		{"the name can be another than the host", verify.TLS{Authorities: authority.String(), ServerName: "example.com"}, rollout.Pass},
		{"a name that the certificate is not for fails", verify.TLS{Authorities: authority.String(), ServerName: "shop.test"}, rollout.Fails},
		{"any certificate, when asked for", verify.TLS{Insecure: true}, rollout.Pass},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := verify.HTTP{URLs: []string{s.URL}, TLS: tc.tls, Timeout: time.Second, Clock: clock.NewVirtual(epoch)}
			if got, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || got.Outcome != tc.want {
				t.Errorf("got %+v, %v; want %s", got, err, tc.want)
			}
		})
	}
	if !verify.IsCertificates(authority.String()) || verify.IsCertificates("no PEM") {
		t.Error("certificates in PEM are not told from other text")
	}
}
