package emulator

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// serveTest starts an emulator on a virtual clock and a configuration for the
// SDK that reaches it and never retries.
func serveTest(t *testing.T, options ...Option) (*Emulator, aws.Config) {
	t.Helper()
	e := New(clock.NewVirtual(noon), options...)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return e, aws.Config{
		Region:       "eu-west-1",
		BaseEndpoint: aws.String(server.URL),
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
}

func TestSTS(t *testing.T) {
	e, config := serveTest(t)
	client := sts.NewFromConfig(config)
	ctx := context.Background()
	me, err := client.GetCallerIdentity(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(me.Account) != Account || aws.ToString(me.Arn) != "arn:aws:iam::123456789012:user/operator" {
		t.Errorf("identity %s %s", aws.ToString(me.Account), aws.ToString(me.Arn))
	}
	role, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::123456789012:role/deploy"), RoleSessionName: aws.String("ci"), DurationSeconds: aws.Int32(900),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := role.Credentials.Expiration.Sub(noon); got != 15*time.Minute {
		t.Errorf("the session lasts %s, want 15m", got)
	}
	config.Credentials = credentials.NewStaticCredentialsProvider(*role.Credentials.AccessKeyId, "x", "y")
	me, err = sts.NewFromConfig(config).GetCallerIdentity(ctx, nil)
	if err != nil || aws.ToString(me.Arn) != "arn:aws:sts::123456789012:assumed-role/deploy/ci" {
		t.Errorf("identity of the session: %v, %v", aws.ToString(me.Arn), err)
	}
	presigned, err := sts.NewPresignClient(sts.NewFromConfig(config)).PresignGetCallerIdentity(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(presigned.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	same(t, "a presigned call", answer.StatusCode, http.StatusOK)
	if err := e.clock.Sleep(ctx, 15*time.Minute); err != nil {
		t.Fatal(err)
	}
	_, err = sts.NewFromConfig(config).GetCallerIdentity(ctx, nil)
	wantCode(t, err, "ExpiredToken")
	_, err = client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/deploy"), RoleSessionName: aws.String("a b"), DurationSeconds: aws.Int32(1)})
	wantCode(t, err, "ValidationError")
}
