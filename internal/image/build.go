package image

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image is an image that is fully described; what it is made of is opened only
// when it is pushed.
type Image struct {
	Digest    v1.Hash
	MediaType types.MediaType
	Raw       []byte
	Manifests []Manifest // one a platform

	shapes []*Shape // of each platform; one where all have the same content
	known  *Memory  // of the image before it
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
	From   string // "base", or the layer's name or place in the image

	own  bool
	blob Blob // of an own layer
	open func(context.Context) (io.ReadCloser, error)
	home *name.Repository // where the layer lies already
}

// Own tells that the layer is not the base's.
func (p Part) Own() bool { return p.own }

// Maker makes images.
type Maker struct {
	Store    Store
	Registry *Registry
}

// Make describes the image of a recipe. Layers that known has, or that were
// made on this machine before, are not made again. Nothing leaves this
// machine.
func (m Maker) Make(ctx context.Context, r Recipe, known *Memory) (*Image, error) {
	bases, err := m.Registry.bases(ctx, m.Store, r.Base, r.BaseDigest, r.Platforms)
	if err != nil {
		return nil, err
	}
	if err := r.fits(); err != nil {
		return nil, err
	}
	if r.builds() {
		return m.adopt(r, bases, known)
	}
	image := &Image{known: known}
	var shape *Shape
	var blobs []Blob
	for i, b := range bases {
		own := r.on(r.Platforms[i])
		if err := own.starts(b, r.Platforms[i]); err != nil {
			return nil, err
		}
		if i == 0 || len(r.Own) > 0 {
			if shape, blobs, err = m.shape(ctx, own, b, known); err != nil {
				return nil, err
			}
			image.shapes = append(image.shapes, shape)
		}
		config := r.Config
		if config.Entrypoint == nil {
			config.Entrypoint = shape.Runs
		}
		one, err := m.manifest(own, b, config, shape, blobs, known)
		if err != nil {
			return nil, err
		}
		one.Platform = &r.Platforms[i]
		image.Manifests = append(image.Manifests, one)
	}
	return image, image.seal()
}

// shapeKey identifies what contents become on a base.
func (r Recipe) shapeKey(b base) string {
	apps, _ := r.webapps(b)
	parts := []any{"shape 2", r.rules(), r.Java, r.Layering, r.Config.Entrypoint != nil, apps, b.directories()}
	for _, c := range r.Contents {
		parts = append(parts, []string{string(c.Kind), c.Target, c.Digest})
	}
	return keyOf(parts)
}

// shape turns contents into layers and blobs. Contents that are known by their
// digests are not opened.
func (m Maker) shape(ctx context.Context, r Recipe, b base, known *Memory) (*Shape, []Blob, error) {
	key := r.shapeKey(b)
	shape, ok := m.Store.shape(key)
	if !ok {
		shape, ok = known.shape(key)
	}
	if ok {
		if blobs, all := m.recall(shape, r.Compression, known); all {
			return shape, blobs, nil
		}
	}
	all, err := r.lay(b)
	if err != nil {
		return nil, nil, err
	}
	shape = &Shape{Key: key}
	for _, one := range all {
		if shape.Runs == nil {
			shape.Runs = one.runs
		}
	}
	var blobs []Blob
	layers, err := r.layers(b, all)
	if err == nil {
		shape.Layers, blobs, err = m.blobs(ctx, layers, r.Compression, known)
	}
	if err := errors.Join(err, finish(all)); err != nil {
		return nil, nil, err
	}
	return shape, blobs, m.Store.save(m.Store.shapeFile(key), shape)
}

// recall finds the blobs of all layers.
func (m Maker) recall(shape *Shape, c Compression, known *Memory) ([]Blob, bool) {
	var blobs []Blob
	for _, l := range shape.Layers {
		b, ok := m.find(l.DiffID, c, known)
		if !ok {
			return nil, false
		}
		blobs = append(blobs, b)
	}
	return blobs, true
}

// find is the blob that a layer became in the registry, or on this machine.
func (m Maker) find(diffID v1.Hash, c Compression, known *Memory) (Blob, bool) {
	if b, ok := known.find(diffID, c); ok {
		return b, true
	}
	return m.Store.blob(diffID, c)
}

// blobs makes the layers' blobs, several at once.
func (m Maker) blobs(ctx context.Context, layers []Layer, how Compression, known *Memory) ([]ShapeInfo, []Blob, error) {
	infos, blobs := make([]ShapeInfo, len(layers)), make([]Blob, len(layers))
	errs := make([]error, len(layers))
	queue := make(chan int)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	for range min(len(layers), runtime.GOMAXPROCS(0), parallel) {
		wait.Go(func() {
			for i := range queue {
				var c content
				if c, blobs[i], errs[i] = m.blob(ctx, layers[i], how, known); errs[i] != nil {
					stop()
				}
				infos[i] = ShapeInfo{From: layers[i].From, DiffID: c.DiffID, Bytes: c.Bytes}
			}
		})
	}
	for i := range layers {
		queue <- i
	}
	close(queue)
	wait.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return nil, nil, err
		}
	}
	return infos, blobs, context.Cause(ctx)
}

// blob is one layer's content and blob. Where blobs are remembered, most
// layers are among them: then it is worth reading for the digest first. Else
// everything is done in one pass.
func (m Maker) blob(ctx context.Context, l Layer, how Compression, known *Memory) (content, Blob, error) {
	c, ok := m.Store.content(l)
	if !ok && known != nil && len(known.Blobs) > 0 {
		var err error
		if c, err = m.Store.digest(ctx, l); err != nil {
			return c, Blob{}, err
		}
		ok = true
	}
	if ok {
		if b, found := m.find(c.DiffID, how, known); found {
			return c, b, nil
		}
	}
	return m.Store.compress(ctx, l, how)
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
