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

// Keychain finds credentials for registries.
type Keychain struct {
	api   API
	next  authn.Keychain
	clock clock.Clock

	mu     sync.Mutex
	tokens map[string]token // by registry
}

type token struct {
	auth    authn.AuthConfig
	expires time.Time
}

// NewKeychain asks ECR for registries of ECR, and the Docker configuration for
// all others. Without an api, the Docker configuration is asked for all.
func NewKeychain(api API, c clock.Clock) *Keychain {
	return &Keychain{api: api, next: authn.DefaultKeychain, clock: c, tokens: map[string]token{}}
}

// Resolve finds the credentials for a registry.
func (k *Keychain) Resolve(of authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), of)
}

// ResolveContext finds the credentials for a registry.
func (k *Keychain) ResolveContext(ctx context.Context, of authn.Resource) (authn.Authenticator, error) {
	host := of.RegistryStr()
	if k.api == nil || !k.Serves(host) {
		return authn.Resolve(ctx, k.next, of)
	}
	// One sign-in for all that wait for it.
	k.mu.Lock()
	defer k.mu.Unlock()
	if t, ok := k.tokens[host]; ok && k.clock.Now().Before(t.expires.Add(-renewal)) {
		return authn.FromConfig(t.auth), nil
	}
	t, err := k.signIn(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("signing in to the registry %s: %s", host, awsapi.Describe(err))
	}
	k.tokens[host] = t
	return authn.FromConfig(t.auth), nil
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

func (k *Keychain) signIn(ctx context.Context, host string) (token, error) {
	out, err := k.api.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{}, func(o *ecr.Options) {
		if found := hostPattern.FindStringSubmatch(host); found != nil {
			o.Region = found[2]
		}
	})
	if err != nil {
		return token{}, err
	}
	if len(out.AuthorizationData) == 0 {
		return token{}, errors.New("ECR answered no authorization")
	}
	data := out.AuthorizationData[0]
	// What cannot be read is not repeated: it is a password.
	plain, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	user, password, ok := strings.Cut(string(plain), ":")
	if err != nil || !ok {
		return token{}, errors.New("ECR answered a token that is not user:password in base64")
	}
	return token{auth: authn.AuthConfig{Username: user, Password: password}, expires: aws.ToTime(data.ExpiresAt)}, nil
}
