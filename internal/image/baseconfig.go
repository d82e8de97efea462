package image

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// BaseConfig is what a base says about its containers.
func (m Maker) BaseConfig(ctx context.Context, text, digest string, p v1.Platform) (v1.Config, error) {
	found, err := m.Registry.bases(ctx, m.Store, text, digest, []v1.Platform{p})
	if err != nil {
		return v1.Config{}, err
	}
	return found[0].config.Config, nil
}
