package emulator

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ecrState is one region's ECR: what the API knows and what was pushed.
type ecrState struct {
	region       *region
	repositories map[string]*ecrRepository
	blobs        map[string][]byte // repository@digest
	handler      http.Handler
	settings     map[string]string // of the account
	scans        map[string]Scan   // by repository: what they find
}

func newECRState(r *region) *ecrState {
	s := &ecrState{region: r, repositories: map[string]*ecrRepository{}, blobs: map[string][]byte{}, settings: map[string]string{}, scans: map[string]Scan{}}
	s.handler = newRegistry(s.blobs)
	return s
}

type ecrRepository struct {
	name       string
	created    time.Time
	mutability string
	exclusions []values // wildcard filters of tags that the mutability leaves out
	scanning   values
	encryption values
	tags       []values
	policy     string
	images     []*ecrImage // in the order of their first push
}

type ecrImage struct {
	digest, media, config string
	manifest              []byte
	size                  int64
	pushed, pulled        time.Time
	tags                  []string // sorted
	scan                  *ecrScan // nil when it was never scanned
	subject               string   // the digest of the image that this belongs to
}

func ecrOperations() map[string]operation {
	return map[string]operation{
		"CreateRepository":      (*call).createRepository,
		"DescribeRepositories":  (*call).describeRepositories,
		"DeleteRepository":      (*call).deleteRepository,
		"GetAuthorizationToken": (*call).getAuthorizationToken,
		"PutImageTagMutability": (*call).putImageTagMutability,
		"PutLifecyclePolicy":    (*call).putLifecyclePolicy,
		"GetLifecyclePolicy":    (*call).getLifecyclePolicy,
		"DescribeImages":        (*call).describeRegistryImages,
		"ListImages":            (*call).listImages,
		"BatchGetImage":         (*call).batchGetImage,
		"BatchDeleteImage":      (*call).batchDeleteImage,

		"PutImageScanningConfiguration": (*call).putImageScanningConfiguration,
		"StartImageScan":                (*call).startImageScan,
		"DescribeImageScanFindings":     (*call).describeImageScanFindings,
		"PutAccountSetting":             (*call).putECRSetting,
		"GetAccountSetting":             (*call).getECRSetting,
	}
}

func ecrPublicOperations() map[string]operation {
	return map[string]operation{"GetAuthorizationToken": (*call).getPublicToken}
}

// getPublicToken signs in to ECR Public, which the emulator does not serve.
func (c *call) getPublicToken(values) (values, error) {
	token, expires := c.newToken()
	return values{"authorizationData": values{
		"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + token)), "expiresAt": expires,
	}}, nil
}

func (s *ecrState) create(name string, at time.Time) *ecrRepository {
	r := &ecrRepository{
		name: name, created: at, mutability: "MUTABLE",
		scanning: values{"scanOnPush": false}, encryption: values{"encryptionType": "AES256"},
	}
	s.repositories[name] = r
	return r
}

// repository finds the repository that an input names.
func (c *call) repository(in values) (*ecrRepository, error) {
	r := c.region.ecr.repositories[in.str("repositoryName")]
	if id := in.str("registryId"); r == nil || id != "" && id != c.account {
		return nil, c.noRepository(in.str("repositoryName"))
	}
	return r, nil
}

func (c *call) noRepository(name string) error {
	return refuse("RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry with id '%s'", name, c.account)
}

func (c *call) createRepository(in values) (values, error) {
	name := in.str("repositoryName")
	if c.region.ecr.repositories[name] != nil {
		return nil, refuse("RepositoryAlreadyExistsException",
			"The repository with name '%s' already exists in the registry with id '%s'", name, c.account)
	}
	r := c.region.ecr.create(name, c.now)
	if in.has("imageTagMutability") {
		r.mutability = in.str("imageTagMutability")
	}
	r.exclusions = in.structs("imageTagMutabilityExclusionFilters")
	if in.has("imageScanningConfiguration") {
		r.scanning = in.sub("imageScanningConfiguration")
	}
	if in.has("encryptionConfiguration") {
		r.encryption = in.sub("encryptionConfiguration")
	}
	r.tags = in.structs("tags")
	return values{"repository": c.shownRepository(r)}, nil
}

// shownRepository has the URI under which the client can reach the emulator.
func (c *call) shownRepository(r *ecrRepository) values {
	out := values{
		"repositoryArn":  "arn:aws:ecr:" + c.region.name + ":" + c.account + ":repository/" + r.name,
		"registryId":     c.account,
		"repositoryName": r.name,
		"repositoryUri":  c.registryHost() + "/" + r.name,
		"createdAt":      r.created, "imageTagMutability": r.mutability,
		"imageScanningConfiguration": r.scanning, "encryptionConfiguration": r.encryption,
	}
	if len(r.exclusions) > 0 {
		out["imageTagMutabilityExclusionFilters"] = r.exclusions
	}
	return out
}

func (c *call) registryHost() string {
	switch {
	case c.settings.registryHost != "":
		return c.settings.registryHost
	case c.host != "":
		return c.host
	}
	return c.account + ".dkr.ecr." + c.region.name + ".amazonaws.com"
}

func (c *call) describeRepositories(in values) (values, error) {
	names := in.strings("repositoryNames")
	if id := in.str("registryId"); id != "" && id != c.account {
		return nil, c.noRepository(strings.Join(names, ","))
	}
	if len(names) > 0 {
		var shown []values
		for _, name := range names {
			r := c.region.ecr.repositories[name]
			if r == nil {
				return nil, c.noRepository(name)
			}
			shown = append(shown, c.shownRepository(r))
		}
		return values{"repositories": shown}, nil
	}
	page, next, err := ecrPage(sortedKeys(c.region.ecr.repositories), in)
	if err != nil {
		return nil, err
	}
	shown := []values{}
	for _, name := range page {
		shown = append(shown, c.shownRepository(c.region.ecr.repositories[name]))
	}
	return values{"repositories": shown, "nextToken": next}, nil
}

// ecrPage cuts a page out of sorted names. The token is the last name shown.
func ecrPage(names []string, in values) (page []string, next any, err error) {
	size := 100
	if in.has("maxResults") {
		size = in.integer("maxResults")
	}
	if in.has("nextToken") {
		last, decodeErr := base64.StdEncoding.DecodeString(in.str("nextToken"))
		if decodeErr != nil {
			return nil, nil, refuse("InvalidParameterException", "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid nextToken'")
		}
		i, found := slices.BinarySearch(names, string(last))
		if found {
			i++
		}
		names = names[i:]
	}
	if len(names) <= size {
		return names, nil, nil
	}
	return names[:size], base64.StdEncoding.EncodeToString([]byte(names[size-1])), nil
}

func (c *call) deleteRepository(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	if len(r.images) > 0 && !in.boolean("force") {
		return nil, refuse("RepositoryNotEmptyException",
			"The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", r.name, c.account)
	}
	for _, i := range slices.Clone(r.images) {
		c.region.ecr.removeImage(r, i)
	}
	for key := range c.region.ecr.blobs {
		if strings.HasPrefix(key, r.name+"@") {
			delete(c.region.ecr.blobs, key)
		}
	}
	delete(c.region.ecr.repositories, r.name)
	return values{"repository": c.shownRepository(r)}, nil
}

func (c *call) getAuthorizationToken(values) (values, error) {
	token, expires := c.newToken()
	host := c.registryHost()
	scheme := "http://"
	if strings.HasSuffix(host, ".amazonaws.com") {
		scheme = "https://"
	}
	return values{"authorizationData": []values{{
		"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + token)),
		"expiresAt":          expires,
		"proxyEndpoint":      scheme + host,
	}}}, nil
}

func (c *call) putImageTagMutability(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	r.mutability = in.str("imageTagMutability")
	r.exclusions = in.structs("imageTagMutabilityExclusionFilters")
	out := values{"registryId": c.account, "repositoryName": r.name, "imageTagMutability": r.mutability}
	if len(r.exclusions) > 0 {
		out["imageTagMutabilityExclusionFilters"] = r.exclusions
	}
	return out, nil
}

// putLifecyclePolicy keeps the policy; nothing expires in the emulator.
func (c *call) putLifecyclePolicy(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	r.policy = in.str("lifecyclePolicyText")
	return values{"registryId": c.account, "repositoryName": r.name, "lifecyclePolicyText": r.policy}, nil
}

func (c *call) getLifecyclePolicy(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	if r.policy == "" {
		return nil, refuse("LifecyclePolicyNotFoundException",
			"Lifecycle policy does not exist for the repository with name '%s' in the registry with id '%s'", r.name, c.account)
	}
	return values{"registryId": c.account, "repositoryName": r.name, "lifecyclePolicyText": r.policy}, nil
}
