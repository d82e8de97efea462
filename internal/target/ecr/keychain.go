package ecr

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecrpublic"
	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// renewal is how long before its end a password is not used any more: a push
// that starts with it should also end with it.
const renewal = time.Hour

// hostPattern is the name of a registry in any partition: plain, FIPS and
// dual-stack. https://docs.aws.amazon.com/general/latest/gr/ecr.html
var hostPattern = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.` +
	`(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$`)

// API is what the keychain calls.
type API interface {
	GetAuthorizationToken(context.Context, *ecr.GetAuthorizationTokenInput, ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error)
	Options() ecr.Options
}

// PublicAPI is what the keychain calls for ECR Public.
type PublicAPI interface {
	GetAuthorizationToken(context.Context, *ecrpublic.GetAuthorizationTokenInput, ...func(*ecrpublic.Options)) (*ecrpublic.GetAuthorizationTokenOutput, error)
}

// PublicHost is the registry of ECR Public, and publicRegion the one region
// whose API signs in to it.
const (
	PublicHost   = "public.ecr.aws"
	publicRegion = "us-east-1"
)

// Keychain finds credentials for registries.
type Keychain struct {
	api    API
	public PublicAPI
	next   authn.Keychain
	clock  clock.Clock

	mu     sync.Mutex
	tokens map[string]Token // by registry
}

// Token is a password and when it ends.
type Token struct {
	Username, Password string
	Expires            time.Time
	Host               string // of the registry, as ECR says; of ECR Public none
}

// NewKeychain asks ECR for registries of ECR, and the Docker configuration for
// all others. An api that is nil leaves its registries to that, too.
func NewKeychain(api API, public PublicAPI, c clock.Clock) *Keychain {
	return &Keychain{api: api, public: public, next: authn.DefaultKeychain, clock: c, tokens: map[string]Token{}}
}

// Resolve finds the credentials for a registry.
func (k *Keychain) Resolve(of authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), of)
}

// ResolveContext finds the credentials for a registry.
func (k *Keychain) ResolveContext(ctx context.Context, of authn.Resource) (authn.Authenticator, error) {
	host := of.RegistryStr()
	if host == PublicHost && k.public != nil {
		// Anybody may pull there: who may not sign in goes on without.
		if t, err := k.SignIn(ctx, host); err == nil || context.Cause(ctx) != nil {
			return authn.FromConfig(authn.AuthConfig{Username: t.Username, Password: t.Password}), err
		}
		return authn.Resolve(ctx, k.next, of)
	}
	if k.api == nil || !k.Serves(host) {
		return authn.Resolve(ctx, k.next, of)
	}
	t, err := k.SignIn(ctx, host)
	if err != nil {
		return nil, err
	}
	return authn.FromConfig(authn.AuthConfig{Username: t.Username, Password: t.Password}), nil
}

// SignIn gets a password for a registry of ECR: one for all that ask, for as
// long as it lasts. Without a host it is the account's own in its region.
func (k *Keychain) SignIn(ctx context.Context, host string) (Token, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if t, ok := k.tokens[host]; ok && k.clock.Now().Before(t.Expires.Add(-renewal)) {
		return t, nil
	}
	ask := k.signIn
	if host == PublicHost {
		ask = k.signInPublic
	}
	t, err := ask(ctx, host)
	if err != nil {
		if host == "" {
			host = "of this account"
		}
		return Token{}, fmt.Errorf("signing in to the registry %s: %s", host, awsapi.Describe(err))
	}
	k.tokens[host] = t
	return t, nil
}

// Renew forgets a password that its registry does not take any more.
func (k *Keychain) Renew(host string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.tokens, host)
}

// Serves tells that a registry is one of ECR: by its name, or because the
// provider's configured endpoint of ECR is there.
func (k *Keychain) Serves(host string) bool {
	if IsHost(host) {
		return true
	}
	if k.api == nil {
		return false
	}
	endpoint, err := url.Parse(aws.ToString(k.api.Options().BaseEndpoint))
	return err == nil && endpoint.Host != "" && endpoint.Host == host
}

// IsHost tells that a registry's name is one that ECR gives.
func IsHost(host string) bool { return hostPattern.MatchString(host) }

func (k *Keychain) signIn(ctx context.Context, host string) (Token, error) {
	out, err := k.api.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{}, func(o *ecr.Options) {
		found := hostPattern.FindStringSubmatch(host)
		if found == nil {
			return
		}
		o.Region = found[2]
		if o.BaseEndpoint == nil && found[1] != "" {
			// A registry that is reached under FIPS 140 is signed in to so, too.
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
	})
	if err != nil {
		return Token{}, err
	}
	if len(out.AuthorizationData) == 0 {
		return Token{}, errors.New("ECR answered no authorization")
	}
	data := out.AuthorizationData[0]
	t, err := read(data.AuthorizationToken, data.ExpiresAt)
	_, t.Host, _ = strings.Cut(aws.ToString(data.ProxyEndpoint), "://")
	return t, err
}

func (k *Keychain) signInPublic(ctx context.Context, _ string) (Token, error) {
	out, err := k.public.GetAuthorizationToken(ctx, &ecrpublic.GetAuthorizationTokenInput{}, func(o *ecrpublic.Options) {
		o.Region = publicRegion
	})
	if err != nil {
		return Token{}, err
	}
	if out.AuthorizationData == nil {
		return Token{}, errors.New("ECR Public answered no authorization")
	}
	return read(out.AuthorizationData.AuthorizationToken, out.AuthorizationData.ExpiresAt)
}

// read takes a token of ECR apart. What cannot be read is not repeated: it is
// a password.
func read(text *string, expires *time.Time) (Token, error) {
	plain, err := base64.StdEncoding.DecodeString(aws.ToString(text))
	user, password, ok := strings.Cut(string(plain), ":")
	if err != nil || !ok {
		return Token{}, errors.New("ECR answered a token that is not user:password in base64")
	}
	return Token{Username: user, Password: password, Expires: aws.ToTime(expires)}, nil
}

// Host is the name of an account's registry in a region.
func Host(account, region, domain string) string {
	return account + ".dkr.ecr." + region + "." + domain
}
