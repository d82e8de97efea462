package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// base is what an image for one platform is laid upon.
type base struct {
	repo      *name.Repository // nil for scratch
	mediaType types.MediaType
	manifest  v1.Manifest
	config    v1.ConfigFile
}

// scratch is the empty base.
func scratch(p v1.Platform) base {
	return base{
		mediaType: types.OCIManifestSchema1,
		config: v1.ConfigFile{
			OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, RootFS: v1.RootFS{Type: "layers"},
		},
	}
}

// BaseDigest is the digest that the base's name has now; what a name with a
// digest says. Scratch has none.
func (r *Registry) BaseDigest(ctx context.Context, text string) (string, error) {
	if text == Scratch {
		return "", nil
	}
	ref, err := ParseBase(text)
	if err != nil {
		return "", err
	}
	if d, ok := ref.(name.Digest); ok {
		return d.DigestStr(), nil
	}
	digest, err := r.baseDigest(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("looking up the base %s: %w", text, missingBase(err))
	}
	return digest.String(), nil
}

// baseError is ErrBase in words of its own.
type baseError struct{ error }

func (e baseError) Is(target error) bool { return target == ErrBase }
func (e baseError) Unwrap() error        { return e.error }

func missingBase(err error) error {
	if IsMissing(err) {
		return fmt.Errorf("there is no such image: %w", err)
	}
	return err
}

// bases reads the base for each platform, by digest alone, from the store or
// else from its registry.
func (r *Registry) bases(ctx context.Context, s Store, text, digest string, platforms []v1.Platform) ([]base, error) {
	var out []base
	if text == Scratch {
		for _, p := range platforms {
			out = append(out, scratch(p))
		}
		return out, nil
	}
	ref, err := ParseBase(text)
	if err != nil {
		return nil, err
	}
	repo := ref.Context()
	hash, err := v1.NewHash(digest)
	if err != nil {
		return nil, fmt.Errorf("the digest %q of the base %s: %w", digest, text, err)
	}
	top, err := r.baseBytes(ctx, s, repo, hash, manifests)
	if err != nil {
		return nil, baseError{fmt.Errorf("reading the base %s@%s: %w", repo.Name(), digest, missingBase(err))}
	}
	for _, p := range platforms {
		b, err := r.baseFor(ctx, s, repo, top, p)
		if err != nil {
			return nil, baseError{fmt.Errorf("reading the base %s@%s: %w", repo.Name(), digest, missingBase(err))}
		}
		out = append(out, b)
	}
	return out, nil
}

func (r *Registry) baseFor(ctx context.Context, s Store, repo name.Repository, raw []byte, p v1.Platform) (base, error) {
	b := base{repo: &repo}
	var probe struct {
		MediaType types.MediaType `json:"mediaType"`
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &probe); err != nil {
		return b, fmt.Errorf("its manifest is not JSON: %w", err)
	}
	if len(probe.Manifests) > 0 {
		i := slices.IndexFunc(probe.Manifests, func(d v1.Descriptor) bool { return serves(d.Platform, p) })
		if i < 0 {
			return b, fmt.Errorf("it is not made for %s, only for %s", p, offered(probe.Manifests))
		}
		child, err := r.baseBytes(ctx, s, repo, probe.Manifests[i].Digest, manifests)
		if err != nil {
			return b, err
		}
		raw = child
	}
	if err := json.Unmarshal(raw, &b.manifest); err != nil {
		return b, fmt.Errorf("its manifest is not JSON: %w", err)
	}
	switch b.mediaType = b.manifest.MediaType; b.mediaType {
	case types.OCIManifestSchema1, types.DockerManifestSchema2:
	case "": // OCI lets a manifest leave it out
		b.mediaType = types.OCIManifestSchema1
	default:
		return b, fmt.Errorf("its manifest is a %s, which is not an image that others can be laid upon", b.mediaType)
	}
	config, err := r.baseBytes(ctx, s, repo, b.manifest.Config.Digest, blobs)
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(config, &b.config); err != nil {
		return b, fmt.Errorf("its configuration is not JSON: %w", err)
	}
	if has := b.config.Platform(); !serves(has, p) {
		return b, fmt.Errorf("it is made for %s, not for %s", has, p)
	}
	if len(b.config.RootFS.DiffIDs) != len(b.manifest.Layers) {
		return b, fmt.Errorf("its manifest has %d layers and its configuration %d", len(b.manifest.Layers), len(b.config.RootFS.DiffIDs))
	}
	return b, nil
}

func offered(list []v1.Descriptor) string {
	var names []string
	for _, d := range list {
		// Attestations are listed as images for unknown/unknown.
		if d.Platform != nil && d.Platform.OS != "unknown" {
			names = append(names, d.Platform.String())
		}
	}
	return strings.Join(names, ", ")
}

// The two kinds of things that a registry keeps by digest.
const (
	manifests = "manifests"
	blobs     = "blobs"
)

// largestDocument bounds what is read of a manifest or configuration.
const largestDocument = 16 << 20

// baseBytes reads a manifest or configuration by digest.
func (r *Registry) baseBytes(ctx context.Context, s Store, repo name.Repository, digest v1.Hash, kind string) ([]byte, error) {
	if data, ok := s.manifest(digest); ok {
		return data, nil
	}
	ref := repo.Digest(digest.String())
	var data []byte
	if kind == manifests {
		d, err := r.get(ctx, ref)
		if err != nil {
			return nil, err
		}
		data = d.Manifest
	} else {
		blob, err := r.open(ctx, ref)
		if err != nil {
			return nil, err
		}
		defer func() { _ = blob.Close() }()
		if data, err = io.ReadAll(io.LimitReader(blob, largestDocument)); err != nil {
			return nil, explain(repo, err)
		}
	}
	if digestOf(data) != digest {
		return nil, fmt.Errorf("the registry %s answered other bytes than %s", repo.RegistryStr(), digest)
	}
	return bytes.Clone(data), s.keep(data)
}

// open reads a blob; its digest is checked on the way.
func (r *Registry) open(ctx context.Context, ref name.Digest) (content io.ReadCloser, err error) {
	err = r.read(ctx, ref.Context(), func(o []remote.Option) error {
		layer, err := remote.Layer(ref, o...)
		if err != nil {
			return err
		}
		content, err = layer.Compressed()
		return err
	})
	return content, err
}

// webapps is where the base's web server looks for applications.
func (b base) webapps() (string, error) {
	for _, variable := range []string{"CATALINA_BASE", "CATALINA_HOME", "JETTY_BASE"} {
		if dir := b.environment(variable); path.IsAbs(dir) {
			return path.Join(dir, "webapps"), nil
		}
	}
	return "", baseError{errors.New("a WAR needs a base with Tomcat or Jetty, and this one sets neither CATALINA_HOME nor JETTY_BASE: " +
		"choose another base_image, or lay the unpacked WAR into its place with `files`")}
}

func (b base) environment(variable string) string {
	for _, pair := range b.config.Config.Env {
		if value, ok := strings.CutPrefix(pair, variable+"="); ok {
			return value
		}
	}
	return ""
}
