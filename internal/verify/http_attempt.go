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
)

// attempt asks once; it returns what is wrong with the answer, or nothing.
func (h HTTP) attempt(ctx context.Context, client *http.Client, url string) string {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, h.method(), url, h.body())
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
	began := clock.System{}.Now() // whatever clock we wait on, a network takes real time
	res, err := client.Do(req)
	if err != nil {
		return h.noAnswer(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return h.noAnswer(ctx, err)
	}
	return h.judge(res.StatusCode, body, clock.System{}.Now().Sub(began))
}

func (h HTTP) body() io.Reader {
	if h.Body == "" {
		return nil
	}
	return strings.NewReader(h.Body)
}

func (h HTTP) noAnswer(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return "gave no answer within " + short(h.Timeout)
	}
	return "gave no answer: " + cause(err)
}

func (h HTTP) judge(status int, body []byte, took time.Duration) string {
	switch {
	case h.Status == 0 && (status < 200 || status > 299):
		return fmt.Sprintf("answered %d, want 200 to 299: %s", status, excerpt(body))
	case h.Status != 0 && status != h.Status:
		return fmt.Sprintf("answered %d, want %d: %s", status, h.Status, excerpt(body))
	case !strings.Contains(string(body), h.Contains):
		return fmt.Sprintf("answered %d without %s: %s", status, excerpt([]byte(h.Contains)), excerpt(body))
	case h.MaxLatency > 0 && took > h.MaxLatency:
		return fmt.Sprintf("answered %d after %s, want at most %s", status, took.Round(time.Millisecond), short(h.MaxLatency))
	}
	return ""
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
