package emulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// WithRegistryHost sets the host in repository URIs. The default is the
// address at which the client reached the emulator, since the host names of
// ECR lead to AWS.
func WithRegistryHost(host string) Option {
	return func(e *Emulator) { e.settings.registryHost = host }
}

// WithOpenRegistry lets a push create its repository, as registries other
// than ECR do.
func WithOpenRegistry() Option { return func(e *Emulator) { e.settings.registryOpen = true } }

// WithRegistryAuth demands what GetAuthorizationToken hands out: user AWS and
// a token that has not expired.
func WithRegistryAuth() Option { return func(e *Emulator) { e.settings.registrySecret = true } }

// registryToken is a password that GetAuthorizationToken handed out.
type registryToken struct {
	region    string
	principal string // whose policy it carries
	expires   time.Time
}

// registryRequest is a request to the registry, taken apart.
type registryRequest struct {
	*http.Request
	operation  string
	repository string
	reference  string // a tag, a digest or an upload
	body       []byte
}

// readRegistryRequest names the operation of a path under /v2/.
func readRegistryRequest(r *http.Request) registryRequest {
	// The library takes a host in the URL for a part of the repository's name.
	r = r.WithContext(r.Context())
	address := *r.URL
	address.Host = ""
	r.URL = &address
	rq := registryRequest{Request: r, operation: r.Method}
	parts := segments(strings.TrimPrefix(r.URL.Path, "/v2"))
	n := len(parts)
	verb := map[string]string{"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete", "PATCH": "Upload", "POST": "Start"}[r.Method]
	switch {
	case parts[0] == "":
		rq.operation = "Ping"
	case parts[0] == "_catalog":
		rq.operation = "Catalog"
	case n > 2 && parts[n-2] == "referrers":
		rq.operation, rq.repository, rq.reference = "ListReferrers", strings.Join(parts[:n-2], "/"), parts[n-1]
	case n > 2 && parts[n-2] == "tags":
		rq.operation, rq.repository = "ListTags", strings.Join(parts[:n-2], "/")
	case n > 2 && parts[n-2] == "manifests":
		rq.operation, rq.repository, rq.reference = verb+"Manifest", strings.Join(parts[:n-2], "/"), parts[n-1]
	case n > 2 && parts[n-2] == "blobs" && parts[n-1] == "uploads":
		rq.operation, rq.repository = "StartUpload", strings.Join(parts[:n-2], "/")
	case n > 3 && parts[n-3] == "blobs" && parts[n-2] == "uploads":
		rq.operation, rq.repository, rq.reference = verb+"Chunk", strings.Join(parts[:n-3], "/"), parts[n-1]
	case n > 2 && parts[n-2] == "blobs":
		rq.operation, rq.repository, rq.reference = verb+"Blob", strings.Join(parts[:n-2], "/"), parts[n-1]
	}
	if rq.operation == "PutChunk" {
		rq.operation = "FinishUpload"
	}
	return rq
}

// serveRegistry answers the OCI distribution API at /v2/. Calls are recorded
// as service "registry" with the operations Ping, HeadBlob, GetBlob,
// StartUpload, UploadChunk, FinishUpload, HeadManifest, GetManifest,
// PutManifest, DeleteManifest, ListReferrers, ListTags and Catalog.
func (e *Emulator) serveRegistry(w http.ResponseWriter, r *http.Request) {
	rq := readRegistryRequest(r)
	in := &incoming{
		Call: Call{Service: "registry", Operation: rq.operation},
		in:   values{"Repository": rq.repository, "Reference": rq.reference},
	}
	_, in.password, _ = r.BasicAuth()
	var err error
	if rq.body, err = io.ReadAll(r.Body); err != nil {
		in.err = refuse("BLOB_UPLOAD_INVALID", "%v", err)
	}
	in.sent = len(rq.body)
	rq.Body, rq.ContentLength = io.NopCloser(bytes.NewReader(rq.body)), int64(len(rq.body))
	e.serveThrough(w, r, in, func(w http.ResponseWriter) string {
		if refused := e.registryAnswer(w, rq); refused != nil {
			a := registryFail(refused)
			for name, v := range a.header {
				w.Header()[name] = v
			}
			w.WriteHeader(a.status)
			w.Write(a.body)
		}
		return registryFailure(w.(*buffered))
	}, registryFail)
}

// registryFailure is the error code of an answer.
func registryFailure(b *buffered) string {
	if b.status < 400 {
		return ""
	}
	var body struct{ Errors []struct{ Code string } }
	if json.Unmarshal(b.body.Bytes(), &body) == nil && len(body.Errors) > 0 {
		return body.Errors[0].Code
	}
	return fmt.Sprintf("HTTP%d", b.status)
}

func registryFail(refused *apiError) *wireAnswer {
	body, _ := json.Marshal(map[string]any{"errors": []map[string]string{{"code": refused.Code, "message": refused.Message}}}) // strings only
	status := refused.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	a := newAnswer(status, "application/json", body)
	if status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", `Basic realm="ecr",service="ecr.amazonaws.com"`)
	}
	return a
}

// registryAnswer checks what ECR checks and leaves the rest to the library.
func (e *Emulator) registryAnswer(w http.ResponseWriter, rq registryRequest) *apiError {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	region, refused := e.registryRegion(rq)
	if refused != nil {
		return refused
	}
	if rq.repository == "" {
		// The library would take the empty name for one.
		if rq.operation != "Ping" && rq.operation != "Catalog" {
			return &apiError{Code: "UNSUPPORTED", Message: "The operation is unsupported", Status: http.StatusNotFound}
		}
		region.ecr.handler.ServeHTTP(w, rq.Request)
		return nil
	}
	repository := region.ecr.repositories[rq.repository]
	if repository == nil {
		if !e.settings.registryOpen || isReadMethod(rq.Method) {
			return &apiError{Code: "NAME_UNKNOWN", Status: http.StatusNotFound, Message: fmt.Sprintf(
				"The repository with name '%s' does not exist in the registry with id '%s'", rq.repository, e.account)}
		}
		repository = region.ecr.create(rq.repository, e.now)
	}
	if rq.operation == "PutManifest" {
		return region.ecr.putManifest(w, rq, repository)
	}
	if rq.operation == "ListReferrers" {
		repository.listReferrers(w, rq)
		return nil
	}
	if rq.operation == "StartUpload" && region.ecr.mount(w, rq, repository) {
		return nil
	}
	if strings.HasSuffix(rq.operation, "Manifest") && rq.Method == http.MethodDelete {
		return &apiError{Code: "UNSUPPORTED", Message: "The operation is unsupported: delete images with BatchDeleteImage", Status: http.StatusMethodNotAllowed}
	}
	region.ecr.handler.ServeHTTP(w, rq.Request)
	if rq.operation == "GetManifest" && w.(*buffered).status == http.StatusOK {
		if i := repository.find(rq.reference); i != nil {
			i.pulled = e.now
		}
	}
	return nil
}

func isReadMethod(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// registryRegion finds whose registry a request means: the host name of ECR
// tells, else the token, else where a repository of the name is.
func (e *Emulator) registryRegion(rq registryRequest) (*region, *apiError) {
	user, password, given := rq.BasicAuth()
	token, known := e.tokens[password]
	if e.settings.registrySecret {
		switch {
		case !given:
			return nil, &apiError{Code: "UNAUTHORIZED", Message: "authentication required", Status: http.StatusUnauthorized}
		case user != "AWS" || !known:
			return nil, &apiError{Code: "DENIED", Message: "Not Authorized", Status: http.StatusForbidden}
		case !e.now.Before(token.expires):
			return nil, &apiError{Code: "DENIED", Message: "Your authorization token has expired. Reauthenticate and try again.", Status: http.StatusForbidden}
		}
	}
	if parts := strings.Split(rq.Host, "."); len(parts) > 4 && parts[1] == "dkr" && parts[2] == "ecr" {
		return e.region(parts[3]), nil
	}
	if known {
		return e.region(token.region), nil
	}
	names := sortedKeys(e.regions)
	for _, name := range names {
		if e.regions[name].ecr.repositories[rq.repository] != nil {
			return e.regions[name], nil
		}
	}
	if len(names) > 0 {
		return e.regions[names[0]], nil
	}
	return e.region("us-east-1"), nil
}

// putManifest stores an image. ECR refuses one whose blobs it lacks, whose
// digest is another, or whose tag is immutable and taken.
func (s *ecrState) putManifest(w http.ResponseWriter, rq registryRequest, repository *ecrRepository) *apiError {
	sum := sha256.Sum256(rq.body)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	tag := rq.reference
	if strings.HasPrefix(tag, "sha256:") {
		if tag != digest {
			return refuse("DIGEST_INVALID", "provided digest did not match uploaded content")
		}
		tag = ""
	}
	var manifest struct {
		MediaType string
		Config    struct {
			MediaType, Digest string
			Size              int64
		}
		Layers []struct {
			Digest string
			Size   int64
		}
		Subject struct{ Digest string }
	}
	if err := json.Unmarshal(rq.body, &manifest); err != nil {
		return refuse("MANIFEST_INVALID", "manifest invalid: %v", err)
	}
	size := manifest.Config.Size
	needed := []string{manifest.Config.Digest}
	for _, layer := range manifest.Layers {
		needed, size = append(needed, layer.Digest), size+layer.Size
	}
	for _, digest := range needed {
		if _, ok := s.blobs[repository.name+"@"+digest]; digest != "" && !ok {
			return &apiError{Code: "MANIFEST_BLOB_UNKNOWN", Message: "Layers with digests '[" + digest + "]' required for pushing image into repository do not exist", Status: http.StatusNotFound}
		}
	}
	if old := repository.find(tag); tag != "" && old != nil && old.digest != digest && repository.immutable(tag) {
		return refuse("TAG_INVALID", "The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the tag is immutable.", tag, repository.name)
	}
	s.handler.ServeHTTP(w, rq.Request)
	if w.(*buffered).status == http.StatusCreated {
		media := rq.Header.Get("Content-Type")
		if media == "" {
			media = manifest.MediaType
		}
		known := repository.find(digest) != nil
		repository.put(&ecrImage{
			digest: digest, media: media, config: manifest.Config.MediaType, manifest: rq.body, size: size, pushed: s.region.emulator.now,
			subject: manifest.Subject.Digest,
		}, tag)
		if manifest.Subject.Digest != "" {
			w.Header().Set("OCI-Subject", manifest.Subject.Digest)
			if s.region.emulator.switches.SubjectUnconfirmed {
				w.Header().Del("OCI-Subject")
			}
		}
		if !known && manifest.Config.MediaType != "" && manifest.Subject.Digest == "" && repository.scanning.boolean("scanOnPush") {
			s.scan(repository, repository.find(digest), s.region.emulator.now)
		}
	}
	return nil
}

// newRegistry is the library's registry over blobs that each repository keeps
// for itself, as ECR does.
func newRegistry(blobs map[string][]byte) http.Handler {
	return registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithBlobHandler(blobStore(blobs)), registry.WithReferrersSupport(true))
}

// blobStore holds blobs by repository and digest. The library names the
// repository of an upload with a trailing /blobs.
type blobStore map[string][]byte

func (b blobStore) key(repository string, h v1.Hash) string {
	return strings.TrimSuffix(repository, "/blobs") + "@" + h.String()
}

func (b blobStore) Get(_ context.Context, repository string, h v1.Hash) (io.ReadCloser, error) {
	body, ok := b[b.key(repository, h)]
	if !ok {
		return nil, registry.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

func (b blobStore) Stat(_ context.Context, repository string, h v1.Hash) (int64, error) {
	body, ok := b[b.key(repository, h)]
	if !ok {
		return 0, registry.ErrNotFound
	}
	return int64(len(body)), nil
}

func (b blobStore) Put(_ context.Context, repository string, h v1.Hash, in io.ReadCloser) error {
	body, err := io.ReadAll(in) // fails when the digest does not match
	if err != nil {
		return err
	}
	b[b.key(repository, h)] = body
	return nil
}

// imageDigest finds the digest of an image of the region's registry.
func (c *call) imageDigest(uri string) (digest string, found bool) {
	_, name, _ := strings.Cut(uri, "/")
	name, reference, pinned := strings.Cut(name, "@")
	if !pinned {
		if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
			name, reference = name[:colon], name[colon+1:]
		} else {
			reference = "latest"
		}
	}
	repository := c.region.ecr.repositories[name]
	if repository == nil {
		return "", false
	}
	i := repository.find(reference)
	if i == nil {
		return "", false
	}
	return i.digest, true
}

// newToken is a password for the registry.
func (c *call) newToken() (token string, expires time.Time) {
	expires = c.now.Add(12 * time.Hour)
	token = base64.StdEncoding.EncodeToString([]byte(c.region.name + "/" + c.hex(32)))
	c.tokens[token] = registryToken{region: c.region.name, principal: c.principal(c.accessKey), expires: expires}
	return token, expires
}
