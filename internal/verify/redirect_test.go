package verify

import (
	"net/http"
	"strings"
	"testing"
)

// TestHTTP_redirect checks what goes along to where.
func TestHTTP_redirect(t *testing.T) {
	h := HTTP{Headers: map[string]string{"X-Key": "k", "Host": "shop"}, Redirects: 5}
	for _, tc := range []struct {
		from, to string
		keeps    bool
	}{
		{"https://a.example/x?token=t", "https://a.example/y", true},
		{"http://a.example/x", "http://a.example/y", true},
		{"http://a.example/x", "https://a.example/y", true},
		{"https://a.example/x?token=t", "http://a.example/y", false},
		{"https://a.example/x?token=t", "https://b.example/y", false},
		{"https://a.example/x", "https://a.example:8443/y", false},
	} {
		ask := func(url string, body bool) *http.Request {
			r, err := http.NewRequest(http.MethodPost, url, nil)
			if body {
				r, err = http.NewRequest(http.MethodPost, url, strings.NewReader("b"))
			}
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Key", "k")
			r.Header.Set("Referer", tc.from)
			r.Host = "shop"
			return r
		}
		next := ask(tc.to, false)
		if err := h.redirect(next, []*http.Request{ask(tc.from, false)}); err != nil {
			t.Errorf("%s to %s: %v", tc.from, tc.to, err)
		}
		kept := next.Header.Get("X-Key") != "" && next.Header.Get("Referer") != "" && next.Host == "shop"
		lost := next.Header.Get("X-Key") == "" && next.Header.Get("Referer") == "" && next.Host != "shop"
		if kept != tc.keeps || lost == tc.keeps {
			t.Errorf("%s to %s: %v, host %s", tc.from, tc.to, next.Header, next.Host)
		}
		if err := h.redirect(ask(tc.to, true), []*http.Request{ask(tc.from, true)}); (err == nil) != tc.keeps {
			t.Errorf("%s to %s with a body: %v", tc.from, tc.to, err)
		}
	}
}
