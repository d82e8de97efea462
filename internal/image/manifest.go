package image

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// manifest describes the image for one platform.
func (m Maker) manifest(r Recipe, b base, config Config, shape *Shape, blobs []Blob, known *Memory) (Manifest, error) {
	var one Manifest
	var err error
	if one.Config, err = config.file(b, shape.Layers); err != nil {
		return one, fmt.Errorf("writing the image's configuration: %w", err)
	}
	mediaType, configType := b.mediaType, types.OCIConfigJSON
	if r.oci() {
		mediaType = types.OCIManifestSchema1
	}
	if mediaType == types.DockerManifestSchema2 {
		configType = types.DockerConfigJSON
	}
	for i, d := range b.manifest.Layers {
		if mediaType == types.OCIManifestSchema1 {
			d.MediaType = asOCI(d.MediaType)
		}
		part := Part{Descriptor: d, DiffID: b.config.RootFS.DiffIDs[i], From: baseLayer, home: b.repo}
		part.open = func(ctx context.Context) (io.ReadCloser, error) {
			return m.Registry.open(ctx, b.repo.Digest(d.Digest.String()))
		}
		one.Parts = append(one.Parts, part)
	}
	for i, l := range shape.Layers {
		d := v1.Descriptor{MediaType: r.Compression.mediaType(mediaType), Digest: blobs[i].Digest, Size: blobs[i].Size}
		part := Part{Descriptor: d, DiffID: l.DiffID, From: l.From, own: true, blob: blobs[i], home: known.home(blobs[i])}
		part.open = func(ctx context.Context) (io.ReadCloser, error) { return m.reopen(ctx, r, b, i, part) }
		one.Parts = append(one.Parts, part)
	}
	document := v1.Manifest{
		SchemaVersion: 2, MediaType: mediaType, Layers: []v1.Descriptor{},
		Config: v1.Descriptor{MediaType: configType, Digest: digestOf(one.Config), Size: int64(len(one.Config))},
	}
	for _, p := range one.Parts {
		document.Layers = append(document.Layers, p.Descriptor)
	}
	document.Annotations = r.annotations(b, mediaType)
	one.Raw, err = json.Marshal(document)
	one.Descriptor = v1.Descriptor{MediaType: mediaType, Digest: digestOf(one.Raw), Size: int64(len(one.Raw))}
	return one, err
}

// annotations are the user's, and what OCI has for the base.
func (r Recipe) annotations(b base, manifest types.MediaType) map[string]string {
	if manifest != types.OCIManifestSchema1 || b.repo == nil && len(r.Annotations) == 0 {
		return nil
	}
	all := map[string]string{}
	if b.repo != nil {
		all["org.opencontainers.image.base.digest"] = r.BaseDigest
		all["org.opencontainers.image.base.name"] = r.Base
	}
	for name, value := range r.Annotations {
		all[name] = value
	}
	return all
}

// reopen gives a layer's compressed bytes: from this machine, from where they
// were pushed before, or made again.
func (m Maker) reopen(ctx context.Context, r Recipe, b base, index int, part Part) (io.ReadCloser, error) {
	if f, err := m.Store.Open(part.Digest); err == nil {
		return f, nil
	}
	if part.home != nil {
		if blob, err := m.Registry.open(ctx, part.home.Digest(part.Digest.String())); err == nil {
			return blob, nil
		}
	}
	made, err := m.again(ctx, r, b, index)
	if err != nil {
		return nil, err
	}
	if made != part.blob {
		return nil, fmt.Errorf("the layer %s was compressed by another version of this provider, and its blob %s is neither in a repository nor on this machine: "+
			"remove the image's tags or change its content, so that it is planned anew", part.From, part.Digest)
	}
	return m.Store.Open(made.Digest)
}

// again makes the blob of one layer once more.
func (m Maker) again(ctx context.Context, r Recipe, b base, index int) (blob Blob, err error) {
	all, err := r.lay(b)
	if err != nil {
		return blob, err
	}
	defer func() {
		if changed := finish(all); err == nil {
			err = changed
		}
	}()
	layers, err := r.layers(b, all)
	if err == nil && index >= len(layers) {
		err = fmt.Errorf("the content has other layers than before: run plan again")
	}
	if err == nil {
		_, blob, err = m.Store.compress(ctx, layers[index], r.Compression)
	}
	return blob, err
}
