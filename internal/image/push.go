package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// parallel is how many blobs travel at once.
const parallel = 4

// Push brings the image into the repository: the blobs that it lacks, then
// manifests by digest, and only when all that is there the tags. What is there
// already is left alone, so a push that broke can simply run again.
func (m Maker) Push(ctx context.Context, repo name.Repository, tags []string, image *Image) error {
	p := m.Registry.pusher(repo, image)
	if p.update(ctx, tags, image) {
		return nil
	}
	there, err := p.has(ctx, manifests, image.Digest.String())
	if err != nil {
		return err
	}
	if there != image.Digest.String() {
		if err := p.blobs(ctx, image.blobs()); err != nil {
			return err
		}
		if err := p.manifests(ctx, image); err != nil {
			return err
		}
	}
	for _, tag := range tags {
		if err := p.tag(ctx, tag, image); err != nil {
			return err
		}
	}
	return nil
}

// Tag makes tags name an image that the repository has. Nothing is made for
// it: the manifest comes from there.
func (m Maker) Tag(ctx context.Context, repo name.Repository, digest string, tags []string) error {
	p := m.Registry.pusher(repo, &Image{})
	var image *Image
	for _, tag := range tags {
		there, err := p.has(ctx, manifests, tag)
		if err != nil {
			return err
		}
		if there == digest {
			continue
		}
		if image == nil {
			if image, err = m.pull(ctx, repo, digest); err != nil {
				return err
			}
		}
		if err := p.move(ctx, tag, there, image); err != nil {
			return err
		}
	}
	return nil
}

// pull reads an image's own manifest.
func (m Maker) pull(ctx context.Context, repo name.Repository, digest string) (*Image, error) {
	ref := repo.Digest(digest)
	var image *Image
	err := m.Registry.read(ctx, repo, func(o []remote.Option) error {
		d, err := remote.Get(ref, o...)
		if err == nil {
			image = &Image{Digest: d.Digest, MediaType: d.MediaType, Raw: d.Manifest}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", ref.Name(), err)
	}
	return image, nil
}

// pusher pushes to one repository.
type pusher struct {
	*Registry
	repo   name.Repository
	client *http.Client
	unsent bool // what is pushed is new here: nobody needs to ask
}

func (r *Registry) pusher(repo name.Repository, image *Image) pusher {
	scopes := []string{repo.Scope(transport.PushScope)}
	for _, source := range image.neighbors(repo) {
		scopes = append(scopes, source.Scope(transport.PullScope))
	}
	client := &http.Client{Transport: way{registry: r, repo: repo, scopes: scopes}}
	return pusher{Registry: r, repo: repo, client: client}
}

// neighbors are the repositories of the same registry that hold base layers.
func (i *Image) neighbors(repo name.Repository) []name.Repository {
	for _, m := range i.Manifests {
		for _, part := range m.Parts {
			if part.home != nil && part.mountable(repo) {
				return []name.Repository{*part.home}
			}
		}
	}
	return nil
}

func (p Part) mountable(repo name.Repository) bool {
	return p.home != nil && p.home.RegistryStr() == repo.RegistryStr() && p.home.RepositoryStr() != repo.RepositoryStr()
}

// blobs sends layers and configurations, several at once. The first failure
// ends the others.
func (p pusher) blobs(ctx context.Context, list []Part) error {
	queue := make(chan Part)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wait sync.WaitGroup
	for range parallel {
		wait.Go(func() {
			for part := range queue {
				if err := p.blob(ctx, part); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, part := range list {
		select {
		case queue <- part:
		case <-ctx.Done():
		}
	}
	close(queue)
	wait.Wait()
	return context.Cause(ctx)
}

// blobs lists everything but manifests, once.
func (i *Image) blobs() []Part {
	var list []Part
	seen := map[v1.Hash]bool{}
	for _, m := range i.Manifests {
		config := Part{Descriptor: v1.Descriptor{Digest: digestOf(m.Config), Size: int64(len(m.Config))}, From: "configuration"}
		config.open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.Config)), nil }
		for _, part := range append([]Part{config}, m.Parts...) {
			// Layers that may not be distributed stay where their URLs say.
			if part.MediaType != "" && !part.MediaType.IsDistributable() || seen[part.Digest] {
				continue
			}
			seen[part.Digest] = true
			list = append(list, part)
		}
	}
	return list
}

// manifests puts the manifests by their digests, an index after its members.
func (p pusher) manifests(ctx context.Context, image *Image) error {
	if len(image.Manifests) > 1 {
		if err := p.members(ctx, image); err != nil {
			return err
		}
	}
	if err := p.manifest(ctx, image.Digest.String(), string(image.MediaType), image.Raw); err != nil {
		return fmt.Errorf("pushing the manifest %s: %w", image.Digest, err)
	}
	return nil
}

// members puts the manifests of an index.
func (p pusher) members(ctx context.Context, image *Image) error {
	for _, m := range image.Manifests {
		if err := p.manifest(ctx, m.Digest.String(), string(m.MediaType), m.Raw); err != nil {
			return fmt.Errorf("pushing the manifest for %s: %w", m.Platform, err)
		}
	}
	return nil
}

// manifest puts a manifest under a digest or tag.
func (p pusher) manifest(ctx context.Context, reference, mediaType string, raw []byte) error {
	return p.again(ctx, func() error {
		r, err := p.send(ctx, http.MethodPut, p.address("manifests/"+reference), renewable(raw), int64(len(raw)), mediaType,
			http.StatusCreated, http.StatusOK, http.StatusAccepted)
		if err != nil {
			return err
		}
		if got := r.Header.Get("Docker-Content-Digest"); got != "" && got != digestOf(raw).String() {
			return fmt.Errorf("the registry %s took the manifest in as %s instead of %s", p.repo.RegistryStr(), got, digestOf(raw))
		}
		return nil
	})
}

// tag makes a tag name the image. A repository whose tags cannot move answers
// an error for the very image that the tag has: then all is well.
func (p pusher) tag(ctx context.Context, tag string, image *Image) error {
	there, err := p.has(ctx, manifests, tag)
	if err != nil || there == image.Digest.String() {
		return err
	}
	return p.move(ctx, tag, there, image)
}

// move takes a tag from the image that it names.
func (p pusher) move(ctx context.Context, tag, there string, image *Image) error {
	want := image.Digest.String()
	putting := p.manifest(ctx, tag, string(image.MediaType), image.Raw)
	if putting == nil {
		return nil
	}
	if now, err := p.has(ctx, manifests, tag); err == nil && now == want {
		return nil
	}
	var refused *transport.Error
	if there != "" && errors.As(putting, &refused) && refused.StatusCode < http.StatusInternalServerError &&
		refused.StatusCode != http.StatusUnauthorized && refused.StatusCode != http.StatusForbidden {
		return fmt.Errorf("%w: %s:%s names %s; the image is pushed as %s (%w)", ErrTagTaken, p.repo.Name(), tag, there, want, putting)
	}
	return fmt.Errorf("tagging %s as %q: %w", want, tag, putting)
}

// has asks for a manifest or blob: the digest it has, or nothing.
func (p pusher) has(ctx context.Context, kind, reference string) (digest string, err error) {
	err = p.again(ctx, func() error {
		r, err := p.send(ctx, http.MethodHead, p.address(kind+"/"+reference), nil, 0, "", http.StatusOK, http.StatusNotFound)
		if err != nil {
			return err
		}
		if digest = ""; r.StatusCode == http.StatusOK {
			// For a digest, being there says it all.
			if digest = r.Header.Get("Docker-Content-Digest"); digest == "" {
				digest = reference
			}
		}
		return nil
	})
	return digest, err
}

func (p pusher) address(rest string) url.URL {
	return url.URL{Scheme: p.repo.Scheme(), Host: p.repo.RegistryStr(), Path: "/v2/" + p.repo.RepositoryStr() + "/" + rest}
}
