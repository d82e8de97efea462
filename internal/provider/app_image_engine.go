package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/builder"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/dockerfile"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// engineBuild is what a Dockerfile needs of a container builder.
type engineBuild struct {
	needs   *dockerfile.EngineError // nil when it needs none
	builder builder.Builder
	version int64             // of the secrets
	locks   map[string]string // digests by images, as they were locked before
	digests map[string]string // of all images that it names
	key     string            // the source digest
	made    *imageBuild       // what this apply built
	forget  string            // the key of a build that did not come out twice
}

// imageBuild is one build in private state: its source digest, and what came
// of it.
type imageBuild struct {
	Key         string            `json:"key"`
	Compression image.Compression `json:"compression,omitempty"`
	Built       []image.BuiltOne  `json:"built"`
}

// mostImageBuilds is how many builds private state remembers, to go back to.
const mostImageBuilds = 5

// engine tells that a builder makes the image.
func (b *dockerfileBuild) engine() bool { return b != nil && b.needs != nil }

// forEngine makes the Dockerfile one thing that is built: everything that it
// reads is part of a digest.
func (r *appImageResource) forEngine(ctx context.Context, m *appImageModel, baseDigest string, needs *dockerfile.EngineError, diags *diag.Diagnostics) bool {
	for name, given := range map[string]bool{"layering": !m.Layering.IsNull(), "java": !m.Java.IsNull()} {
		if given {
			invalid(diags, name, "Not for built images", fmt.Sprintf("`%s` lays files into layers, and here a container builder does: %s. Leave `%s` out.", name, needs, name))
		}
	}
	b := m.built
	names, err := b.file.Images()
	if err != nil {
		addDockerfileError(err, diags)
	}
	if diags.HasError() {
		return false
	}
	b.digests = map[string]string{}
	parts := append([]string{"image build 1"}, b.file.Key()...)
	for _, name := range names {
		digest, ok := r.lockedImage(ctx, m, name, baseDigest, diags)
		if !ok {
			return false
		}
		b.digests[name] = digest
		parts = append(parts, name, digest)
	}
	h := sha256.New()
	for _, p := range append(parts, fmt.Sprint(b.version)) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	b.needs, b.key = needs, fmt.Sprintf("sha256:%x", h.Sum(nil))
	name := filepath.Base(b.file.Name())
	tree := b.file.Tree()
	if local, err := filepath.Rel(tree.Root, b.file.Name()); err != nil || !slices.ContainsFunc(tree.Entries, func(e source.Entry) bool { return e.Path == filepath.ToSlash(local) }) {
		// The context leaves the Dockerfile out; the build does not.
		tree.Entries = append(slices.Clone(tree.Entries), source.Entry{Path: name, Mode: 0o644, Size: int64(len(b.file.Text())), Sum: sha256.Sum256(b.file.Text())})
	}
	b.built = dockerfile.Built{Contents: []image.Content{image.ToBuild(name, tree.Root, b.key, tree)}}
	return true
}

// lockedImage is the digest of an image that the Dockerfile names: the base's,
// the one that it is locked to, or what the name means now.
func (r *appImageResource) lockedImage(ctx context.Context, m *appImageModel, name, baseDigest string, diags *diag.Diagnostics) (string, bool) {
	if name == m.BaseImage.ValueString() {
		return baseDigest, true
	}
	locked := m.built.locks[name]
	if locked != "" && m.BaseUpdate.ValueString() != baseTrack {
		return locked, true
	}
	digest, err := r.registry.BaseDigest(ctx, name)
	switch {
	case err == nil:
		return digest, true
	case errors.Is(err, image.ErrRefused) && !r.known():
		return locked, locked != ""
	case locked != "":
		diags.AddAttributeWarning(path.Root("dockerfile"), "Base not looked up: "+name,
			"Whether it was updated cannot be told, so the image stays on the one that it has. "+sentence(err)+r.wayIn(err, name))
		return locked, true
	}
	diags.AddAttributeError(path.Root("dockerfile"), "Cannot use base image", sentence(err)+r.wayIn(err, name))
	return "", false
}

// source is the source digest of what was gone through.
func (b *dockerfileBuild) source() types.String {
	if !b.engine() {
		return types.StringNull()
	}
	return types.StringValue(b.key)
}

// pendBuild plans what is not built yet: known is what it is made of.
func (m *appImageModel) pendBuild(baseDigest string, diags *diag.Diagnostics) {
	m.undecide()
	if m.BaseDigest = types.StringNull(); baseDigest != "" {
		m.BaseDigest = types.StringValue(baseDigest)
	}
	m.forgetPlanned()
	adviseBuilder(m.built.builder, m.built.needs, m.called(), diags)
}

// lock has images stay what they were.
func (b *dockerfileBuild) lock(memory imageMemory) {
	if b != nil {
		b.locks = memory.Images
	}
}

// before is what the same sources gave before: in this resource, or on this
// machine.
func (b *dockerfileBuild) before(maker image.Maker, memory imageMemory, how image.Compression) []image.BuiltOne {
	for _, one := range memory.Builds {
		if one.Key == b.key && one.Compression == how {
			return one.Built
		}
	}
	return maker.FindBuilt(b.key, how)
}

// remember puts what was built into the memory.
func (b *dockerfileBuild) remember(memory *imageMemory) {
	if !b.engine() {
		return
	}
	memory.Images = b.digests
	if b.made == nil {
		return
	}
	list := []imageBuild{*b.made}
	for _, one := range memory.Builds {
		if len(list) < mostImageBuilds && (one.Key != b.made.Key || one.Compression != b.made.Compression) {
			list = append(list, one)
		}
	}
	memory.Builds = list
}

// others are the images beside the base, as things that sources consist of.
func (b *dockerfileBuild) others(base string) (list []source.Entry) {
	if !b.engine() {
		return nil
	}
	for _, name := range sortedKeys(b.digests) {
		if name != base {
			e := source.Entry{Path: "the image " + name, Mode: 0o644}
			copy(e.Sum[:], strings.TrimPrefix(b.digests[name], "sha256:"))
			list = append(list, e)
		}
	}
	return list
}
