package emulator

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// s3Service is the account's S3: gofakes3 on the emulator's time, addressed by
// path. Buckets are those of all regions.
type s3Service struct {
	backend *s3mem.Backend
	handler http.Handler
}

// s3Time is the emulator's time; gofakes3 asks with the emulator locked.
type s3Time struct{ e *Emulator }

func (t s3Time) Now() time.Time                        { return t.e.now }
func (t s3Time) Since(earlier time.Time) time.Duration { return t.e.now.Sub(earlier) }

func newS3Service(e *Emulator) *s3Service {
	backend := s3mem.New(s3mem.WithTimeSource(s3Time{e}), s3mem.WithVersionSeed(1))
	return &s3Service{
		backend: backend,
		handler: gofakes3.New(backend, gofakes3.WithTimeSource(s3Time{e}), gofakes3.WithTimeSkewLimit(0)).Server(),
	}
}

var s3Code = regexp.MustCompile(`<Code>([^<]+)</Code>`)

func (e *Emulator) serveS3(w http.ResponseWriter, r *http.Request, scope credentialScope) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	in := &incoming{
		Call:      Call{Region: scope.region, Service: "s3", Operation: s3Operation(r, bucket, key)},
		in:        values{"Bucket": bucket, "Key": key, "VersionId": r.URL.Query().Get("versionId")},
		accessKey: scope.accessKey,
	}
	if in.Operation == "" {
		in.Operation = r.Method + " ?" + r.URL.RawQuery
		in.err = &apiError{Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: "S3 " + r.Method + " ?" + r.URL.RawQuery + " is not supported by this emulator"}
	} else {
		in.err = unchunk(r)
	}
	e.serveThrough(w, r, in, func(w http.ResponseWriter) string {
		e.s3.handler.ServeHTTP(w, ofVersion(r))
		b := w.(*buffered)
		if b.status == http.StatusNotFound && isReadMethod(r.Method) && key != "" && !e.may(scope.accessKey, "s3:ListBucket", s3ARN(bucket, "")) {
			// Who may not list a bucket is not told what it lacks.
			b.status = http.StatusForbidden
			b.body.Reset()
			b.body.Write(s3Fail(r, &apiError{Code: "AccessDenied", Message: "Access Denied"}, "").body)
		}
		return s3Failure(b, r.Method)
	}, func(refused *apiError) *wireAnswer { return s3Fail(r, refused, e.requestID()) })
}

// ofVersion asks for a version's head as for the version, whose body the
// server then leaves out: gofakes3 answers with the latest version's head.
func ofVersion(r *http.Request) *http.Request {
	if r.Method != http.MethodHead || !r.URL.Query().Has("versionId") {
		return r
	}
	whole := r.WithContext(r.Context())
	whole.Method = http.MethodGet
	return whole
}

// s3Failure is the error code of an answer: HEAD has only a status.
func s3Failure(b *buffered, method string) string {
	if b.status < 400 {
		return ""
	}
	if m := s3Code.FindSubmatch(b.body.Bytes()); m != nil && method != http.MethodHead {
		return string(m[1])
	}
	return fmt.Sprintf("HTTP%d", b.status)
}

func s3Fail(r *http.Request, refused *apiError, id string) *wireAnswer {
	x := &xmlWriter{}
	x.WriteString(xmlHead + "<Error>")
	x.element("Code", refused.Code)
	x.element("Message", refused.Message)
	x.element("Resource", r.URL.Path)
	x.element("RequestId", id)
	x.WriteString("</Error>")
	status := refused.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	return newAnswer(status, "application/xml", x.Bytes())
}

// s3Operation names the operation of a request, or nothing for subresources
// that gofakes3 would take for the object itself.
func s3Operation(r *http.Request, bucket, key string) string {
	sub := ""
	query := r.URL.Query()
	for name := range query {
		switch name {
		case "acl", "policy", "tagging", "versioning", "versions", "location", "uploads", "uploadId", "delete",
			"lifecycle", "cors", "encryption", "object-lock", "website", "notification", "replication",
			"retention", "legal-hold", "torrent", "restore", "select", "attributes", "publicAccessBlock",
			"ownershipControls", "logging", "accelerate", "requestPayment", "analytics", "inventory", "metrics",
			"intelligent-tiering", "policyStatus":
			sub = name
		}
	}
	copied := r.Header.Get("X-Amz-Copy-Source") != ""
	level := "account"
	if bucket != "" {
		level = "bucket"
	}
	if key != "" {
		level = "object"
	}
	switch r.Method + " " + level + " " + sub {
	case "GET account ":
		return "ListBuckets"
	case "PUT bucket ":
		return "CreateBucket"
	case "DELETE bucket ":
		return "DeleteBucket"
	case "HEAD bucket ":
		return "HeadBucket"
	case "GET bucket ":
		if query.Get("list-type") == "2" {
			return "ListObjectsV2"
		}
		return "ListObjects"
	case "GET bucket versions":
		return "ListObjectVersions"
	case "GET bucket location":
		return "GetBucketLocation"
	case "GET bucket versioning":
		return "GetBucketVersioning"
	case "PUT bucket versioning":
		return "PutBucketVersioning"
	case "POST bucket delete":
		return "DeleteObjects"
	case "GET object ":
		return "GetObject"
	case "HEAD object ":
		return "HeadObject"
	case "DELETE object ":
		return "DeleteObject"
	case "PUT object ":
		if copied {
			return "CopyObject"
		}
		return "PutObject"
	case "POST object uploads":
		return "CreateMultipartUpload"
	case "PUT object uploadId":
		return "UploadPart"
	case "POST object uploadId":
		return "CompleteMultipartUpload"
	case "DELETE object uploadId":
		return "AbortMultipartUpload"
	}
	return ""
}

// unchunk reads the body before the emulator is locked, and takes SDKs'
// chunks apart: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// Signatures and trailing checksums are not compared.
func unchunk(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse("IncompleteBody", "%v", err)
	}
	if strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		if body, err = joinChunks(body); err != nil {
			return refuse("IncompleteBody", "%v", err)
		}
		r.Header.Del("X-Amz-Content-Sha256")
		r.Header.Del("X-Amz-Trailer")
		encoding := strings.TrimPrefix(strings.TrimPrefix(r.Header.Get("Content-Encoding"), "aws-chunked"), ",")
		r.Header.Del("Content-Encoding")
		if encoding != "" {
			r.Header.Set("Content-Encoding", encoding)
		}
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	if r.Method == http.MethodPut || r.Method == http.MethodPost {
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return nil
}

func joinChunks(body []byte) ([]byte, error) {
	in := bufio.NewReader(bytes.NewReader(body))
	var out bytes.Buffer
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, errors.New("a chunk is cut off")
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 63)
		if err != nil {
			return nil, fmt.Errorf("a chunk has the size %q", size)
		}
		if n == 0 {
			return out.Bytes(), nil
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return nil, errors.New("a chunk is cut off")
		}
		if _, err := in.Discard(2); err != nil {
			return nil, errors.New("a chunk is cut off")
		}
	}
}

// object reads an object for another service. A failure is S3's error code and
// message.
func (e *Emulator) object(bucket, key, version string) (body []byte, code, message string) {
	var found *gofakes3.Object
	var err error
	if version == "" {
		found, err = e.s3.backend.GetObject(bucket, key, nil)
	} else {
		found, err = e.s3.backend.GetObjectVersion(bucket, key, gofakes3.VersionID(version), nil)
	}
	switch {
	case gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket):
		return nil, "NoSuchBucket", "The specified bucket does not exist"
	case gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey):
		return nil, "NoSuchKey", "The specified key does not exist."
	case gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchVersion):
		return nil, "NoSuchVersion", "The specified version does not exist."
	case err != nil:
		return nil, "InternalError", err.Error()
	}
	defer found.Contents.Close()
	if body, err = io.ReadAll(found.Contents); err != nil {
		return nil, "InternalError", err.Error()
	}
	return body, "", ""
}
