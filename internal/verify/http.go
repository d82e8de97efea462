package verify

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// What is read of an answer, and of its headers.
const (
	maxBody    = 1 << 20
	maxHeaders = 64 << 10
)

// HTTP asks URLs and judges their answers.
type HTTP struct {
	URLs []string
	// Any: one URL that passes is enough; otherwise all must.
	Any      bool
	Method   string // default GET
	Headers  map[string]string
	Body     string
	Status   int    // the status wanted; 0 is any of 200 to 299
	Contains string // text that the body must hold
	// MaxLatency is how long the whole answer may take before it fails; 0 is
	// as long as Timeout, after which nobody waits for it.
	MaxLatency time.Duration
	Timeout    time.Duration
	Attempts   int
	Interval   time.Duration // between attempts
	Redirects  int           // how many are followed
	TLS        TLS
	// UserAgent says who asks.
	UserAgent string
	// Clock is waited on between attempts; an attempt itself takes real time.
	Clock clock.Clock
}

// Check is h as a check.
func (h HTTP) Check() Check {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // each attempt finds its own way
	transport.MaxResponseHeaderBytes = maxHeaders
	if c := h.TLS.config(); c != nil {
		transport.TLSClientConfig = c
	}
	client := &http.Client{Transport: transport, CheckRedirect: h.redirect}
	return func(ctx context.Context, _ rollout.Moment) (rollout.Verdict, error) {
		var faults []string
		for _, url := range h.URLs {
			why, err := h.ask(ctx, client, url)
			switch {
			case err != nil:
				return rollout.Verdict{}, err
			case why == "" && h.Any:
				return pass(), nil
			case why != "":
				faults = append(faults, fmt.Sprintf("%s %s %s", h.method(), shown(url), h.hide(url, why)))
			}
			if len(faults) > 0 && !h.Any {
				break
			}
		}
		if len(faults) == 0 {
			return pass(), nil
		}
		return fails("%s", strings.Join(faults, "; ")), nil
	}
}

func (h HTTP) method() string {
	if h.Method == "" {
		return http.MethodGet
	}
	return h.Method
}

// ask asks a URL as often as it takes; it returns what is wrong with the last
// answer, or nothing. An error is the context's end.
func (h HTTP) ask(ctx context.Context, client *http.Client, url string) (why string, err error) {
	attempts := max(h.Attempts, 1)
	for n := 1; n <= attempts; n++ {
		if n > 1 {
			if err := h.Clock.Sleep(ctx, h.Interval); err != nil {
				return "", err
			}
		}
		why = h.attempt(ctx, client, url)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case why == "":
			return "", nil
		}
	}
	if attempts > 1 {
		why += fmt.Sprintf(" (the last of %d attempts)", attempts)
	}
	return why, nil
}

// redirect follows a few redirections, none when one is what the check wants,
// and takes what may be secret, the configured headers and body and the
// address that it came from, to no other host, and not from TLS to plain text.
func (h HTTP) redirect(next *http.Request, via []*http.Request) error {
	switch {
	case h.Status >= 300 && h.Status <= 399:
		return http.ErrUseLastResponse
	case len(via) > h.Redirects:
		return fmt.Errorf("more than %d redirections", h.Redirects)
	case next.URL.Host == via[0].URL.Host && (next.URL.Scheme == "https" || via[0].URL.Scheme != "https"):
	case next.URL.Host == via[0].URL.Host && next.Body != nil && next.Body != http.NoBody:
		return fmt.Errorf("redirected from https to %s, which is not sent the body", next.URL.Scheme)
	case next.Body != nil && next.Body != http.NoBody:
		return fmt.Errorf("redirected to %s, another host, which is not sent the body", next.URL.Host)
	default:
		next.Header.Del("Referer")
		for name := range h.Headers {
			next.Header.Del(name)
			if strings.EqualFold(name, "Host") {
				next.Host = "" // a redirection on the same host would keep it
			}
		}
	}
	return nil
}
