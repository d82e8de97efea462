package provider

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// cacheReference finds the image in a cache's description; without one, all of
// it is the image.
var cacheReference = regexp.MustCompile(`(?:^|,)ref=([^,]+)`)

// registries are those that a build reads and writes.
func (b *dockerfileBuild) registries() []string {
	names := sortedKeys(b.digests)
	for _, cache := range slices.Concat(b.builder.CacheFrom, b.builder.CacheTo) {
		if found := cacheReference.FindStringSubmatch(cache); found != nil {
			cache = found[1]
		}
		names = append(names, cache)
	}
	var hosts []string
	for _, name := range names {
		if ref, err := image.ParseBase(name); err == nil {
			hosts = append(hosts, ref.Context().RegistryStr())
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// signIn has the builder sign in to registries of ECR by this provider's
// credentials: by a Docker configuration of its own, in the build's directory.
// Where there is none of ECR, the user's own serves as it is.
func (r *appImageResource) signIn(ctx context.Context, b *dockerfileBuild, work string) error {
	hosts := b.registries()
	if !r.known() || !slices.ContainsFunc(hosts, r.keychain.Serves) {
		return nil
	}
	users := os.Getenv("DOCKER_CONFIG")
	if users == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		users = filepath.Join(home, ".docker")
	}
	before, err := os.ReadFile(filepath.Join(users, "config.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := r.keychain.Configuration(ctx, before, hosts)
	if err != nil {
		return err
	}
	dir := filepath.Join(work, "docker")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"buildx", "cli-plugins", "contexts"} { // which builders there are
		if _, err := os.Stat(filepath.Join(users, name)); err == nil {
			if err := os.Symlink(filepath.Join(users, name), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	file := filepath.Join(dir, "config.json")
	b.builder.Env = append(b.builder.Env, "DOCKER_CONFIG="+dir, "REGISTRY_AUTH_FILE="+file)
	return os.WriteFile(file, text, 0o600)
}
