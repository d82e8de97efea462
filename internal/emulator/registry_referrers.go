package emulator

import (
	"encoding/json"
	"net/http"
)

// listReferrers lists what refers to an image. An image that is not there has
// an empty list.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
func (r *ecrRepository) listReferrers(w http.ResponseWriter, rq registryRequest) {
	const index = "application/vnd.oci.image.index.v1+json"
	wanted := rq.URL.Query().Get("artifactType")
	list := []values{}
	for _, i := range r.images {
		if i.subject != rq.reference {
			continue
		}
		var manifest struct {
			ArtifactType string
			Annotations  map[string]string
		}
		_ = json.Unmarshal(i.manifest, &manifest) // it was read when it came in
		kind := manifest.ArtifactType
		if kind == "" {
			kind = i.config
		}
		if wanted != "" && wanted != kind {
			continue
		}
		one := values{"mediaType": i.media, "digest": i.digest, "size": len(i.manifest), "artifactType": kind}
		if len(manifest.Annotations) > 0 {
			one["annotations"] = manifest.Annotations
		}
		list = append(list, one)
	}
	body, _ := json.Marshal(values{"schemaVersion": 2, "mediaType": index, "manifests": list}) // texts and numbers
	w.Header().Set("Content-Type", index)
	if wanted != "" {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	w.WriteHeader(http.StatusOK)
	w.Write(body)
}
