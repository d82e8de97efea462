package artifactstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// cloud is an S3 that notes the requests it gets, and may answer itself.
type cloud struct {
	mu       sync.Mutex
	requests []string
	answer   func(*http.Request) (status int, code string)
	backend  *s3mem.Backend
	s3       http.Handler
}

func newCloud(t *testing.T) (*cloud, Store) {
	t.Helper()
	backend := s3mem.New()
	c := &cloud{backend: backend, s3: gofakes3.New(backend).Server()}
	if err := backend.CreateBucket("b"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDTEST", SecretAccessKey: "test"}, nil
		}),
	})
	return c, Store{Client: client, PartSize: 5 << 20}
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.requests = append(c.requests, strings.TrimSpace(r.Method+" "+strings.SplitN(r.URL.RawQuery, "=", 2)[0]))
	answer := c.answer
	c.mu.Unlock()
	if answer != nil {
		if status, code := answer(r); status != 0 {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
			return
		}
	}
	c.s3.ServeHTTP(w, r)
}

// asked is what the cloud was asked since the last time.
func (c *cloud) asked() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := strings.Join(c.requests, ", ")
	c.requests = nil
	return asked
}

func object(content []byte) Object {
	return Object{Bucket: "b", Key: "shop/x/app.zip", Size: int64(len(content)), SHA256: sha256.Sum256(content)}
}

func (s Store) content(t *testing.T, o Object) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Fetch(t.Context(), o, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPublish_once(t *testing.T) {
	c, s := newCloud(t)
	content := []byte("package")
	for i, want := range []string{"HEAD, PUT x-id", "HEAD"} {
		if _, err := s.Publish(t.Context(), object(content), bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if got := c.asked(); got != want {
			t.Errorf("time %d: asked %s, want %s", i+1, got, want)
		}
	}
	if got := s.content(t, object(content)); string(got) != "package" {
		t.Errorf("S3 holds %q", got)
	}
}

func TestPublish_versions(t *testing.T) {
	c, s := newCloud(t)
	if err := c.backend.SetVersioningConfiguration("b", gofakes3.VersioningConfiguration{Status: gofakes3.VersioningEnabled}); err != nil {
		t.Fatal(err)
	}
	content := []byte("package")
	first, err := s.Publish(t.Context(), object(content), bytes.NewReader(content))
	if err != nil || first.Version == "" {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := s.Publish(t.Context(), object(content), bytes.NewReader(content))
	if err != nil || again.Version != first.Version {
		t.Errorf("got version %q, want %q (%v)", again.Version, first.Version, err)
	}
}

func TestPublish_inParts(t *testing.T) {
	c, s := newCloud(t)
	content := bytes.Repeat([]byte("0123456789abcdef"), 11<<20/16)
	if _, err := s.Publish(t.Context(), object(content), bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(c.asked(), "PUT partNumber"); got != 3 {
		t.Errorf("%d parts, want 3", got)
	}
	if !bytes.Equal(s.content(t, object(content)), content) {
		t.Error("S3 holds other content")
	}
}

func TestPublish_givesUpWhatFailed(t *testing.T) {
	c, s := newCloud(t)
	c.answer = func(r *http.Request) (int, string) {
		if r.URL.Query().Get("partNumber") == "2" {
			return 403, "AccessDenied"
		}
		return 0, ""
	}
	content := bytes.Repeat([]byte("0123456789abcdef"), 11<<20/16)
	_, err := s.Publish(t.Context(), object(content), bytes.NewReader(content))
	if !awsapi.IsAccessDenied(err) {
		t.Errorf("got %v", err)
	}
	if asked := c.asked(); !strings.HasSuffix(asked, "DELETE uploadId") {
		t.Errorf("the upload was not given up: %s", asked)
	}
	if _, err := s.Find(t.Context(), object(content)); !awsapi.IsNotFound(err) {
		t.Errorf("half a package is there: %v", err)
	}
}

func TestPublish_whereListingIsForbidden(t *testing.T) {
	c, s := newCloud(t)
	c.answer = func(r *http.Request) (int, string) {
		if r.Method == http.MethodHead {
			return 403, "Forbidden"
		}
		return 0, ""
	}
	content := []byte("package")
	_, err := s.Publish(t.Context(), object(content), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.asked(); got != "HEAD, PUT x-id" {
		t.Errorf("asked %s", got)
	}
}

func TestPublish_anotherWasFaster(t *testing.T) {
	c, s := newCloud(t)
	content := []byte("package")
	c.answer = func(r *http.Request) (int, string) {
		if r.Method != http.MethodPut {
			return 0, ""
		}
		if r.Header.Get("If-None-Match") != "*" {
			t.Error("writing does not ask for an absent key")
		}
		_, err := c.backend.PutObject("b", "shop/x/app.zip", nil, bytes.NewReader(content), int64(len(content)), nil)
		if err != nil {
			t.Error(err)
		}
		return 412, "PreconditionFailed"
	}
	if _, err := s.Publish(t.Context(), object(content), bytes.NewReader(content)); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestPublish_neverOverwrites(t *testing.T) {
	c, s := newCloud(t)
	if _, err := c.backend.PutObject("b", "shop/x/app.zip", nil, strings.NewReader("another"), 7, nil); err != nil {
		t.Fatal(err)
	}
	content := []byte("longer package")
	_, err := s.Publish(t.Context(), object(content), bytes.NewReader(content))
	if err == nil || !strings.Contains(err.Error(), "s3://b/shop/x/app.zip exists and is not this package") {
		t.Errorf("got %v", err)
	}
	if got := s.content(t, object(content)); string(got) != "another" {
		t.Errorf("S3 holds %q", got)
	}
}
