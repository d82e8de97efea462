package image

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Recipe is all that an image's digest depends on.
type Recipe struct {
	Base       string // a reference, or Scratch
	BaseDigest string // empty for Scratch
	Platforms  []v1.Platform
	Contents   []Content
	Config     Config
}

// Key identifies what the recipe makes: the same key, the same image.
func (r Recipe) Key() string {
	parts := []any{"image 1", r.Base, r.BaseDigest, r.Config}
	for _, p := range r.Platforms {
		parts = append(parts, p.String())
	}
	for _, c := range r.Contents {
		parts = append(parts, []string{string(c.Kind), c.Target, c.Digest})
	}
	data, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings and maps of strings always can
	}
	return digestOf(data).String()
}

// Image is an image that is fully described; what it is made of is opened only
// when it is pushed.
type Image struct {
	Digest    v1.Hash
	MediaType types.MediaType
	Raw       []byte
	Manifests []Manifest // one a platform
}

// Manifest is the image for one platform.
type Manifest struct {
	v1.Descriptor
	Raw    []byte
	Config []byte
	Parts  []Part
}

// Part is one layer of an image.
type Part struct {
	v1.Descriptor
	DiffID v1.Hash
	From   string // "base", or the place in the image
	Key    string // a layer's key; empty for the base's

	open func(context.Context) (io.ReadCloser, error)
	home *name.Repository // where the base's layer lies
}

// Own tells that the layer is not the base's.
func (p Part) Own() bool { return p.Key != "" }

// Blob is the part as private state remembers it.
func (p Part) Blob() Blob { return Blob{DiffID: p.DiffID, Digest: p.Digest, Size: p.Size} }

// Maker makes images.
type Maker struct {
	Store    Store
	Registry *Registry
}

// Make describes the image of a recipe. Layers that are in known, or were made
// on this machine before, are not made again. Nothing leaves this machine.
func (m Maker) Make(ctx context.Context, r Recipe, known map[string]Blob) (*Image, error) {
	bases, err := m.Registry.bases(ctx, m.Store, r.Base, r.BaseDigest, r.Platforms)
	if err != nil {
		return nil, err
	}
	if err := r.fits(); err != nil {
		return nil, err
	}
	config := r.Config
	layers, err := r.layers(bases[0], &config)
	if err != nil {
		return nil, err
	}
	made := make([]Blob, len(layers))
	for i, l := range layers {
		if made[i], err = m.blob(ctx, l, known); err != nil {
			return nil, err
		}
	}
	image := &Image{}
	for i, b := range bases {
		one, err := m.manifest(r, b, config, layers, made)
		if err != nil {
			return nil, err
		}
		one.Platform = &r.Platforms[i]
		image.Manifests = append(image.Manifests, one)
	}
	return image, image.seal()
}

func (m Maker) blob(ctx context.Context, l Layer, known map[string]Blob) (Blob, error) {
	if b, ok := known[l.Key]; ok {
		return b, nil
	}
	if b, ok := m.Store.Recall(l); ok {
		return b, nil
	}
	return m.Store.Compress(ctx, l)
}

// fits checks what the contents demand of platform and base.
func (r Recipe) fits() error {
	for _, c := range r.Contents {
		if c.Kind == JAR && r.Base == Scratch {
			return baseError{fmt.Errorf("a JAR needs a base with a Java runtime, and %q has none: choose a base_image", Scratch)}
		}
		if c.Kind == WAR && r.Base == Scratch {
			return baseError{fmt.Errorf("a WAR needs a base with Tomcat or Jetty, and %q has none: choose a base_image", Scratch)}
		}
		if c.program.dynamic && r.Base == Scratch && c.Kind == Executable {
			return fmt.Errorf("%s needs a dynamic loader and libraries, and %q has none: link it statically (for Go: CGO_ENABLED=0), or choose a base_image", c.Local, Scratch)
		}
		for _, p := range r.Platforms {
			if made := c.program.architecture; made != "" && made != p.Architecture {
				return fmt.Errorf("%s is a program for %s, and would not start on %s: build it for that platform, or change `platforms`", c.Local, made, p)
			}
		}
	}
	return nil
}

// layers turns contents into layers, and completes the configuration by what
// they need to run.
func (r Recipe) layers(b base, config *Config) ([]Layer, error) {
	dirs := b.directories()
	var layers []Layer
	for _, c := range r.Contents {
		if c.Kind == WAR {
			apps, err := b.webapps()
			if err != nil {
				return nil, err
			}
			c.Target = apps + "/ROOT"
		}
		if config.Entrypoint == nil {
			config.Entrypoint = c.Runs()
		}
		near := slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return !related(d, c.Target) })
		layers = append(layers, Layer{
			Key:     digestOf([]byte(strings.Join(append([]string{"layer 1", string(c.Kind), c.Target, c.Digest}, near...), "\x00"))).String(),
			From:    c.Target,
			content: c,
			present: func(dir string) bool { _, found := slices.BinarySearch(dirs, dir); return found },
		})
	}
	return layers, nil
}

// related tells that one of the directories is the other, or above it.
func related(a, b string) bool {
	a, b = strings.TrimSuffix(a, "/")+"/", strings.TrimSuffix(b, "/")+"/"
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

// manifest describes the image for one platform.
func (m Maker) manifest(r Recipe, b base, config Config, layers []Layer, made []Blob) (Manifest, error) {
	var one Manifest
	var err error
	if one.Config, err = config.file(b, layers, made); err != nil {
		return one, fmt.Errorf("writing the image's configuration: %w", err)
	}
	for i, d := range b.manifest.Layers {
		part := Part{Descriptor: d, DiffID: b.config.RootFS.DiffIDs[i], From: "base", home: b.repo}
		part.open = func(ctx context.Context) (io.ReadCloser, error) {
			return m.Registry.open(ctx, b.repo.Digest(d.Digest.String()))
		}
		one.Parts = append(one.Parts, part)
	}
	layerType, configType := types.OCILayer, types.OCIConfigJSON
	if b.mediaType == types.DockerManifestSchema2 {
		layerType, configType = types.DockerLayer, types.DockerConfigJSON
	}
	for i, l := range layers {
		d := v1.Descriptor{MediaType: layerType, Digest: made[i].Digest, Size: made[i].Size}
		part := Part{Descriptor: d, DiffID: made[i].DiffID, From: l.From, Key: l.Key}
		part.open = func(ctx context.Context) (io.ReadCloser, error) { return m.reopen(ctx, l, made[i]) }
		one.Parts = append(one.Parts, part)
	}
	document := v1.Manifest{
		SchemaVersion: 2, MediaType: b.mediaType, Layers: []v1.Descriptor{},
		Config: v1.Descriptor{MediaType: configType, Digest: digestOf(one.Config), Size: int64(len(one.Config))},
	}
	for _, p := range one.Parts {
		document.Layers = append(document.Layers, p.Descriptor)
	}
	if b.repo != nil && b.mediaType == types.OCIManifestSchema1 {
		document.Annotations = map[string]string{
			"org.opencontainers.image.base.digest": r.BaseDigest,
			"org.opencontainers.image.base.name":   r.Base,
		}
	}
	one.Raw, err = json.Marshal(document)
	one.Descriptor = v1.Descriptor{MediaType: b.mediaType, Digest: digestOf(one.Raw), Size: int64(len(one.Raw))}
	return one, err
}

// reopen gives a layer's compressed bytes, making them again when the store
// has lost them.
func (m Maker) reopen(ctx context.Context, l Layer, want Blob) (io.ReadCloser, error) {
	if f, err := m.Store.Open(want.Digest); err == nil {
		return f, nil
	}
	made, err := m.Store.Compress(ctx, l)
	if err != nil {
		return nil, err
	}
	if made != want {
		return nil, fmt.Errorf("the layer %s was compressed by another version of this provider, and its blob %s is neither in the repository nor on this machine: "+
			"remove the image's tags or change its content, so that it is planned anew", l.From, want.Digest)
	}
	return m.Store.Open(made.Digest)
}

// seal gives the image its own manifest: the only one, or an index of all.
func (i *Image) seal() error {
	if len(i.Manifests) == 1 {
		one := i.Manifests[0]
		i.Digest, i.MediaType, i.Raw = one.Digest, one.MediaType, one.Raw
		return nil
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	docker := true
	for _, m := range i.Manifests {
		docker = docker && m.MediaType == types.DockerManifestSchema2
		index.Manifests = append(index.Manifests, m.Descriptor)
	}
	if docker {
		index.MediaType = types.DockerManifestList
	}
	var err error
	i.Raw, err = json.Marshal(index)
	i.MediaType, i.Digest = index.MediaType, digestOf(i.Raw)
	return err
}

// Size is what the image takes in a registry, each blob counted once.
func (i *Image) Size() int64 {
	total := int64(len(i.Raw))
	seen := map[v1.Hash]bool{i.Digest: true}
	add := func(digest v1.Hash, size int64) {
		if !seen[digest] {
			seen[digest] = true
			total += size
		}
	}
	for _, m := range i.Manifests {
		add(m.Digest, m.Size)
		add(digestOf(m.Config), int64(len(m.Config)))
		for _, p := range m.Parts {
			add(p.Digest, p.Size)
		}
	}
	return total
}
