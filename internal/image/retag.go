package image

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// ContentTag is a tag that says which image it names, and so never moves. It
// keeps an image from rules that delete what has no tag.
func ContentTag(digest string) string {
	const prefix, length = "sha256:", 16
	return "awsdeploy-" + digest[len(prefix):len(prefix)+length]
}

// KeepTagged gives an image that is in the repository its content tag. An
// image that is not there needs none.
func (r *Registry) KeepTagged(ctx context.Context, repo name.Repository, digest string) error {
	p := r.repository(repo)
	tag := ContentTag(digest)
	there, err := p.has(ctx, manifests, tag)
	if err != nil || there == digest {
		return err
	}
	d, err := r.get(ctx, repo.Digest(digest))
	if IsMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.manifest(ctx, tag, string(d.MediaType), d.Manifest)
}

// Members are the images that an index lists; none for an image.
func (r *Registry) Members(ctx context.Context, repo name.Repository, digest string) ([]string, error) {
	d, err := r.get(ctx, repo.Digest(digest))
	if err != nil {
		return nil, err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(d.Manifest, &index); err != nil {
		return nil, err
	}
	var list []string
	for _, m := range index.Manifests {
		list = append(list, m.Digest.String())
	}
	return list, nil
}

// Delete deletes a manifest by its digest. Many registries do not allow it.
func (r *Registry) Delete(ctx context.Context, repo name.Repository, digest string) error {
	p := r.repository(repo)
	return p.again(ctx, func() error {
		_, err := p.send(ctx, http.MethodDelete, p.address("manifests/"+digest), nil, 0, "", http.StatusAccepted, http.StatusOK, http.StatusNotFound)
		return err
	})
}

// repository is a pusher for what is there already.
func (r *Registry) repository(repo name.Repository) pusher {
	scopes := []string{repo.Scope(transport.PushScope), repo.Scope(transport.DeleteScope)}
	return pusher{Registry: r, repo: repo, client: &http.Client{Transport: way{registry: r, repo: repo, scopes: scopes}}}
}
