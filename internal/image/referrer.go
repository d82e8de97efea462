package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Referrer is a document beside an image: an artifact of its own, which names
// the image's manifest as what it is about. The image does not know of it, so
// it moves no digest.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage
type Referrer struct {
	Subject v1.Hash // the manifest's digest
	Digest  v1.Hash // its own manifest's

	raw   []byte
	kind  types.MediaType
	parts []Part
}

// artifact is a manifest whose content is no layer.
type artifact struct {
	SchemaVersion int64           `json:"schemaVersion"`
	MediaType     types.MediaType `json:"mediaType"`
	ArtifactType  types.MediaType `json:"artifactType"`
	Config        v1.Descriptor   `json:"config"`
	Layers        []v1.Descriptor `json:"layers"`
	Subject       v1.Descriptor   `json:"subject"`
}

// emptyType is the configuration of what has none.
const emptyType types.MediaType = "application/vnd.oci.empty.v1+json"

// Refer makes the artifact of a document about a manifest. The file is what
// clients call the document when they fetch it.
func Refer(subject Manifest, kind types.MediaType, file string, document []byte) (Referrer, error) {
	none := []byte("{}")
	a := artifact{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: kind,
		Config: v1.Descriptor{MediaType: emptyType, Digest: digestOf(none), Size: int64(len(none))},
		Layers: []v1.Descriptor{{
			MediaType: kind, Digest: digestOf(document), Size: int64(len(document)), Annotations: map[string]string{"org.opencontainers.image.title": file},
		}},
		Subject: v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return Referrer{}, err
	}
	held := func(d v1.Descriptor, what string, content []byte) Part {
		return Part{Descriptor: d, From: what, open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
	}
	return Referrer{
		Subject: subject.Digest, Digest: digestOf(raw), raw: raw, kind: kind,
		parts: []Part{held(a.Config, "the empty configuration", none), held(a.Layers[0], file, document)},
	}, nil
}

// Attach brings a referrer into the repository that has its subject. One that
// is there is left alone. Where the registry does not list referrers by
// itself, it is listed under a tag, as the distribution specification says.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject
func (r *Registry) Attach(ctx context.Context, repo name.Repository, one Referrer) error {
	p := r.pusher(repo, &Image{})
	there, err := p.has(ctx, manifests, one.Digest.String())
	if err != nil {
		return err
	}
	listed := false
	if there == "" {
		if err := p.blobs(ctx, one.parts); err != nil {
			return err
		}
		if listed, err = p.refer(ctx, one); err != nil {
			return fmt.Errorf("pushing the manifest %s: %w", one.Digest, err)
		}
	}
	if listed {
		return nil
	}
	if listed, err = p.lists(ctx, one.Subject); err != nil || listed {
		return err
	}
	return p.list(ctx, one)
}

// refer puts the manifest, and tells whether the registry understood what it
// refers to.
func (p pusher) refer(ctx context.Context, one Referrer) (listed bool, err error) {
	err = p.again(ctx, func() error {
		answer, err := p.send(ctx, http.MethodPut, p.address("manifests/"+one.Digest.String()), renewable(one.raw), int64(len(one.raw)),
			string(types.OCIManifestSchema1), http.StatusCreated, http.StatusOK, http.StatusAccepted)
		if err == nil {
			listed = answer.Header.Get("OCI-Subject") == one.Subject.String()
		}
		return err
	})
	return listed, err
}

// lists asks whether the registry lists referrers by itself.
func (p pusher) lists(ctx context.Context, subject v1.Hash) (yes bool, err error) {
	err = p.again(ctx, func() error {
		answer, err := p.send(ctx, http.MethodGet, p.address("referrers/"+subject.String()), nil, 0, "",
			http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented)
		if err == nil {
			yes = answer.StatusCode == http.StatusOK && mediaType(answer) == types.OCIImageIndex
		}
		return err
	})
	return yes, err
}

func mediaType(r *http.Response) types.MediaType {
	kind, _, _ := bytes.Cut([]byte(r.Header.Get("Content-Type")), []byte(";"))
	return types.MediaType(bytes.TrimSpace(kind))
}

// listTag is the tag under which referrers of a manifest are listed where the
// registry does not do it.
func listTag(subject v1.Hash) string { return subject.Algorithm + "-" + subject.Hex }

// mostWrites bounds how often a list is written that others write too.
const mostWrites = 4

// list puts the referrer into the list under its subject's tag. Tags have no
// owner: the list is read again after it was written.
func (p pusher) list(ctx context.Context, one Referrer) error {
	tag := listTag(one.Subject)
	for range mostWrites {
		index, _, err := p.listed(ctx, tag)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(index.Manifests, func(d v1.Descriptor) bool { return d.Digest == one.Digest }) {
			return nil
		}
		index.Manifests = append(index.Manifests, v1.Descriptor{
			MediaType: types.OCIManifestSchema1, Digest: one.Digest, Size: int64(len(one.raw)), ArtifactType: string(one.kind),
		})
		if err := p.relist(ctx, tag, index); err != nil {
			return err
		}
	}
	return fmt.Errorf("listing %s under the tag %s: others write the list at the same time; try again", one.Digest, tag)
}

func (p pusher) relist(ctx context.Context, tag string, index v1.IndexManifest) error {
	raw, err := json.Marshal(index)
	if err == nil {
		err = p.manifest(ctx, tag, string(types.OCIImageIndex), raw)
	}
	if err != nil {
		return fmt.Errorf("writing the list of referrers under the tag %s: %w", tag, err)
	}
	return nil
}

// listed reads the list under a tag; an empty one when there is none.
func (p pusher) listed(ctx context.Context, tag string) (index v1.IndexManifest, digest string, err error) {
	index = v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
	d, err := p.get(ctx, p.repo.Tag(tag))
	if IsMissing(err) && !errors.Is(err, ErrRepository) {
		return index, "", nil
	}
	if err == nil && d.MediaType != types.OCIImageIndex {
		err = fmt.Errorf("it names a %s", d.MediaType)
	}
	if err == nil {
		err = json.Unmarshal(d.Manifest, &index)
	}
	if err != nil {
		return index, "", fmt.Errorf("reading the list of referrers under the tag %s: %w", tag, err)
	}
	return index, d.Digest.String(), nil
}

// Unlist takes referrers from the list under their subject's tag, if there is
// one; the last one takes the list along. Erase deletes a manifest by digest.
func (r *Registry) Unlist(ctx context.Context, repo name.Repository, subject string, gone []string, erase func(string) error) error {
	hash, err := v1.NewHash(subject)
	if err != nil {
		return err
	}
	p := r.repository(repo)
	index, digest, err := p.listed(ctx, listTag(hash))
	if err != nil || digest == "" {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(index.Manifests), func(d v1.Descriptor) bool { return slices.Contains(gone, d.Digest.String()) })
	switch {
	case len(left) == 0:
		if err := erase(digest); err != nil {
			return err
		}
		return p.untag(ctx, listTag(hash))
	case len(left) < len(index.Manifests):
		index.Manifests = left
		return p.relist(ctx, listTag(hash), index)
	}
	return nil
}

// untag takes away a tag whose manifest is gone, where the registry has not
// done so itself. Many do not allow it, and it leads nowhere then.
func (p pusher) untag(ctx context.Context, tag string) error {
	there, err := p.has(ctx, manifests, tag)
	if err != nil || there == "" {
		return err
	}
	return p.again(ctx, func() error {
		_, err := p.send(ctx, http.MethodDelete, p.address("manifests/"+tag), nil, 0, "",
			http.StatusAccepted, http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed)
		return err
	})
}

// Name makes tags name an image whose manifests are in the repository.
func (m Maker) Name(ctx context.Context, repo name.Repository, tags []string, image *Image) error {
	p := m.Registry.pusher(repo, &Image{})
	for _, tag := range tags {
		if err := p.tag(ctx, tag, image); err != nil {
			return err
		}
	}
	return nil
}
