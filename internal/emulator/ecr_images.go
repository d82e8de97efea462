package emulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
)

// find is the image that a tag or a digest names.
func (r *ecrRepository) find(reference string) *ecrImage {
	for _, i := range r.images {
		if i.digest == reference || slices.Contains(i.tags, reference) {
			return i
		}
	}
	return nil
}

// immutable tells whether a tag, once there, must stay.
func (r *ecrRepository) immutable(tag string) bool {
	excluded := slices.ContainsFunc(r.exclusions, func(f values) bool {
		match, err := path.Match(f.str("filter"), tag)
		return match && err == nil
	})
	switch r.mutability {
	case "IMMUTABLE":
		return true
	case "IMMUTABLE_WITH_EXCLUSION":
		return !excluded
	case "MUTABLE_WITH_EXCLUSION":
		return excluded
	}
	return false
}

// put adds an image or its new tag, which leaves the image that had it.
func (r *ecrRepository) put(i *ecrImage, tag string) {
	if old := r.find(i.digest); old != nil {
		i = old
	} else {
		r.images = append(r.images, i)
	}
	if tag == "" {
		return
	}
	for _, other := range r.images {
		other.tags = slices.DeleteFunc(other.tags, func(t string) bool { return t == tag })
	}
	i.tags = append(i.tags, tag)
	slices.Sort(i.tags)
}

// resolve finds the image of an identifier, or says why there is none.
func (r *ecrRepository) resolve(id values) (i *ecrImage, failure, reason string) {
	tag, digest := id.str("imageTag"), id.str("imageDigest")
	switch {
	case tag == "" && digest == "":
		return nil, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"
	case digest == "":
		i = r.find(tag)
	default:
		i = r.find(digest)
	}
	switch {
	case i == nil:
		return nil, "ImageNotFound", "Requested image not found"
	case tag != "" && digest != "" && !slices.Contains(i.tags, tag):
		return nil, "ImageTagDoesNotMatchDigest", "The specified tag does not match the specified digest"
	}
	return i, "", ""
}

// forget removes references from the library's registry, which answers pulls.
func (s *ecrState) forget(repository string, references ...string) {
	for _, reference := range references {
		rq := httptest.NewRequest(http.MethodDelete, "/v2/"+repository+"/manifests/"+reference, nil)
		s.handler.ServeHTTP(httptest.NewRecorder(), rq)
	}
}

func (s *ecrState) removeImage(r *ecrRepository, i *ecrImage) {
	s.forget(r.name, append(slices.Clone(i.tags), i.digest)...)
	r.images = slices.DeleteFunc(r.images, func(other *ecrImage) bool { return other == i })
}

// keepTagStatus is the filter that DescribeImages and ListImages share.
func keepTagStatus(i *ecrImage, in values) bool {
	switch in.sub("filter").str("tagStatus") {
	case "TAGGED":
		return len(i.tags) > 0
	case "UNTAGGED":
		return len(i.tags) == 0
	}
	return true
}

func (c *call) describeRegistryImages(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	if ids := in.structs("imageIds"); len(ids) > 0 {
		var found []*ecrImage
		for _, id := range ids {
			i, failure, _ := r.resolve(id)
			if failure != "" {
				return nil, refuse("ImageNotFoundException",
					"The image with imageId {imageDigest:'%s', imageTag:'%s'} does not exist within the repository with name '%s' in the registry with id '%s'",
					orNull(id.str("imageDigest")), orNull(id.str("imageTag")), r.name, c.account)
			}
			if !slices.Contains(found, i) {
				found = append(found, i)
			}
		}
		return values{"imageDetails": c.shownImages(r, found)}, nil
	}
	var digests []string
	for _, i := range r.images {
		if keepTagStatus(i, in) {
			digests = append(digests, i.digest)
		}
	}
	slices.Sort(digests)
	page, next, err := ecrPage(digests, in)
	if err != nil {
		return nil, err
	}
	found := make([]*ecrImage, len(page))
	for n, digest := range page {
		found[n] = r.find(digest)
	}
	return values{"imageDetails": c.shownImages(r, found), "nextToken": next}, nil
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

func (c *call) shownImages(r *ecrRepository, images []*ecrImage) []values {
	shown := []values{}
	for _, i := range images {
		detail := values{
			"registryId": c.account, "repositoryName": r.name, "imageDigest": i.digest,
			"imageSizeInBytes": i.size, "imagePushedAt": i.pushed, "imageManifestMediaType": i.media,
		}
		if len(i.tags) > 0 {
			detail["imageTags"] = slices.Clone(i.tags)
		}
		if i.config != "" {
			detail["artifactMediaType"] = i.config
		}
		if i.subject != "" {
			detail["subjectManifestDigest"] = i.subject
		}
		if i.scan != nil {
			detail["imageScanStatus"] = i.scan.status(c.now)
			if i.scan.status(c.now).str("status") == "COMPLETE" {
				detail["imageScanFindingsSummary"] = values{
					"imageScanCompletedAt": i.scan.started.Add(i.scan.finds.Takes), "vulnerabilitySourceUpdatedAt": i.scan.started,
					"findingSeverityCounts": i.scan.counts(),
				}
			}
		}
		if !i.pulled.IsZero() {
			detail["lastRecordedPullTime"] = i.pulled
		}
		shown = append(shown, detail)
	}
	return shown
}

// listImages lists each tag; an image without tags by its digest alone.
func (c *call) listImages(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, i := range r.images {
		if !keepTagStatus(i, in) {
			continue
		}
		if len(i.tags) == 0 {
			keys = append(keys, i.digest)
		}
		for _, tag := range i.tags {
			keys = append(keys, i.digest+" "+tag)
		}
	}
	slices.Sort(keys)
	page, next, err := ecrPage(keys, in)
	if err != nil {
		return nil, err
	}
	ids := []values{}
	for _, key := range page {
		digest, tag, tagged := strings.Cut(key, " ")
		id := values{"imageDigest": digest}
		if tagged {
			id["imageTag"] = tag
		}
		ids = append(ids, id)
	}
	return values{"imageIds": ids, "nextToken": next}, nil
}

func (c *call) batchGetImage(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	images, failures := []values{}, []values{}
	for _, id := range in.structs("imageIds") {
		i, failure, reason := r.resolve(id)
		if failure != "" {
			failures = append(failures, values{"imageId": id, "failureCode": failure, "failureReason": reason})
			continue
		}
		shown := values{"imageDigest": i.digest}
		if id.has("imageTag") {
			shown["imageTag"] = id.str("imageTag")
		}
		images = append(images, values{
			"registryId": c.account, "repositoryName": r.name, "imageId": shown,
			"imageManifest": string(i.manifest), "imageManifestMediaType": i.media,
		})
		i.pulled = c.now
	}
	return values{"images": images, "failures": failures}, nil
}

// batchDeleteImage: by tag, the tag goes, and the image with its last tag; by
// digest, the image with all its tags.
func (c *call) batchDeleteImage(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	deleted, failures := []values{}, []values{}
	for _, id := range in.structs("imageIds") {
		i, failure, reason := r.resolve(id)
		if failure == "" && (id.has("imageDigest") || len(i.tags) == 1) && r.referenced(i) {
			failure, reason = "ImageReferencedByManifestList", "Requested image referenced by manifest list"
		}
		if failure != "" {
			failures = append(failures, values{"imageId": id, "failureCode": failure, "failureReason": reason})
			continue
		}
		tags := slices.Clone(i.tags)
		if tag := id.str("imageTag"); !id.has("imageDigest") && len(tags) > 1 {
			i.tags = slices.DeleteFunc(i.tags, func(t string) bool { return t == tag })
			c.region.ecr.forget(r.name, tag)
			deleted = append(deleted, values{"imageDigest": i.digest, "imageTag": tag})
			continue
		}
		c.region.ecr.removeImage(r, i)
		if c.switches.ReferrersGoAlong {
			for _, other := range slices.Clone(r.images) {
				if other.subject == i.digest {
					c.region.ecr.removeImage(r, other)
				}
			}
		}
		if len(tags) == 0 {
			deleted = append(deleted, values{"imageDigest": i.digest})
		}
		for _, tag := range tags {
			deleted = append(deleted, values{"imageDigest": i.digest, "imageTag": tag})
		}
	}
	return values{"imageIds": deleted, "failures": failures}, nil
}

// referenced tells whether an index of the repository holds the image.
func (r *ecrRepository) referenced(i *ecrImage) bool {
	return slices.ContainsFunc(r.images, func(index *ecrImage) bool {
		var list struct{ Manifests []struct{ Digest string } }
		if json.Unmarshal(index.manifest, &list) != nil {
			return false
		}
		return slices.ContainsFunc(list.Manifests, func(m struct{ Digest string }) bool { return m.Digest == i.digest })
	})
}
