package ecr

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecrpublic"
	publictypes "github.com/aws/aws-sdk-go-v2/service/ecrpublic/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// fakeECR hands out a password that names region and call.
type fakeECR struct {
	clock    clock.Clock
	endpoint string
	calls    []string // the regions asked
	fips     bool     // as the last one was asked
	answer   string   // instead of a good token
	err      error
}

func (f *fakeECR) Options() ecr.Options {
	if f.endpoint == "" {
		return ecr.Options{Region: "eu-west-1"}
	}
	return ecr.Options{Region: "eu-west-1", BaseEndpoint: aws.String(f.endpoint)}
}

func (f *fakeECR) GetAuthorizationToken(_ context.Context, _ *ecr.GetAuthorizationTokenInput, set ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error) {
	o := f.Options()
	for _, fn := range set {
		fn(&o)
	}
	f.calls = append(f.calls, o.Region)
	f.fips = o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	token := "AWS:secret-" + o.Region
	if f.answer != "" {
		token = f.answer
	}
	return &ecr.GetAuthorizationTokenOutput{AuthorizationData: []types.AuthorizationData{{
		AuthorizationToken: aws.String(base64.StdEncoding.EncodeToString([]byte(token))),
		ExpiresAt:          aws.Time(f.clock.Now().Add(12 * time.Hour)),
	}}}, f.err
}

func resolve(t *testing.T, k *Keychain, host string) (authn.AuthConfig, error) {
	t.Helper()
	repo, err := name.NewRepository(host + "/app")
	if err != nil {
		t.Fatal(err)
	}
	auth, err := k.ResolveContext(t.Context(), repo)
	if err != nil {
		return authn.AuthConfig{}, err
	}
	config, err := auth.Authorization()
	if err != nil {
		t.Fatal(err)
	}
	return *config, nil
}

func TestKeychain(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	docker := `{"auths":{"reg.example.com":{"username":"u","password":"p"}}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(docker), 0o600); err != nil {
		t.Fatal(err)
	}
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	api := &fakeECR{clock: v, endpoint: "http://127.0.0.1:4566"}
	k := NewKeychain(api, nil, v)
	for host, want := range map[string]authn.AuthConfig{
		"123456789012.dkr.ecr.us-east-1.amazonaws.com":          {Username: "AWS", Password: "secret-us-east-1"},
		"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com": {Username: "AWS", Password: "secret-us-gov-west-1"},
		"123456789012.dkr-ecr.eu-north-1.on.aws":                {Username: "AWS", Password: "secret-eu-north-1"},
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn":      {Username: "AWS", Password: "secret-cn-north-1"},
		"127.0.0.1:4566":  {Username: "AWS", Password: "secret-eu-west-1"},
		"127.0.0.1:5000":  {},
		"reg.example.com": {Username: "u", Password: "p"},
		"123456789012.dkr.ecr.us-east-1.amazonaws.com.example.com": {},
	} {
		if got, err := resolve(t, k, host); err != nil || got.Username != want.Username || got.Password != want.Password {
			t.Errorf("%s: got %+v, %v", host, got, err)
		}
	}
	if got, err := resolve(t, NewKeychain(nil, nil, v), "123456789012.dkr.ecr.us-east-1.amazonaws.com"); err != nil || got.Username != "" {
		t.Errorf("without AWS: got %+v, %v", got, err)
	}
}

func TestKeychain_asksOnceForAsLongAsItLasts(t *testing.T) {
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	api := &fakeECR{clock: v}
	k := NewKeychain(api, nil, v)
	const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {10 * time.Hour, 1}, {90 * time.Minute, 2}} {
		if err := v.Sleep(t.Context(), step.wait); err != nil {
			t.Fatal(err)
		}
		if _, err := resolve(t, k, host); err != nil || len(api.calls) != step.want {
			t.Errorf("after %s: %d calls, %v; want %d", step.wait, len(api.calls), err, step.want)
		}
	}
}

func TestKeychain_failures(t *testing.T) {
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
	for want, api := range map[string]*fakeECR{
		"no such key":          {clock: v, err: errors.New("no such key")},
		"is not user:password": {clock: v, answer: "hunter2"},
	} {
		_, err := resolve(t, NewKeychain(api, nil, v), host)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), host) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestKeychain_FIPS(t *testing.T) {
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	api := &fakeECR{clock: v}
	k := NewKeychain(api, nil, v)
	for host, want := range map[string]bool{
		"123456789012.dkr.ecr.us-east-1.amazonaws.com": false, "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com": true,
	} {
		if _, err := resolve(t, k, host); err != nil || api.fips != want {
			t.Errorf("%s was signed in to under FIPS: %t, %v", host, api.fips, err)
		}
	}
}

func TestKeychain_renew(t *testing.T) {
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	api := &fakeECR{clock: v}
	k := NewKeychain(api, nil, v)
	const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
	for want := 1; want < 3; want++ {
		if _, err := resolve(t, k, host); err != nil || len(api.calls) != want {
			t.Errorf("%d calls, %v; want %d", len(api.calls), err, want)
		}
		k.Renew(host)
	}
}

// fakePublic is ECR Public.
type fakePublic struct {
	region string
	err    error
}

func (f *fakePublic) GetAuthorizationToken(_ context.Context, _ *ecrpublic.GetAuthorizationTokenInput, set ...func(*ecrpublic.Options)) (*ecrpublic.GetAuthorizationTokenOutput, error) {
	o := ecrpublic.Options{Region: "eu-west-1"}
	for _, fn := range set {
		fn(&o)
	}
	f.region = o.Region
	return &ecrpublic.GetAuthorizationTokenOutput{AuthorizationData: &publictypes.AuthorizationData{
		AuthorizationToken: aws.String(base64.StdEncoding.EncodeToString([]byte("AWS:public"))),
		ExpiresAt:          aws.Time(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)),
	}}, f.err
}

func TestKeychain_public(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	for want, api := range map[string]*fakePublic{"public": {}, "": {err: errors.New("AccessDeniedException")}} {
		got, err := resolve(t, NewKeychain(&fakeECR{clock: v}, api, v), PublicHost)
		if err != nil || got.Password != want || api.region != "us-east-1" {
			t.Errorf("got %q in %s, %v; want %q", got.Password, api.region, err, want)
		}
	}
}
