//go:build linux

package image

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// cut is a body whose connection breaks.
type cut struct {
	io.Reader
	body io.Closer
}

func (c cut) Close() error { return c.body.Close() }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestReal_uploadBreaks cuts the line to a real registry in the middle of a
// blob. Docker's gives such an upload up as soon as it is asked how far it came
// (seen with 2.8.2), so that the blob is sent anew, and the push goes well.
func TestReal_uploadBreaks(t *testing.T) {
	registry := realparts.Registry(t)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: registry})
	var cuts, sent atomic.Int64
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const half = 6 << 20
		if r.Method != http.MethodGet && r.ContentLength > half && cuts.Add(1) == 1 {
			sent.Add(half)
			r.Body = cut{io.LimitReader(r.Body, half), r.Body}
		} else if r.ContentLength > 0 {
			sent.Add(r.ContentLength)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	m := newMaker(t)
	m.Registry = NewRegistry(authn.DefaultKeychain, "test", clock.System{}) // the registry needs a moment to notice
	const size = 18 << 20
	image := big(t, m, size)
	repo, err := ParseRepository(strings.TrimPrefix(front.URL, "http://") + "/shop")
	must(t, err)
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	got, err := remote.Image(repo.Tag("1"))
	must(t, err)
	must(t, validate.Image(got))
	if cuts.Load() != 2 || sent.Load() > 2*size {
		t.Errorf("%d bytes were sent for %d, with %d requests of the blob", sent.Load(), size, cuts.Load())
	}
}
