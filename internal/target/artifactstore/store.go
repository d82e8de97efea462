package artifactstore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// hashKey is the object's metadata that holds its content's SHA-256: S3's own
// checksum of a multipart object is one of its parts' checksums.
const hashKey = "awsdeploy-sha256"

// Store reads and writes objects.
type Store struct {
	Client *s3.Client
	// PartSize is how much one request uploads at most; 0 means 32 MiB.
	PartSize int64
}

// Object is where a package lies, and what it is.
type Object struct {
	Bucket  string
	Key     string
	Version string // empty in a bucket without versions
	Size    int64
	SHA256  [sha256.Size]byte
}

func (o Object) url() string { return "s3://" + o.Bucket + "/" + o.Key }

// Find asks for an object's version, or its newest one. A missing object is
// an error for which awsapi.IsNotFound holds. Size and version are filled in.
func (s Store) Find(ctx context.Context, o Object) (Object, error) {
	in := &s3.HeadObjectInput{Bucket: aws.String(o.Bucket), Key: aws.String(o.Key)}
	if o.Version != "" {
		in.VersionId = aws.String(o.Version)
	}
	out, err := s.Client.HeadObject(ctx, in)
	if err != nil {
		return Object{}, fmt.Errorf("looking for %s: %w", o.url(), err)
	}
	found := Object{Bucket: o.Bucket, Key: o.Key, Version: version(out.VersionId), Size: aws.ToInt64(out.ContentLength)}
	if raw, err := hex.DecodeString(out.Metadata[hashKey]); err == nil && len(raw) == sha256.Size {
		found.SHA256 = [sha256.Size]byte(raw)
	}
	return found, nil
}

// version is an object version's id; the one of a bucket whose versions are
// suspended is none.
func version(id *string) string {
	if aws.ToString(id) == "null" {
		return ""
	}
	return aws.ToString(id)
}

// Publish makes sure that the object is in S3, and returns it with its
// version. Content is read only when it is not there yet.
func (s Store) Publish(ctx context.Context, o Object, content io.ReaderAt) (Object, error) {
	there, err := s.find(ctx, o)
	// Without the permission to list the bucket, a missing object is denied:
	// then writing settles it.
	if err == nil || !awsapi.IsNotFound(err) && !awsapi.IsAccessDenied(err) {
		return there, err
	}
	if o.Size > s.partSize() {
		o.Version, err = s.upload(ctx, o, content)
	} else {
		o.Version, err = s.put(ctx, o, content)
	}
	if taken(err) {
		return s.find(ctx, o) // another apply wrote it meanwhile
	}
	if err != nil {
		return Object{}, fmt.Errorf("uploading %s: %w", o.url(), err)
	}
	return o, nil
}

// taken tells that the key exists, or is being written by somebody else.
func taken(err error) bool {
	return slices.Contains([]string{"PreconditionFailed", "ConditionalRequestConflict"}, awsapi.Code(err))
}

// find is Find for an object whose content is known: another content under
// its key is an error.
func (s Store) find(ctx context.Context, o Object) (Object, error) {
	there, err := s.Find(ctx, Object{Bucket: o.Bucket, Key: o.Key})
	if err != nil {
		return Object{}, err
	}
	var unknown [sha256.Size]byte
	if there.Size != o.Size || there.SHA256 != unknown && there.SHA256 != o.SHA256 {
		return Object{}, fmt.Errorf("%s exists and is not this package: it has %d bytes, the package has %d. "+
			"Delete that object, or publish under another key_prefix", o.url(), there.Size, o.Size)
	}
	there.SHA256 = o.SHA256
	return there, nil
}

func (s Store) put(ctx context.Context, o Object, content io.ReaderAt) (string, error) {
	out, err := s.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:         aws.String(o.Bucket),
		Key:            aws.String(o.Key),
		Body:           io.NewSectionReader(content, 0, o.Size),
		ContentLength:  aws.Int64(o.Size),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(o.SHA256[:])),
		IfNoneMatch:    aws.String("*"),
		Metadata:       o.metadata(),
	})
	if err != nil {
		return "", err
	}
	return version(out.VersionId), nil
}

func (o Object) metadata() map[string]string {
	return map[string]string{hashKey: hex.EncodeToString(o.SHA256[:])}
}

// Fetch writes the object's content to w.
func (s Store) Fetch(ctx context.Context, o Object, w io.Writer) error {
	in := &s3.GetObjectInput{Bucket: aws.String(o.Bucket), Key: aws.String(o.Key)}
	if o.Version != "" {
		in.VersionId = aws.String(o.Version)
	}
	out, err := s.Client.GetObject(ctx, in)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", o.url(), err)
	}
	defer out.Body.Close()
	if _, err := io.Copy(w, out.Body); err != nil {
		return fmt.Errorf("fetching %s: %w", o.url(), err)
	}
	return nil
}
