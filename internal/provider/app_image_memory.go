package provider

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// imageMemory is kept in private state: what the image was made of, by which
// rules, and what its content became, so that none is worked out again.
type imageMemory struct {
	madeBy
	image.Memory

	// Builds are what container builders made, the latest first, and Images
	// what the names in the last one's Dockerfile were locked to.
	Builds []imageBuild      `json:"builds,omitempty"`
	Images map[string]string `json:"images,omitempty"`

	// Layers are the blobs as they were noted at first.
	Layers map[string]image.Blob `json:"layers,omitempty"`
}

// madeBy is the recipe of an image, and the rules that it was made by.
type madeBy struct {
	Key   string      `json:"key"`
	Rules image.Rules `json:"rules,omitempty"` // missing where there was a layer for each content
}

func by(r image.Recipe) madeBy {
	if r.Rules == 0 {
		r.Rules = image.RulesLayered
	}
	return madeBy{Key: r.Key(), Rules: r.Rules}
}

const imageMemoryKey = "image"

// privateState is what the framework's requests carry.
type privateState interface {
	GetKey(context.Context, string) ([]byte, diag.Diagnostics)
}

func rememberedImage(ctx context.Context, private privateState, diags *diag.Diagnostics) (m imageMemory) {
	data, found := private.GetKey(ctx, imageMemoryKey)
	if diags.Append(found...); len(data) == 0 {
		return m
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return imageMemory{} // made anew, at the cost of time
	}
	if m.Rules == 0 {
		m.Rules = image.RulesWhole
	}
	for _, key := range sortedKeys(m.Layers) {
		m.Blobs = append(m.Blobs, m.Layers[key])
	}
	m.Layers = nil
	return m
}

// blobs are what the registry holds, nil when it lost the image: what layers
// became there binds no more.
func (m imageMemory) blobs(prior *appImageModel) *image.Memory {
	if prior == nil || prior.Digest.IsNull() {
		return nil
	}
	return &m.Memory
}

// made tells that the recipe made the image in the state, and has it keep the
// rules that it was made by.
func (m imageMemory) made(recipe *image.Recipe) bool {
	if m.Key == "" || m.Key != recipe.Key() {
		return false
	}
	recipe.Rules = m.Rules
	return true
}

// after is the memory of an image that was pushed.
func (m imageMemory) after(prior *appImageModel, made *image.Image, how madeBy, repository string) ([]byte, error) {
	return json.Marshal(imageMemory{madeBy: how, Memory: *m.blobs(prior).After(made, repository), Builds: m.Builds, Images: m.Images})
}

// without is the memory less a build that did not come out twice: it must not
// be planned by its digest again.
func (m imageMemory) without(b *dockerfileBuild) (memory []byte, drop bool) {
	if b == nil || b.forget == "" {
		return nil, false
	}
	m.Builds = slices.DeleteFunc(slices.Clone(m.Builds), func(one imageBuild) bool { return one.Key == b.forget })
	memory, err := json.Marshal(m)
	return memory, err == nil
}
