package verify_test

import (
	"context"
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

// TestHTTP_boundsWhatItReads checks that no server can make a check read or
// wait without end.
func TestHTTP_boundsWhatItReads(t *testing.T) {
	sent := make(chan int64, 1)
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			n := int64(0)
			for part := make([]byte, 64<<10); ; {
				wrote, err := w.Write(part)
				if n += int64(wrote); err != nil || n > 200<<20 {
					sent <- n
					return
				}
			}
		case "/late": // beyond what is looked at
			fmt.Fprint(w, strings.Repeat("x", 2<<20), "needle")
		case "/headers":
			w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		case "/drip":
			for r.Context().Err() == nil {
				fmt.Fprint(w, ".")
				w.(http.Flusher).Flush()
				_ = clock.System{}.Sleep(r.Context(), 5*time.Millisecond)
			}
		}
	})
	ask := func(path string, h verify.HTTP) rollout.Verdict {
		t.Helper()
		h.URLs, h.Clock, h.Redirects = []string{base + path}, clock.NewVirtual(epoch), 5
		if h.Timeout == 0 {
			h.Timeout = 30 * time.Second
		}
		v, err := h.Check()(context.Background(), rollout.Moment{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := ask("/endless", verify.HTTP{}); v.Outcome != rollout.Pass {
		t.Errorf("an answer without end: %+v", v)
	}
	if n := <-sent; n > 64<<20 {
		t.Errorf("%d bytes were taken of an answer without end", n)
	}
	if v := ask("/late", verify.HTTP{Contains: "needle"}); v.Outcome != rollout.Fails || len(v.Detail) > 4096 {
		t.Errorf("what stands behind the first MiB was looked at: %.200v", v)
	}
	if v := ask("/headers", verify.HTTP{}); v.Outcome != rollout.Fails || !strings.Contains(v.Detail, "header") {
		t.Errorf("100 KB of headers: %+v", v)
	}
	if v := ask("/drip", verify.HTTP{Timeout: 100 * time.Millisecond}); v.Outcome != rollout.Fails || !strings.Contains(v.Detail, "within 100ms") {
		t.Errorf("an answer that drips: %+v", v)
	}
}

// TestHTTP_leavesTLSWithoutSecrets checks that a redirection to plain text
// takes neither headers nor body along, on the same host too, and that the
// address before it goes to no other host.
func TestHTTP_leavesTLSWithoutSecrets(t *testing.T) {
	var seen []string
	note := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.Referer()+string(body))
	})
	plain := site(t, note)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(secure.Close)
	h := verify.HTTP{URLs: []string{secure.URL + "/?token=s3cret"}, Timeout: 10 * time.Second, Redirects: 1, TLS: verify.TLS{Insecure: true},
		Headers: map[string]string{"Authorization": "Bearer s3cret", "X-Key": "s3cret"}, Clock: clock.NewVirtual(epoch)}
	if v, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || v.Outcome != rollout.Pass {
		t.Fatalf("got %+v, %v", v, err)
	}
	h.Method, h.Body = "POST", "s3cret"
	if v, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || v.Outcome != rollout.Fails || !strings.Contains(v.Detail, "not sent the body") {
		t.Fatalf("got %+v, %v", v, err)
	}
	if len(seen) != 1 || seen[0] != "" {
		t.Errorf("plain text saw %q", seen)
	}
}

// TestHTTP_hidesWhatItSent checks that an answer that repeats its request does
// not bring its secrets into reports.
func TestHTTP_hidesWhatItSent(t *testing.T) {
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(500)
		fmt.Fprintf(w, "%s %s %s %q %s", r.Header.Get("Authorization"), r.URL, body, r.Header.Get("X-Key"), r.Header.Get("Accept"))
	})
	base = strings.Replace(base, "http://", "http://ann:hunter22@", 1)
	h := verify.HTTP{URLs: []string{base + "/page?token=query%20secret"}, Method: "POST", Body: "body\n  secret", Timeout: 10 * time.Second, Clock: clock.NewVirtual(epoch),
		Headers: map[string]string{"Authorization": "Bearer tok3n", "X-Key": `key"secret`, "Accept": "text/plain"}}
	v, err := h.Check()(context.Background(), rollout.Moment{})
	if err != nil || v.Outcome != rollout.Fails {
		t.Fatalf("got %+v, %v", v, err)
	}
	for _, secret := range []string{"tok3n", "hunter22", "secret"} {
		if strings.Contains(v.Detail, secret) {
			t.Errorf("the verdict tells %q: %s", secret, v.Detail)
		}
	}
	if !strings.Contains(v.Detail, "text/plain") || !strings.Contains(v.Detail, "/page?") {
		t.Errorf("the verdict hides what is no secret: %s", v.Detail)
	}
}
