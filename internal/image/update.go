package image

import (
	"context"
	"slices"
)

// little is how much may be sent without asking whether it is there: a request
// that asks takes as long.
const little = 1 << 20

// update brings an image into the repository that has the one before it, when
// they differ in little: what is new and the manifest, in three round trips.
// It reports whether that went well; whatever did not, the long way finds out
// and says.
func (p pusher) update(ctx context.Context, tags []string, image *Image) bool {
	if image.known == nil || image.known.Home != p.repo.Name() || slices.Contains(image.known.Pushed, image.Digest.String()) {
		return false
	}
	var fresh []Part
	size := int64(0)
	for _, part := range image.blobs() {
		if !slices.Contains(image.known.Held, part.Digest.String()) {
			fresh = append(fresh, part)
			size += part.Size
		}
	}
	if size > little {
		return false
	}
	p.unsent = true
	if p.blobs(ctx, fresh) != nil {
		return false
	}
	if len(tags) == 0 {
		return p.manifests(ctx, image) == nil
	}
	if len(image.Manifests) > 1 && p.members(ctx, image) != nil {
		return false
	}
	for _, tag := range tags {
		if p.manifest(ctx, tag, string(image.MediaType), image.Raw) != nil {
			return false
		}
	}
	return true
}
