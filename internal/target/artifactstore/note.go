package artifactstore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// mostNote bounds what is read of a note: anything longer is none of ours.
const mostNote = 64 << 10

// Note keeps a small value beside the packages, under a key of its own, in
// place of what is there.
func (s Store) Note(ctx context.Context, bucket, key string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = s.Client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key),
		Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))), ContentType: aws.String("application/json")})
	if err != nil {
		return fmt.Errorf("writing %s: %w", Object{Bucket: bucket, Key: key}.url(), err)
	}
	return nil
}

// Noted reads a note into value. It is false when there is none that can be
// read: without the permission to list the bucket, S3 denies what is not there.
func (s Store) Noted(ctx context.Context, bucket, key string, value any) (bool, error) {
	out, err := s.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if awsapi.IsNotFound(err) || awsapi.IsAccessDenied(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", Object{Bucket: bucket, Key: key}.url(), err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, mostNote))
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", Object{Bucket: bucket, Key: key}.url(), err)
	}
	return json.Unmarshal(data, value) == nil, nil
}
