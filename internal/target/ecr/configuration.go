package ecr

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// dockerHub is how the Docker configuration names that registry.
const dockerHub = "https://index.docker.io/v1/"

// Configuration is a Docker configuration, as bytes of a config.json, for a
// program that knows no AWS: the user's own, with the credentials of the hosts
// as they are now. Helpers are left out, since they would win over those.
func (k *Keychain) Configuration(ctx context.Context, users []byte, hosts []string) ([]byte, error) {
	all := map[string]any{}
	if len(users) > 0 {
		if err := json.Unmarshal(users, &all); err != nil {
			return nil, fmt.Errorf("reading the Docker configuration: %w", err)
		}
	}
	delete(all, "credsStore")
	delete(all, "credHelpers")
	auths, ok := all["auths"].(map[string]any)
	if !ok {
		auths = map[string]any{}
	}
	for _, host := range hosts {
		registry, err := name.NewRegistry(host)
		if err != nil {
			return nil, fmt.Errorf("the registry %q: %w", host, err)
		}
		in, err := k.ResolveContext(ctx, registry)
		if err != nil {
			return nil, err
		}
		found, err := authn.Authorization(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("credentials of the registry %s: %w", host, err)
		}
		entry := map[string]string{}
		if found.Username+found.Password != "" {
			entry["auth"] = base64.StdEncoding.EncodeToString([]byte(found.Username + ":" + found.Password))
		}
		if found.IdentityToken != "" {
			entry["identitytoken"] = found.IdentityToken
		}
		if host == name.DefaultRegistry {
			host = dockerHub
		}
		if len(entry) > 0 {
			auths[host] = entry
		}
	}
	all["auths"] = auths
	return json.Marshal(all)
}
