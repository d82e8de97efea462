package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// chunk is how much of a blob goes at a time once its upload broke: so much is
// lost at most when the line breaks again.
const chunk = 16 << 20

// blob makes sure that the repository holds one blob.
func (p pusher) blob(ctx context.Context, part Part) error {
	u := upload{pusher: p, part: part}
	var err error
	for sent := int64(-1); u.sent > sent; { // patience lasts as long as it helps
		sent = u.sent
		if err = p.again(ctx, func() error { return u.attempt(ctx) }); err == nil {
			return nil
		}
	}
	return fmt.Errorf("pushing %s (%s): %w", part.From, part.Digest, err)
}

// upload is one blob on its way. When it breaks, the registry is asked how far
// it came, and the rest is sent.
type upload struct {
	pusher
	part Part
	to   *url.URL // where the registry takes it; nil when no upload is open
	sent int64    // what surely arrived of it
}

// attempt goes on where the one before it broke.
func (u *upload) attempt(ctx context.Context) error {
	if u.to != nil {
		have, open := u.progress(ctx)
		if open && have > 0 {
			u.sent = max(u.sent, have)
			return u.rest(ctx, have)
		}
		u.to = nil // nothing came, or the registry does not tell: from the start
	}
	if !u.unsent {
		there, err := u.has(ctx, blobs, u.part.Digest.String())
		if err != nil || there != "" {
			return err
		}
	}
	u.unsent = false // it may have arrived, whatever the answer says
	done, err := u.begin(ctx)
	if done || err != nil {
		return err
	}
	content, err := u.part.open(ctx)
	if err != nil {
		return fmt.Errorf("opening it: %w", err)
	}
	defer func() { _ = content.Close() }()
	body := renewableBody{content, func() (io.ReadCloser, error) { return u.part.open(ctx) }}
	return u.ended(u.send(ctx, http.MethodPut, u.finish(), body, u.part.Size, octets, http.StatusCreated))
}

// octets is the media type of a blob on its way.
const octets = "application/octet-stream"

// begin asks where to. When the base lies in the same registry, that may be
// all: the registry takes the blob over from there.
func (u *upload) begin(ctx context.Context) (done bool, err error) {
	start := u.address("blobs/uploads/")
	if u.part.mountable(u.repo) {
		start.RawQuery = url.Values{"mount": {u.part.Digest.String()}, "from": {u.part.home.RepositoryStr()}}.Encode()
	}
	opened, err := u.send(ctx, http.MethodPost, start, nil, 0, "", http.StatusAccepted, http.StatusCreated)
	if err != nil || opened.StatusCode == http.StatusCreated {
		return err == nil, err
	}
	return false, u.moved(start, opened)
}

// moved notes where the registry wants the next request.
func (u *upload) moved(from url.URL, answer *http.Response) error {
	location := answer.Header.Get("Location")
	if location == "" {
		return fmt.Errorf("the registry %s names no place to upload to", u.repo.RegistryStr())
	}
	to, err := from.Parse(location)
	if err != nil {
		return fmt.Errorf("the registry %s names no place to upload to", u.repo.RegistryStr()) // the place may be a secret
	}
	u.to = to
	return nil
}

// finish is where the last request goes.
func (u *upload) finish() url.URL {
	to := *u.to
	query := to.Query()
	query.Set("digest", u.part.Digest.String())
	to.RawQuery = query.Encode()
	return to
}

// ended gives an upload up that the registry refused: only one that broke on
// the way, or in a trouble of the registry, can go on.
func (u *upload) ended(_ *http.Response, err error) error {
	if answer, ok := errors.AsType[*transport.Error](err); ok && answer.StatusCode < http.StatusInternalServerError {
		u.to = nil
	}
	return err
}

// progress asks how many bytes the registry has. It answers with a range,
// whose end belongs to it, as in "Range: 0-1023"; 0-0 may also mean nothing.
func (u *upload) progress(ctx context.Context) (have int64, open bool) {
	answer, err := u.send(ctx, http.MethodGet, *u.to, nil, 0, "", http.StatusNoContent, http.StatusAccepted, http.StatusOK)
	if err != nil {
		return 0, false
	}
	_, last, ok := strings.Cut(strings.TrimPrefix(answer.Header.Get("Range"), "bytes="), "-")
	end, err := strconv.ParseInt(last, 10, 64)
	if !ok || err != nil || end >= u.part.Size {
		return 0, false
	}
	if answer.Header.Get("Location") != "" && u.moved(*u.to, answer) != nil {
		return 0, false
	}
	if end == 0 {
		return 0, true
	}
	return end + 1, true
}

// rest sends what the registry lacks, a chunk at a time, and ends the upload.
func (u *upload) rest(ctx context.Context, have int64) error {
	content, err := u.part.open(ctx)
	if err != nil {
		return fmt.Errorf("opening it: %w", err)
	}
	defer func() { _ = content.Close() }()
	if _, err := io.CopyN(io.Discard, content, have); err != nil {
		return fmt.Errorf("reading it: %w", err)
	}
	for have < u.part.Size {
		size := min(chunk, u.part.Size-have)
		answer, err := u.patch(ctx, content, have, size)
		if err != nil {
			return u.ended(nil, err)
		}
		have += size
		u.sent = max(u.sent, have)
		if err := u.moved(*u.to, answer); err != nil {
			return err
		}
	}
	return u.ended(u.send(ctx, http.MethodPut, u.finish(), nil, 0, octets, http.StatusCreated))
}

// patch sends one chunk.
func (u *upload) patch(ctx context.Context, content io.Reader, from, size int64) (*http.Response, error) {
	span := http.Header{"Content-Range": {fmt.Sprintf("%d-%d", from, from+size-1)}}
	return u.sendWith(ctx, http.MethodPatch, *u.to, io.LimitReader(content, size), size, octets, span, http.StatusAccepted, http.StatusNoContent)
}
