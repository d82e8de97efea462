package emulator

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// imageOf is an image with one layer of the content.
func imageOf(t *testing.T, content string) v1.Image {
	t.Helper()
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer([]byte(content), types.DockerUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// push pushes without retries and returns the digest.
func push(t *testing.T, host, repository, tag string, image v1.Image, options ...remote.Option) (string, error) {
	t.Helper()
	reference, err := name.NewTag(host+"/"+repository+":"+tag, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	options = append(options, remote.WithRetryStatusCodes(), remote.WithRetryBackoff(remote.Backoff{Steps: 1}))
	return digest.String(), remote.Write(reference, image, options...)
}

func wantRegistryCode(t *testing.T, err error, code transport.ErrorCode) {
	t.Helper()
	var refused *transport.Error
	if !errors.As(err, &refused) || len(refused.Errors) == 0 || refused.Errors[0].Code != code {
		t.Fatalf("error %v, want %s", err, code)
	}
}

// wantRegistryStatus is for answers to HEAD, which have no body.
func wantRegistryStatus(t *testing.T, err error, status int) {
	t.Helper()
	var refused *transport.Error
	if !errors.As(err, &refused) || refused.StatusCode != status {
		t.Fatalf("error %v, want HTTP %d", err, status)
	}
}

func TestECRKnowsWhatWasPushed(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := ecr.NewFromConfig(config), context.Background()
	host := strings.TrimPrefix(*config.BaseEndpoint, "http://")

	_, err := push(t, host, "shop/web", "1", imageOf(t, "one"))
	wantRegistryCode(t, err, transport.NameUnknownErrorCode)

	made, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("shop/web"), ImageTagMutability: "IMMUTABLE"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "uri", aws.ToString(made.Repository.RepositoryUri), host+"/shop/web")
	digest, err := push(t, host, "shop/web", "1", imageOf(t, "one"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = push(t, host, "shop/web", "1", imageOf(t, "two"))
	wantRegistryCode(t, err, "TAG_INVALID")

	found, err := client.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("shop/web"), ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: aws.String("1")}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "digest", aws.ToString(found.ImageDetails[0].ImageDigest), digest)
	same(t, "pushed", found.ImageDetails[0].ImagePushedAt.UTC(), noon)
	same(t, "tags", found.ImageDetails[0].ImageTags, []string{"1"})

	e.locked(func() {
		c := &call{Emulator: e, region: e.region("eu-west-1")}
		for _, uri := range []string{host + "/shop/web:1", host + "/shop/web@" + digest} {
			if got, ok := c.imageDigest(uri); got != digest || !ok {
				t.Errorf("%s resolves to %q, want %s", uri, got, digest)
			}
		}
		if got, ok := c.imageDigest(host + "/shop/web:2"); ok {
			t.Errorf("a tag that is not there resolves to %q", got)
		}
	})

	gone, err := client.BatchDeleteImage(ctx, &ecr.BatchDeleteImageInput{RepositoryName: aws.String("shop/web"), ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: aws.String("1")}, {ImageTag: aws.String("9")}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "failure", gone.Failures[0].FailureCode, ecrtypes.ImageFailureCodeImageNotFound)
	reference, err := name.NewDigest(host+"/shop/web@"+digest, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	_, err = remote.Image(reference)
	wantRegistryCode(t, err, transport.ManifestUnknownErrorCode)
}

func TestRegistryHoldsTheUserToTheToken(t *testing.T) {
	e, config := serveTest(t, WithRegistryAuth())
	client, ctx := ecr.NewFromConfig(config), context.Background()
	host := strings.TrimPrefix(*config.BaseEndpoint, "http://")
	if _, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("web")}); err != nil {
		t.Fatal(err)
	}
	_, err := push(t, host, "web", "1", imageOf(t, "one"))
	wantRegistryStatus(t, err, http.StatusUnauthorized)
	_, err = push(t, host, "web", "1", imageOf(t, "one"), remote.WithAuth(&authn.Basic{Username: "AWS", Password: "guess"}))
	wantRegistryStatus(t, err, http.StatusForbidden)

	token, err := client.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	data := token.AuthorizationData[0]
	same(t, "endpoint", aws.ToString(data.ProxyEndpoint), "http://"+host)
	plain, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	if err != nil {
		t.Fatal(err)
	}
	user, password, _ := strings.Cut(string(plain), ":")
	auth := remote.WithAuth(&authn.Basic{Username: user, Password: password})
	if _, err := push(t, host, "web", "1", imageOf(t, "one"), auth); err != nil {
		t.Fatal(err)
	}
	if err := e.clock.Sleep(ctx, 12*time.Hour); err != nil {
		t.Fatal(err)
	}
	_, err = push(t, host, "web", "2", imageOf(t, "two"), auth)
	wantRegistryStatus(t, err, http.StatusForbidden)
}

// TestRegistryRefusesAWrongManifest: never a tag on what cannot be pulled.
func TestRegistryRefusesAWrongManifest(t *testing.T) {
	_, config := serveTest(t, WithOpenRegistry())
	absent := "sha256:" + strings.Repeat("a", 64)
	for title, one := range map[string]struct {
		reference, body string
		status          int
	}{
		"a layer that was never pushed": {"1", fmt.Sprintf(`{"schemaVersion":2,"config":{"digest":%q},"layers":[]}`, absent), 404},
		"another digest":                {absent, `{"schemaVersion":2}`, 400},
		"no JSON":                       {"1", `tar`, 400},
	} {
		t.Run(title, func(t *testing.T) {
			rq, err := http.NewRequest(http.MethodPut, *config.BaseEndpoint+"/v2/web/manifests/"+one.reference, strings.NewReader(one.body))
			if err != nil {
				t.Fatal(err)
			}
			rq.Header.Set("Content-Type", string(types.OCIManifestSchema1))
			answer, err := http.DefaultClient.Do(rq)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			pulled, err := http.Get(*config.BaseEndpoint + "/v2/web/manifests/" + one.reference)
			if err != nil {
				t.Fatal(err)
			}
			pulled.Body.Close()
			if answer.StatusCode != one.status || pulled.StatusCode != 404 {
				t.Errorf("push HTTP %d, pull HTTP %d, want %d and 404", answer.StatusCode, pulled.StatusCode, one.status)
			}
		})
	}
}

func TestRegistryBreaksInMidUpload(t *testing.T) {
	e, config := serveTest(t, WithOpenRegistry())
	host := strings.TrimPrefix(*config.BaseEndpoint, "http://")
	e.Inject(Fault{Service: "registry", Operation: "UploadChunk", After: 1, Kind: DropBefore})
	if _, err := push(t, host, "web", "1", imageOf(t, "one"), remote.WithJobs(1)); err == nil {
		t.Error("the push succeeded over a dropped connection")
	}
	if n := e.Count("registry", "PutManifest"); n != 0 {
		t.Errorf("%d manifests after a broken upload", n)
	}
	if _, err := push(t, host, "web", "1", imageOf(t, "one")); err != nil {
		t.Errorf("pushing again: %v", err)
	}
}
