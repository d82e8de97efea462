package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

type appImageModel struct {
	Repository    types.String `tfsdk:"repository"`
	Tags          types.List   `tfsdk:"tags"`
	BaseImage     types.String `tfsdk:"base_image"`
	Platforms     types.List   `tfsdk:"platforms"`
	Package       types.String `tfsdk:"package"`
	Files         types.Map    `tfsdk:"files"`
	Entrypoint    types.List   `tfsdk:"entrypoint"`
	Cmd           types.List   `tfsdk:"cmd"`
	Env           types.Map    `tfsdk:"env"`
	User          types.String `tfsdk:"user"`
	Workdir       types.String `tfsdk:"workdir"`
	ExposedPorts  types.Set    `tfsdk:"exposed_ports"`
	Labels        types.Map    `tfsdk:"labels"`
	Digest        types.String `tfsdk:"digest"`
	Image         types.String `tfsdk:"image"`
	BaseDigest    types.String `tfsdk:"base_digest"`
	Size          types.Int64  `tfsdk:"size"`
	UploadBytes   types.Int64  `tfsdk:"upload_bytes"`
	ChangeSummary types.String `tfsdk:"change_summary"`
	Layers        types.List   `tfsdk:"layers"`

	Dockerfile   types.Object `tfsdk:"dockerfile"`
	SourceDigest types.String `tfsdk:"source_digest"`

	appImagePlatforms
	appImageOptions
	appImageRules
	appImageBills

	built *dockerfileBuild // of this plan or apply
}

type imageLayerModel struct {
	From     types.String `tfsdk:"from"`
	Platform types.String `tfsdk:"platform"`
	Digest   types.String `tfsdk:"digest"`
	DiffID   types.String `tfsdk:"diff_id"`
	Size     types.Int64  `tfsdk:"size"`
}

func imageLayerType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"from": types.StringType, "platform": types.StringType, "digest": types.StringType, "diff_id": types.StringType, "size": types.Int64Type,
	}}
}

// sortedKeys are a map's keys in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// members are the texts of a known list.
func members(list types.List) []string {
	var out []string
	for _, v := range list.Elements() {
		out = append(out, v.(types.String).ValueString())
	}
	return out
}

// decided tells that everything which the digest depends on is known.
func (m appImageModel) decided() bool {
	for _, v := range []attr.Value{
		m.BaseImage, m.Platforms, m.Package, m.Files, m.Entrypoint, m.Cmd, m.Env, m.User, m.Workdir, m.ExposedPorts, m.Labels,
		m.PlatformPackages, m.PlatformFiles, m.Java, m.Layering, m.Compression, m.Annotations, m.HealthCheck, m.StopSignal, m.BaseUpdate, m.MaxSize,
	} {
		if !wholly(v) {
			return false
		}
	}
	return settled(m.Dockerfile)
}

// wholly tells that a value and all in it are known.
func wholly(v attr.Value) bool {
	if v.IsUnknown() {
		return false
	}
	members := []attr.Value{}
	switch v := v.(type) {
	case types.List:
		members = v.Elements()
	case types.Set:
		members = v.Elements()
	case types.Map:
		for _, name := range sortedKeys(v.Elements()) {
			members = append(members, v.Elements()[name])
		}
	case types.Object:
		for _, name := range sortedKeys(v.Attributes()) {
			members = append(members, v.Attributes()[name])
		}
	}
	return !slices.ContainsFunc(members, func(m attr.Value) bool { return !wholly(m) })
}

// undecide leaves everything about the image to be known after apply.
func (m *appImageModel) undecide() {
	m.Digest, m.Image, m.BaseDigest, m.ChangeSummary = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.Size, m.UploadBytes, m.Layers = types.Int64Unknown(), types.Int64Unknown(), types.ListUnknown(imageLayerType())
	if m.SourceDigest.IsNull() && !m.Dockerfile.IsNull() {
		m.SourceDigest = types.StringUnknown()
	}
	if m.BaseImage.ValueString() == image.Scratch {
		m.BaseDigest = types.StringNull()
	}
}

// copyImage takes over everything about the image but where it lies.
func (m *appImageModel) copyImage(from appImageModel) {
	m.Digest, m.BaseDigest, m.Size, m.UploadBytes, m.ChangeSummary, m.Layers =
		from.Digest, from.BaseDigest, from.Size, from.UploadBytes, from.ChangeSummary, from.Layers
}

// locate says where the image lies, once its digest and the repository are known.
func (m *appImageModel) locate() {
	m.Image = types.StringUnknown()
	if !m.Repository.IsUnknown() && !m.Digest.IsUnknown() {
		m.Image = types.StringValue(m.Repository.ValueString() + "@" + m.Digest.ValueString())
	}
}

// describe records an image, compared with the one before if there is one.
func (m *appImageModel) describe(ctx context.Context, made *image.Image, baseDigest string, prior *appImageModel, diags *diag.Diagnostics) {
	m.Digest = types.StringValue(made.Digest.String())
	m.BaseDigest = types.StringNull()
	if baseDigest != "" {
		m.BaseDigest = types.StringValue(baseDigest)
	}
	var before []imageLayerModel
	if prior != nil {
		diags.Append(prior.Layers.ElementsAs(ctx, &before, false)...)
	}
	layers := []imageLayerModel{}
	for _, one := range made.Manifests {
		for _, p := range one.Parts {
			layers = append(layers, imageLayerModel{
				From: types.StringValue(p.From), Platform: types.StringValue(one.Platform.String()), Digest: types.StringValue(p.Digest.String()),
				DiffID: types.StringValue(p.DiffID.String()), Size: types.Int64Value(p.Size),
			})
		}
	}
	list, more := types.ListValueFrom(ctx, imageLayerType(), layers)
	diags.Append(more...)
	m.Layers, m.Size = list, types.Int64Value(made.Size())
	held := map[string]bool{}
	if prior != nil && prior.Repository.Equal(m.Repository) {
		for _, l := range before {
			held[l.Digest.ValueString()] = true
		}
	}
	upload := made.Size()
	for _, l := range layers {
		if digest := l.Digest.ValueString(); held[digest] {
			upload -= l.Size.ValueInt64()
			delete(held, digest) // counted once
		}
	}
	m.UploadBytes = types.Int64Value(upload)
	m.ChangeSummary = types.StringValue(summary(before, layers) + "; at most " + megabytes(upload) + " to upload")
}

// summary says which layers differ, by the places that users know.
func summary(before, after []imageLayerModel) string {
	if before == nil {
		return "new image"
	}
	was, is := digestsByPlace(before), digestsByPlace(after)
	var said []string
	for _, place := range sortedKeys(is) {
		switch old, known := was[place]; {
		case !known:
			said = append(said, place+" added")
		case old != is[place]:
			said = append(said, place+" changed")
		}
	}
	for _, place := range sortedKeys(was) {
		if _, still := is[place]; !still {
			said = append(said, place+" removed")
		}
	}
	if len(said) == 0 {
		return "configuration changed, layers unchanged"
	}
	if unchanged := len(is) - len(said); unchanged > 0 && len(was) == len(is) {
		said = append(said, fmt.Sprintf("%d unchanged", unchanged))
	}
	return strings.Join(said, ", ")
}

// digestsByPlace joins the digests of each place, over all platforms.
func digestsByPlace(layers []imageLayerModel) map[string]string {
	digests := map[string]string{}
	for _, l := range layers {
		digests[l.From.ValueString()] += l.Platform.ValueString() + l.Digest.ValueString() + " "
	}
	return digests
}

// megabytes words a size the way registries do.
func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// config is what the attributes say about containers.
func (m appImageModel) config(ctx context.Context, diags *diag.Diagnostics) image.Config {
	c := image.Config{User: m.User.ValueString(), Workdir: m.Workdir.ValueString()}
	var ports []string
	diags.Append(m.Entrypoint.ElementsAs(ctx, &c.Entrypoint, false)...)
	diags.Append(m.Cmd.ElementsAs(ctx, &c.Cmd, false)...)
	diags.Append(m.Env.ElementsAs(ctx, &c.Env, false)...)
	diags.Append(m.Labels.ElementsAs(ctx, &c.Labels, false)...)
	diags.Append(m.ExposedPorts.ElementsAs(ctx, &ports, false)...)
	for _, text := range ports {
		port, err := image.ParsePort(text)
		if err != nil {
			diags.AddError("Invalid port", err.Error()+".")
			return c
		}
		c.Ports = append(c.Ports, port)
	}
	slices.Sort(c.Ports)
	return m.built.under(c)
}
