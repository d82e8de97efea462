package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// settingValues are an account's settings of ECR with the values that each can
// have; the first one holds while nothing was put.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html
func settingValues(name string) []string {
	switch name {
	case "BASIC_SCAN_TYPE_VERSION":
		return []string{"AWS_NATIVE"}
	case "REGISTRY_POLICY_SCOPE":
		return []string{"V2"}
	case "BLOB_MOUNTING":
		return []string{"DISABLED", "ENABLED"}
	}
	return nil
}

func (s *ecrState) setting(name string) string {
	if v := s.settings[name]; v != "" {
		return v
	}
	return settingValues(name)[0]
}

func (c *call) getECRSetting(in values) (values, error) {
	name := in.str("name")
	if settingValues(name) == nil {
		return nil, refuse("ValidationException", "The account setting name '%s' is not valid", name)
	}
	return values{"name": name, "value": c.region.ecr.setting(name)}, nil
}

func (c *call) putECRSetting(in values) (values, error) {
	name, value := in.str("name"), in.str("value")
	if !slices.Contains(settingValues(name), value) {
		return nil, refuse("ValidationException", "The value '%s' is not valid for the account setting '%s'", value, name)
	}
	c.region.ecr.settings[name] = value
	return values{"name": name, "value": value}, nil
}

// mount gives a repository a blob that another one has. ECR does it where the
// account's setting allows, once an image of the other repository has the
// blob; else the push goes on as an upload.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
func (s *ecrState) mount(w http.ResponseWriter, rq registryRequest, into *ecrRepository) bool {
	digest, name := rq.URL.Query().Get("mount"), rq.URL.Query().Get("from")
	from := s.repositories[name]
	if digest == "" || from == nil || s.setting("BLOB_MOUNTING") != "ENABLED" || !from.holds(digest) {
		return false
	}
	body, found := s.blobs[name+"@"+digest]
	if !found || from.encryption.str("encryptionType") != into.encryption.str("encryptionType") ||
		from.encryption.str("kmsKey") != into.encryption.str("kmsKey") {
		return false
	}
	s.blobs[into.name+"@"+digest] = body
	w.Header().Set("Location", "/v2/"+into.name+"/blobs/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
	return true
}

// holds tells that an image of the repository is made of a blob.
func (r *ecrRepository) holds(digest string) bool {
	return slices.ContainsFunc(r.images, func(i *ecrImage) bool { return strings.Contains(string(i.manifest), `"`+digest+`"`) })
}
