package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// site answers with the status and text that the path names.
func site(t *testing.T, handle http.HandlerFunc) string {
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}

func TestHTTP(t *testing.T) {
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good":
			fmt.Fprint(w, "all is\n ok")
		case "/bad":
			w.WriteHeader(500)
			fmt.Fprint(w, "boom\x00")
		case "/moved":
			http.Redirect(w, r, "/good", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/echo":
			fmt.Fprintf(w, "%s %s %s %s", r.Method, r.UserAgent(), r.Header.Get("X-Key"), r.Host)
		case "/slow":
			<-r.Context().Done()
		}
	})
	secret := strings.Replace(base, "http://", "http://user:pass@", 1)
	for _, tc := range []struct {
		name   string
		check  verify.HTTP
		want   rollout.Outcome
		detail string
	}{
		{"any 2xx passes", verify.HTTP{URLs: []string{base + "/good"}}, rollout.Pass, ""},
		{"the text must be there", verify.HTTP{URLs: []string{base + "/good"}, Contains: "ok", Status: 200}, rollout.Pass, ""},
		{"another text fails", verify.HTTP{URLs: []string{base + "/good"}, Contains: "fine"}, rollout.Fails, "GET " + base + `/good answered 200 without "fine": "all is ok"`},
		{"another status fails", verify.HTTP{URLs: []string{base + "/bad"}, Status: 200}, rollout.Fails, "GET " + base + `/bad answered 500, want 200: "boom."`},
		{"no 2xx fails", verify.HTTP{URLs: []string{base + "/bad"}}, rollout.Fails, "GET " + base + `/bad answered 500, want 200 to 299: "boom."`},
		{"a redirection is followed", verify.HTTP{URLs: []string{base + "/moved"}, Contains: "ok"}, rollout.Pass, ""},
		{"a redirection can be what is wanted", verify.HTTP{URLs: []string{base + "/moved"}, Status: 302}, rollout.Pass, ""},
		{"going round in circles ends", verify.HTTP{URLs: []string{base + "/round"}}, rollout.Fails, "GET " + base + "/round gave no answer: more than 5 redirections"},
		{"method, headers, host and user agent are sent", verify.HTTP{URLs: []string{base + "/echo"}, Method: "PUT", UserAgent: "us/1", Headers: map[string]string{"X-Key": "k", "Host": "shop.example"}, Contains: "PUT us/1 k shop.example"}, rollout.Pass, ""},
		{"secrets are not shown", verify.HTTP{URLs: []string{secret + "/bad?token=s3cret"}}, rollout.Fails, "GET " + base + `/bad?… answered 500, want 200 to 299: "boom."`},
		{"an answer that does not come fails", verify.HTTP{URLs: []string{base + "/slow"}, Timeout: 50 * time.Millisecond}, rollout.Fails, "GET " + base + "/slow gave no answer within 50ms"},
		{"an address where nobody is fails", verify.HTTP{URLs: []string{"http://127.0.0.1:1/"}}, rollout.Fails, "GET http://127.0.0.1:1/ gave no answer: dial tcp 127.0.0.1:1: connect: connection refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.check.Clock, tc.check.Redirects = clock.NewVirtual(epoch), 5
			if tc.check.Timeout == 0 {
				tc.check.Timeout = 10 * time.Second
			}
			got, err := tc.check.Check()(context.Background(), rollout.Moment{})
			if err != nil || got.Outcome != tc.want || got.Detail != tc.detail {
				t.Errorf("got %+v, %v; want %s %q", got, err, tc.want, tc.detail)
			}
		})
	}
}

func TestHTTP_attempts(t *testing.T) {
	asked := 0
	base := site(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		if asked < 3 {
			w.WriteHeader(503)
		}
	})
	clk := clock.NewVirtual(epoch)
	h := verify.HTTP{URLs: []string{base}, Timeout: time.Second, Attempts: 3, Interval: 5 * time.Second, Clock: clk}
	if got, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || got.Outcome != rollout.Pass || asked != 3 {
		t.Errorf("got %+v, %v after %d requests; want a pass at the third", got, err, asked)
	}
	if waited := clk.Now().Sub(epoch); waited != 10*time.Second {
		t.Errorf("waited %s between attempts, want twice 5s", waited)
	}
	asked = -9
	got, _ := h.Check()(context.Background(), rollout.Moment{})
	if want := "GET " + base + ` answered 503, want 200 to 299: "" (the last of 3 attempts)`; got.Detail != want {
		t.Errorf("said %q, want %q", got.Detail, want)
	}
}

func TestHTTP_headersStayWithTheirHost(t *testing.T) {
	var seen string
	other := site(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("X-Key") + r.UserAgent() })
	other = strings.Replace(other, "127.0.0.1", "localhost", 1)
	base := site(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) })
	h := verify.HTTP{URLs: []string{base}, Timeout: time.Second, UserAgent: "us/1", Redirects: 1, Headers: map[string]string{"X-Key": "secret"}, Clock: clock.NewVirtual(epoch)}
	if got, err := h.Check()(context.Background(), rollout.Moment{}); err != nil || got.Outcome != rollout.Pass {
		t.Fatalf("got %+v, %v", got, err)
	}
	if seen != "us/1" {
		t.Errorf("the other host saw %q, want the user agent alone", seen)
	}
}

func TestHTTP_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	h := verify.HTTP{URLs: []string{base}, Timeout: time.Minute, Attempts: 3, Clock: clock.NewVirtual(epoch)}
	if got, err := h.Check()(ctx, rollout.Moment{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v; want the context's end and no verdict", got, err)
	}
}

func TestHTTP_verifiesCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	h := verify.HTTP{URLs: []string{s.URL}, Timeout: time.Second, Status: 404, Clock: clock.NewVirtual(epoch)}
	got, err := h.Check()(context.Background(), rollout.Moment{})
	if err != nil || got.Outcome != rollout.Fails || !strings.Contains(got.Detail, "certificate") {
		t.Errorf("got %+v, %v; want a failure that names the certificate", got, err)
	}
}
