package image

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Memory is what is kept of the images that a resource pushed: which layers
// its content became, and which blob each layer. Compressors change with
// releases of Go and of this provider; what was pushed does not.
type Memory struct {
	Home  string `json:"home,omitempty"` // repository that has the blobs
	Shape *Shape `json:"shape,omitempty"`
	Blobs []Blob `json:"blobs,omitempty"` // the latest first

	Others []*Shape `json:"others,omitempty"` // of further platforms, where contents differ

	Held   []string `json:"held,omitempty"`   // digests of the last image's layers, the base's too
	Pushed []string `json:"pushed,omitempty"` // digests of images, the latest first
}

// mostBlobs bounds the memory, which lives in Terraform's state: the image's
// own layers and those of versions that one may go back to.
const mostBlobs = 100

// mostPushed is how many images are known to be in the repository, so that
// going back to one sends nothing.
const mostPushed = 50

// Blob is a layer as a registry holds it, and the digest of what is in it.
type Blob struct {
	DiffID      v1.Hash     `json:"diff_id"`
	Digest      v1.Hash     `json:"digest"`
	Size        int64       `json:"size"`
	Compression Compression `json:"compression,omitempty"` // empty is Gzip
}

// Shape is the layers that contents became, without their files.
type Shape struct {
	Key    string      `json:"key"`
	Runs   []string    `json:"runs,omitempty"` // what starts the content
	Layers []ShapeInfo `json:"layers"`
}

// ShapeInfo is one layer of a shape.
type ShapeInfo struct {
	From   string  `json:"from"`
	DiffID v1.Hash `json:"diff_id"`
	Bytes  int64   `json:"bytes"` // uncompressed
}

// find is the blob that a layer became.
func (m *Memory) find(diffID v1.Hash, c Compression) (Blob, bool) {
	if m == nil {
		return Blob{}, false
	}
	i := slices.IndexFunc(m.Blobs, func(b Blob) bool { return b.DiffID == diffID && b.Compression == c.orNone() })
	if i < 0 {
		return Blob{}, false
	}
	return m.Blobs[i], true
}

// shape is what contents became in the image before.
func (m *Memory) shape(key string) (*Shape, bool) {
	if m == nil || m.Shape == nil {
		return nil, false
	}
	all := append([]*Shape{m.Shape}, m.Others...)
	if i := slices.IndexFunc(all, func(s *Shape) bool { return s != nil && s.Key == key }); i >= 0 {
		return all[i], true
	}
	return nil, false
}

// home is the repository that has a blob, if it is remembered.
func (m *Memory) home(b Blob) *name.Repository {
	if m == nil || m.Home == "" {
		return nil
	}
	if found, ok := m.find(b.DiffID, b.Compression); !ok || found != b {
		return nil
	}
	repo, err := ParseRepository(m.Home)
	if err != nil {
		return nil
	}
	return &repo
}

// After is the memory once the image is pushed to home.
func (m *Memory) After(image *Image, home string) *Memory {
	next := &Memory{Home: home}
	if len(image.shapes) > 0 {
		next.Shape, next.Others = image.shapes[0], image.shapes[1:]
	}
	add := func(b Blob) {
		same := func(other Blob) bool { return other.DiffID == b.DiffID && other.Compression == b.Compression }
		if len(next.Blobs) < mostBlobs && !slices.ContainsFunc(next.Blobs, same) {
			next.Blobs = append(next.Blobs, b)
		}
	}
	for _, one := range image.Manifests {
		for _, p := range one.Parts {
			if p.own {
				add(p.blob)
			}
		}
	}
	next.Pushed = []string{image.Digest.String()}
	for _, p := range image.blobs() {
		next.Held = append(next.Held, p.Digest.String())
	}
	if m == nil || m.Home != "" && m.Home != home {
		return next
	}
	for _, b := range m.Blobs {
		add(b)
	}
	for _, d := range m.Pushed {
		if len(next.Pushed) < mostPushed && !slices.Contains(next.Pushed, d) {
			next.Pushed = append(next.Pushed, d)
		}
	}
	return next
}
