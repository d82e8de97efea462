package image

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// snapshot is an image as the store keeps it: all that a push needs when the
// sources are not what they were. Its layers lie beside it, by their digests.
type snapshot struct {
	Digest    v1.Hash
	MediaType types.MediaType
	Raw       []byte
	Shapes    []*Shape
	Manifests []savedManifest
}

type savedManifest struct {
	Descriptor v1.Descriptor
	Raw        []byte
	Config     []byte
	Parts      []savedPart
}

type savedPart struct {
	Descriptor v1.Descriptor
	DiffID     v1.Hash
	From       string
	Home       string `json:",omitempty"`
	Own        bool
	Blob       Blob
}

// Keep keeps the image, so that it can be pushed as it is now.
func (m Maker) Keep(i *Image) error {
	s := snapshot{Digest: i.Digest, MediaType: i.MediaType, Raw: i.Raw, Shapes: i.shapes}
	for _, one := range i.Manifests {
		saved := savedManifest{Descriptor: one.Descriptor, Raw: one.Raw, Config: one.Config}
		for _, p := range one.Parts {
			part := savedPart{Descriptor: p.Descriptor, DiffID: p.DiffID, From: p.From, Own: p.own, Blob: p.blob}
			if p.home != nil {
				part.Home = p.home.Name()
			}
			saved.Parts = append(saved.Parts, part)
		}
		s.Manifests = append(s.Manifests, saved)
	}
	return m.Store.save(m.Store.snapshotFile(i.Digest), s)
}

// Kept is an image that was kept; os.ErrNotExist when it was not.
func (m Maker) Kept(digest string) (*Image, error) {
	hash, err := v1.NewHash(digest)
	if err != nil {
		return nil, fmt.Errorf("the digest %q: %w", digest, err)
	}
	var s snapshot
	if !m.Store.load(m.Store.snapshotFile(hash), &s) || digestOf(s.Raw) != hash {
		return nil, fmt.Errorf("the image %s is not in the cache, or damaged there: %w", digest, os.ErrNotExist)
	}
	i := &Image{Digest: s.Digest, MediaType: s.MediaType, Raw: s.Raw, shapes: s.Shapes}
	for _, saved := range s.Manifests {
		one := Manifest{Descriptor: saved.Descriptor, Raw: saved.Raw, Config: saved.Config}
		for _, p := range saved.Parts {
			one.Parts = append(one.Parts, m.keptPart(p))
		}
		i.Manifests = append(i.Manifests, one)
	}
	return i, nil
}

func (m Maker) keptPart(p savedPart) Part {
	part := Part{Descriptor: p.Descriptor, DiffID: p.DiffID, From: p.From, own: p.Own, blob: p.Blob}
	if repo, err := name.NewRepository(p.Home); err == nil && p.Home != "" {
		part.home = &repo
	}
	part.open = func(ctx context.Context) (io.ReadCloser, error) {
		if f, err := m.Store.Open(p.Descriptor.Digest); err == nil {
			return f, nil
		}
		if part.home == nil {
			return nil, fmt.Errorf("the layer %s is not in the cache of this machine any more: run plan again", p.From)
		}
		return m.Registry.open(ctx, part.home.Digest(p.Descriptor.Digest.String()))
	}
	return part
}

func (s Store) snapshotFile(digest v1.Hash) string {
	return filepath.Join(s.Dir, "snapshots", digest.Hex+".json")
}
