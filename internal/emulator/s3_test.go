package emulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func s3Client(config aws.Config) *s3.Client {
	return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
}

func TestS3KeepsVersionsOnTheEmulatorsTime(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := s3Client(config), context.Background()
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: aws.String("artifacts"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: "Enabled"},
	}); err != nil {
		t.Fatal(err)
	}
	var versions []string
	for _, body := range []string{"one", "two"} {
		out, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("shop/a b.zip"), Body: bytes.NewReader([]byte(body))})
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, aws.ToString(out.VersionId))
	}
	first, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("shop/a b.zip"), VersionId: &versions[0]})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(first.Body)
	if err != nil || string(body) != "one" {
		t.Errorf("the first version is %q (%v), want one", body, err)
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("shop/a b.zip")})
	if err != nil || !head.LastModified.Equal(noon) {
		t.Errorf("modified at %v (%v), want the emulator's time %v", head.LastModified, err, noon)
	}
	e.locked(func() {
		if body, code, _ := e.object("artifacts", "shop/a b.zip", versions[0]); string(body) != "one" || code != "" {
			t.Errorf("another service reads %q %s, want one", body, code)
		}
		if _, code, _ := e.object("artifacts", "none", ""); code != "NoSuchKey" {
			t.Errorf("a missing object is %q", code)
		}
	})
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("none")})
	wantCode(t, err, "NoSuchKey")
	calls := e.Calls()
	last := calls[len(calls)-1]
	if last.Service != "s3" || last.Operation != "GetObject" || last.ErrorCode != "NoSuchKey" || last.Input["Key"] != "none" {
		t.Errorf("the last call is recorded as %+v", last)
	}
	if n := e.Count("s3", "PutObject"); n != 2 {
		t.Errorf("%d PutObject recorded, want 2", n)
	}
}

func TestS3RefusesWhatItWouldMistake(t *testing.T) {
	_, config := serveTest(t)
	client, ctx := s3Client(config), context.Background()
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("b-1")}); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("b-1"), Policy: aws.String("{}")})
	wantCode(t, err, "NotImplemented")
}

// TestS3TakesChunks: what SDKs send when they cannot know the checksum first.
func TestS3TakesChunks(t *testing.T) {
	e, config := serveTest(t)
	ctx := context.Background()
	if _, err := s3Client(config).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("b-1")}); err != nil {
		t.Fatal(err)
	}
	rq, err := http.NewRequest(http.MethodPut, *config.BaseEndpoint+"/b-1/k", bytes.NewBufferString("5\r\nhello\r\n3;x=1\r\n yo\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	rq.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260301/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	rq.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	rq.Header.Set("Content-Encoding", "aws-chunked")
	answer, err := http.DefaultClient.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	e.locked(func() {
		if body, code, _ := e.object("b-1", "k", ""); string(body) != "hello yo" {
			t.Errorf("stored %q %s (HTTP %d), want hello yo", body, code, answer.StatusCode)
		}
	})
}
