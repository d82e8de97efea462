package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Building is content that a container builder makes: what it is made of has
// the digest, and Recipe.Built what came out.
const Building Kind = "built"

// ErrUnbuilt is a recipe that no builder has carried out yet.
var ErrUnbuilt = errors.New("the image is not built yet")

// BuiltOne is what a builder made for one platform.
type BuiltOne struct {
	Config v1.Config    `json:"config"`
	Apart  bool         `json:"apart,omitempty"` // its layers do not begin with the base's
	Layers []BuiltLayer `json:"layers"`          // above the base
}

// BuiltLayer is one layer of it, with times and names of owners left out.
type BuiltLayer struct {
	ShapeInfo
	Blob Blob `json:"blob"`
}

// ToBuild is the content of a build: the digest is that of all it reads.
func ToBuild(name, local, digest string, tree source.Tree) Content {
	return Content{Kind: Building, Target: name, Local: local, Digest: digest, Tree: tree}
}

// builds tells that the content is a builder's.
func (r Recipe) builds() bool { return len(r.Contents) == 1 && r.Contents[0].Kind == Building }

// adopt describes the image that a builder made: the base as its registry has
// it, the builder's layers, and what the recipe says over the builder's
// configuration.
func (m Maker) adopt(r Recipe, bases []base, known *Memory) (*Image, error) {
	if len(r.Built) != len(bases) {
		return nil, ErrUnbuilt
	}
	image := &Image{known: known}
	for i, b := range bases {
		one := r.Built[i]
		if one.Apart {
			b = scratch(r.Platforms[i])
		}
		b.config.Config = one.Config
		shape := &Shape{Key: r.Contents[0].Digest}
		var blobs []Blob
		for _, l := range one.Layers {
			if l.Blob.Compression != r.Compression.orNone() {
				return nil, ErrUnbuilt
			}
			if pushed, ok := known.find(l.DiffID, r.Compression); ok {
				l.Blob = pushed
			}
			shape.Layers, blobs = append(shape.Layers, l.ShapeInfo), append(blobs, l.Blob)
		}
		made, err := m.manifest(r, b, r.Config, shape, blobs, known)
		if err != nil {
			return nil, err
		}
		made.Platform = &r.Platforms[i]
		for i, p := range made.Parts {
			if p.own {
				made.Parts[i].open = func(ctx context.Context) (io.ReadCloser, error) { return m.openBuilt(ctx, p) }
			}
		}
		if image.Manifests = append(image.Manifests, made); i == 0 {
			image.shapes = []*Shape{shape}
		}
	}
	return image, image.seal()
}

// openBuilt opens a builder's layer where it is: nothing makes it again but
// another build.
func (m Maker) openBuilt(ctx context.Context, p Part) (io.ReadCloser, error) {
	f, err := m.Store.Open(p.Digest)
	if err == nil {
		return f, nil
	}
	if p.home == nil {
		return nil, fmt.Errorf("the built layer %s is not on this machine any more", p.Digest)
	}
	return m.Registry.open(ctx, p.home.Digest(p.Digest.String()))
}

// Whole tells that every layer of a built image can be had, so that it needs
// no building to be pushed.
func (m Maker) Whole(ctx context.Context, image *Image) bool {
	for _, one := range image.Manifests {
		for _, p := range one.Parts {
			if !p.own {
				continue
			}
			content, err := m.openBuilt(ctx, p)
			if err != nil {
				return false
			}
			_ = content.Close() // nothing was read
		}
	}
	return true
}

// KeepBuilt remembers on this machine what a build made.
func (m Maker) KeepBuilt(key string, how Compression, built []BuiltOne) error {
	return m.Store.save(m.Store.builtFile(key, how), built)
}

// FindBuilt is what a build made before on this machine, if all of it is
// still here.
func (m Maker) FindBuilt(key string, how Compression) []BuiltOne {
	var built []BuiltOne
	if !m.Store.load(m.Store.builtFile(key, how), &built) {
		return nil
	}
	for _, one := range built {
		for _, l := range one.Layers {
			f, err := m.Store.Open(l.Blob.Digest)
			if err != nil {
				return nil
			}
			_ = f.Close() // nothing was read
		}
	}
	return built
}

func (s Store) builtFile(key string, how Compression) string {
	return filepath.Join(s.Dir, "built", how.codec(), strings.TrimPrefix(key, "sha256:")+".json")
}
