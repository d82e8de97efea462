package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

const (
	maxBody      = 1 << 20 // how much of an answer is read
	maxRedirects = 5
	// betweenAttempts is long enough for a hiccup of the network to pass.
	betweenAttempts = 5 * time.Second
)

// HTTP asks a URL and judges the answer.
type HTTP struct {
	URL      string
	Method   string // default GET
	Headers  map[string]string
	Status   int    // the status wanted; 0 is any of 200 to 299
	Contains string // text that the body must hold
	Timeout  time.Duration
	Attempts int
	// UserAgent says who asks.
	UserAgent string
	// Clock is waited on between attempts; an attempt itself takes real time.
	Clock clock.Clock
}

// Check is h as a check. TLS certificates are always verified.
func (h HTTP) Check() Check {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // each attempt finds its own way
	client := &http.Client{Transport: transport, CheckRedirect: h.redirect}
	return func(ctx context.Context) (rollout.Verdict, error) {
		var why string
		attempts := max(h.Attempts, 1)
		for n := 1; n <= attempts; n++ {
			if n > 1 {
				if err := h.Clock.Sleep(ctx, betweenAttempts); err != nil {
					return rollout.Verdict{}, err
				}
			}
			why = h.attempt(ctx, client)
			switch {
			case ctx.Err() != nil:
				return rollout.Verdict{}, context.Cause(ctx)
			case why == "":
				return pass(), nil
			}
		}
		if attempts > 1 {
			why += fmt.Sprintf(" (the last of %d attempts)", attempts)
		}
		return fails("%s %s %s", h.method(), shown(h.URL), why), nil
	}
}

func (h HTTP) method() string {
	if h.Method == "" {
		return http.MethodGet
	}
	return h.Method
}

// attempt asks once; it returns what is wrong with the answer, or nothing.
func (h HTTP) attempt(ctx context.Context, client *http.Client) string {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, h.method(), h.URL, nil)
	if err != nil {
		return "cannot be asked: " + cause(err)
	}
	req.Header.Set("User-Agent", h.UserAgent)
	for name, value := range h.Headers {
		req.Header.Set(name, value)
		if strings.EqualFold(name, "Host") {
			req.Host = value // the client ignores it among the headers
		}
	}
	res, err := client.Do(req)
	if err != nil {
		return h.noAnswer(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return h.noAnswer(ctx, err)
	}
	return h.judge(res.StatusCode, body)
}

func (h HTTP) noAnswer(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return "gave no answer within " + short(h.Timeout)
	}
	return "gave no answer: " + cause(err)
}

func (h HTTP) judge(status int, body []byte) string {
	switch {
	case h.Status == 0 && (status < 200 || status > 299):
		return fmt.Sprintf("answered %d, want 200 to 299: %s", status, excerpt(body))
	case h.Status != 0 && status != h.Status:
		return fmt.Sprintf("answered %d, want %d: %s", status, h.Status, excerpt(body))
	case !strings.Contains(string(body), h.Contains):
		return fmt.Sprintf("answered %d without %q: %s", status, h.Contains, excerpt(body))
	}
	return ""
}

// redirect follows a few redirections, none when one is what the check wants,
// and takes the configured headers, which may be secrets, to no other host.
func (h HTTP) redirect(next *http.Request, via []*http.Request) error {
	switch {
	case h.Status >= 300 && h.Status <= 399:
		return http.ErrUseLastResponse
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirections", maxRedirects)
	case next.URL.Host != via[0].URL.Host:
		for name := range h.Headers {
			next.Header.Del(name)
		}
	}
	return nil
}

// cause is an error of the client without the URL, which may hold secrets.
func cause(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

// shown is a URL without its secrets: no user, no query values.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the URL"
	}
	out := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.RawQuery != "" {
		return out.String() + "?…"
	}
	return out.String()
}
