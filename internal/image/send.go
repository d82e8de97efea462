package image

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pauses lie between the attempts at one request.
var pauses = [...]time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

// patience is what lies between the attempts at a request that the registry
// refused for its rate: it asks to be called less, for a minute or so.
var patience = [...]time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second, 30 * time.Second}

// renewals is how often a request is made anew because its token ran out just
// then. Requests beside it use a token up too, where a registry counts.
const renewals = 10

// known are the manifests that a registry may answer with.
var known = []string{
	string(types.OCIManifestSchema1), string(types.OCIImageIndex),
	string(types.DockerManifestSchema2), string(types.DockerManifestList),
}

// send makes one request; its answer must be one of the expected ones. The
// answer's body is read and closed.
func (p pusher) send(ctx context.Context, method string, to url.URL, body io.Reader, size int64, mediaType string, expected ...int) (*http.Response, error) {
	return p.sendWith(ctx, method, to, body, size, mediaType, nil, expected...)
}

// sendWith is send with headers of its own.
func (p pusher) sendWith(ctx context.Context, method string, to url.URL, body io.Reader, size int64, mediaType string, header http.Header, expected ...int) (*http.Response, error) {
	again, more := body.(renewableBody)
	if size > 0 {
		// The transport would close a file that the caller closes too.
		body = io.NopCloser(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = size
	if more {
		request.GetBody = again.open
	}
	maps.Copy(request.Header, header)
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	if method == http.MethodHead {
		request.Header["Accept"] = known
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if err := transport.CheckError(response, expected...); err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, largestDocument))
	return response, err
}

// renewableBody is a request's body that can be opened once more.
type renewableBody struct {
	io.Reader
	open func() (io.ReadCloser, error)
}

func renewable(text []byte) renewableBody {
	return renewableBody{bytes.NewReader(text), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }}
}

// again repeats what may go well another time, and words the last failure.
func (p pusher) again(ctx context.Context, try func() error) error {
	return p.Registry.again(ctx, p.repo, try)
}

// again repeats what may go well another time, and words the last failure.
// Credentials that are not taken any more are renewed, once.
func (r *Registry) again(ctx context.Context, repo name.Repository, try func() error) error {
	renewed, resent := false, 0
	for n := 0; ; {
		err := try()
		pause, due := pauseAfter(err, n)
		switch {
		case err == nil:
			return nil
		case !renewed && outdated(err) && context.Cause(ctx) == nil:
			renewed = true
			r.renew(repo)
		case errors.Is(err, errSent) && resent < renewals && context.Cause(ctx) == nil:
			resent++ // under a token that is new
		case !due || !temporary(err) || r.clock.Sleep(ctx, pause) != nil:
			return explained(ctx, repo, err)
		default:
			n++
		}
	}
}

// pauseAfter is what follows the nth failure; nothing when that was the last.
func pauseAfter(err error, n int) (d time.Duration, due bool) {
	list := pauses[:]
	if throttled(err) {
		list = patience[:]
	}
	if n >= len(list) {
		return 0, false
	}
	return list[n], true
}

// throttled tells a rate that a while mends. Docker Hub's limit of pulls lasts
// for hours, and is told at once.
func throttled(err error) bool {
	answer, ok := errors.AsType[*transport.Error](err)
	return ok && answer.StatusCode == http.StatusTooManyRequests && !strings.Contains(err.Error(), "pull rate limit")
}

// outdated tells that other credentials may be taken where these are not.
func outdated(err error) bool {
	answer, ok := errors.AsType[*transport.Error](err)
	return ok && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden && expired(answer))
}

// explained words an error once, and says first that the work was called off.
func explained(ctx context.Context, repo name.Repository, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if _, done := errors.AsType[explainedError](err); done {
		return err
	}
	return explainedError{explain(repo, err)}
}

type explainedError struct{ error }

func (e explainedError) Unwrap() error { return e.error }

// temporary tells that a request failed on the way or that the registry was in
// trouble. What is wrong with our own files is not.
func temporary(err error) bool {
	if _, done := errors.AsType[explainedError](err); done {
		return false
	}
	if _, ours := errors.AsType[credentialError](err); ours || distrusted(err) || errors.Is(err, ErrPlain) {
		return false
	}
	if answer, ok := errors.AsType[*transport.Error](err); ok {
		for _, d := range answer.Errors {
			if d.Code == transport.BlobUploadUnknownErrorCode || d.Code == transport.BlobUploadInvalidErrorCode {
				return true // the session was lost: another one is opened
			}
		}
		return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests ||
			answer.StatusCode == http.StatusRequestTimeout
	}
	_, onTheWay := errors.AsType[*url.Error](err)
	return onTheWay && !errors.Is(err, context.Canceled)
}
