package emulator

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestFunctionCodeFromS3(t *testing.T) {
	e, config := serveTest(t)
	store, client, ctx := s3Client(config), lambda.NewFromConfig(config), context.Background()
	bucket := aws.String("artifacts")
	if _, err := store.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: bucket,
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: "Enabled"}}); err != nil {
		t.Fatal(err)
	}
	var versions []*string
	for _, text := range []string{"one", "two"} {
		out, err := store.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("app.zip"), Body: bytes.NewReader(zipped(t, text))})
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, out.VersionId)
	}
	created, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: aws.String("app"), Role: aws.String(roleA),
		Runtime: "provided.al2023", Handler: aws.String("x"), Code: &lambdatypes.FunctionCode{S3Bucket: bucket, S3Key: aws.String("app.zip")}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the latest object", aws.ToString(created.CodeSha256), digestOf(t, "two"))
	if err := e.clock.Sleep(ctx, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	updated, err := client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("app"),
		S3Bucket: bucket, S3Key: aws.String("app.zip"), S3ObjectVersion: versions[0]})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "a version of the object", aws.ToString(updated.CodeSha256), digestOf(t, "one"))
	_, err = client.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: aws.String("b"), Role: aws.String(roleA),
		Runtime: "provided.al2023", Handler: aws.String("x"), Code: &lambdatypes.FunctionCode{S3Bucket: bucket, S3Key: aws.String("none.zip")}})
	var invalid *lambdatypes.InvalidParameterValueException
	if !errors.As(err, &invalid) || !strings.Contains(invalid.ErrorMessage(), "S3 Error Code: NoSuchKey") {
		t.Errorf("a missing object: %v", err)
	}
}

func digestOf(t *testing.T, text string) string {
	t.Helper()
	code, err := archiveCode(zipped(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return code.sha256
}

func TestFunctionCodeFromAnImage(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := lambda.NewFromConfig(config), context.Background()
	host := strings.TrimPrefix(*config.BaseEndpoint, "http://")
	if _, err := ecr.NewFromConfig(config).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("app")}); err != nil {
		t.Fatal(err)
	}
	first, err := push(t, host, "app", "live", imageOf(t, "one"))
	if err != nil {
		t.Fatal(err)
	}
	uri := aws.String(host + "/app:live")
	created, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: aws.String("app"), Role: aws.String(roleA),
		PackageType: "Image", Code: &lambdatypes.FunctionCode{ImageUri: uri}, Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "digest", "sha256:"+aws.ToString(created.CodeSha256), first)
	second, err := push(t, host, "app", "live", imageOf(t, "two"))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.clock.Sleep(ctx, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "a tag that moves changes no function", aws.ToString(got.Code.ResolvedImageUri), host+"/app@"+first)
	updated, err := client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("app"), ImageUri: uri})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "an update resolves it again", "sha256:"+aws.ToString(updated.CodeSha256), second)
	version, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("app"), Qualifier: aws.String("1")})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "images take longer to become active", version.Configuration.State, lambdatypes.StatePending)
	_, err = client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("app"), ZipFile: zipped(t, "x")})
	var conflict *lambdatypes.ResourceConflictException
	if !errors.As(err, &conflict) {
		t.Errorf("an update while one is in progress: %v", err)
	}
}
