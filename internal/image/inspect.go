package image

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Inspection is what a registry tells about an image.
type Inspection struct {
	Digest      v1.Hash
	MediaType   types.MediaType
	Platforms   []string // of an index all, in its order
	Annotations map[string]string

	// Of the image for one platform.
	Platform string
	Child    v1.Hash // its own digest; Digest when there is no index
	Size     int64   // manifest, configuration and layers, as a registry has them
	Config   v1.Config
}

// Inspect reads the manifests and the configuration of an image. Of an index
// it reads the image for a platform; without one, linux/amd64 or the first.
func (r *Registry) Inspect(ctx context.Context, ref name.Reference, want *v1.Platform) (Inspection, error) {
	top, err := r.get(ctx, ref)
	if err != nil {
		return Inspection{}, missingBase(err)
	}
	found := Inspection{Digest: top.Digest, MediaType: top.MediaType, Child: top.Digest}
	raw := top.Manifest
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return found, fmt.Errorf("its manifest is not JSON: %w", err)
	}
	found.Annotations = index.Annotations
	if len(index.Manifests) > 0 {
		child, err := choose(index.Manifests, want)
		if err != nil {
			return found, err
		}
		for _, d := range images(index.Manifests) {
			found.Platforms = append(found.Platforms, d.Platform.String())
		}
		one, err := r.get(ctx, ref.Context().Digest(child.Digest.String()))
		if err != nil {
			return found, missingBase(err)
		}
		raw, found.Child = one.Manifest, child.Digest
	}
	return found, r.inspectOne(ctx, ref.Context(), raw, want, &found)
}

// Look is Inspect for texts. An empty platform is none.
func (r *Registry) Look(ctx context.Context, reference, platform string) (Inspection, error) {
	ref, err := ParseBase(reference)
	if err != nil {
		return Inspection{}, err
	}
	if platform == "" {
		return r.Inspect(ctx, ref, nil)
	}
	want, err := ParsePlatform(platform)
	if err != nil {
		return Inspection{}, err
	}
	return r.Inspect(ctx, ref, &want)
}

// images leaves out attestations, which are listed as images for
// unknown/unknown, and everything else without a platform.
func images(list []v1.Descriptor) []v1.Descriptor {
	return slices.DeleteFunc(slices.Clone(list), func(d v1.Descriptor) bool { return d.Platform == nil || d.Platform.OS == "unknown" })
}

func choose(list []v1.Descriptor, want *v1.Platform) (v1.Descriptor, error) {
	made := images(list)
	usual := v1.Platform{OS: "linux", Architecture: "amd64"}
	i := slices.IndexFunc(made, func(d v1.Descriptor) bool { return serves(d.Platform, or(want, usual)) })
	switch {
	case i >= 0:
		return made[i], nil
	case want != nil:
		return v1.Descriptor{}, fmt.Errorf("it is not made for %s, only for %s", want, offered(list))
	case len(made) == 0:
		return v1.Descriptor{}, fmt.Errorf("its index lists no image of a platform")
	}
	return made[0], nil
}

func or(want *v1.Platform, usual v1.Platform) v1.Platform {
	if want != nil {
		return *want
	}
	return usual
}

// inspectOne reads the image for one platform.
func (r *Registry) inspectOne(ctx context.Context, repo name.Repository, raw []byte, want *v1.Platform, found *Inspection) error {
	var manifest v1.Manifest
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return fmt.Errorf("its manifest is not JSON: %w", err)
	}
	if manifest.Config.Digest.Hex == "" {
		return fmt.Errorf("its manifest is a %s, which is no image", found.MediaType)
	}
	found.Size = int64(len(raw)) + manifest.Config.Size
	for _, l := range manifest.Layers {
		found.Size += l.Size
	}
	if len(found.Platforms) == 0 {
		found.Annotations = manifest.Annotations
	}
	blob, err := r.open(ctx, repo.Digest(manifest.Config.Digest.String()))
	if err != nil {
		return err
	}
	defer func() { _ = blob.Close() }()
	data, err := io.ReadAll(io.LimitReader(blob, largestDocument))
	if err != nil {
		return explain(repo, err)
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(data, &config); err != nil {
		return fmt.Errorf("its configuration is not JSON: %w", err)
	}
	platform := config.Platform()
	if len(found.Platforms) == 0 && platform != nil && platform.OS != "" {
		if want != nil && !serves(platform, *want) {
			return fmt.Errorf("it is made for %s, not for %s", platform, want)
		}
		found.Platforms = []string{platform.String()}
	}
	if platform != nil {
		found.Platform = platform.String()
	}
	found.Config = config.Config
	return nil
}
