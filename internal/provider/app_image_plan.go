package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// ModifyPlan works out the image's digest. It reads files and the base, and
// pushes nothing.
func (r *appImageResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroying
	}
	var plan appImageModel
	var prior *appImageModel // nil when there is none
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	var platforms types.List
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("platforms"), &platforms)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.derivePlatforms(platforms)
	r.checkGate(plan, &resp.Diagnostics)
	r.plan(ctx, &plan, prior, rememberedImage(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	plan.planBills(prior)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
}

func (r *appImageResource) plan(ctx context.Context, plan, prior *appImageModel, memory imageMemory, diags *diag.Diagnostics) {
	plan.SourceDigest = types.StringNull()
	if !plan.decided() {
		plan.undecide()
		return
	}
	if plan.readDockerfile(ctx, diags); diags.HasError() {
		return
	}
	plan.built.lock(memory)
	if r.planAgain(ctx, plan, prior, diags) {
		return
	}
	contents, pending := plan.contents(ctx, diags)
	if diags.HasError() {
		return
	}
	baseDigest, ok := r.baseDigest(ctx, *plan, prior, diags)
	if !ok {
		plan.undecide() // an error, or no credentials yet
		return
	}
	if plan.built != nil {
		if !r.goThrough(ctx, plan, baseDigest, diags) {
			plan.undecide()
			return
		}
		contents = imageContents{common: plan.built.built.Contents}
	}
	plan.SourceDigest = plan.built.source()
	recipe := plan.recipe(ctx, contents, baseDigest, diags)
	if diags.HasError() {
		return
	}
	switch same := memory.made(&recipe) && prior != nil && !prior.Digest.IsNull() && (plan.Target.Equal(prior.Target) || plan.Target.ValueString() != targetLambda); {
	case same && prior.Repository.Equal(plan.Repository):
		plan.copyImage(*prior)
	case same:
		plan.copyImage(*prior)
		plan.UploadBytes = prior.Size
		plan.ChangeSummary = types.StringValue("the same image into another repository; at most " + megabytes(prior.Size.ValueInt64()) + " to upload")
	default:
		r.planImage(ctx, plan, prior, recipe, memory, pending, diags)
	}
	if diags.HasError() || plan.Digest.IsUnknown() && !plan.built.engine() {
		return
	}
	plan.locate()
	plan.planBills(prior)
	r.compareSources(*plan, recipe, prior == nil || !plan.sameAs(*prior), diags)
}

// planImage plans another image than the one before.
func (r *appImageResource) planImage(ctx context.Context, plan, prior *appImageModel, recipe image.Recipe, memory imageMemory, pending bool, diags *diag.Diagnostics) {
	maker, err := r.maker()
	if err != nil {
		diags.AddError("No cache directory", err.Error()+".")
		return
	}
	if plan.built.engine() {
		recipe.Built = plan.built.before(maker, memory, recipe.Compression)
	}
	made, err := maker.Make(ctx, recipe, memory.blobs(prior))
	switch {
	case errors.Is(err, image.ErrUnbuilt):
		plan.pendBuild(recipe.BaseDigest, diags)
	case errors.Is(err, image.ErrGone) && pending:
		// The package's resource makes its file before this one is applied.
		plan.undecide()
	case errors.Is(err, image.ErrRefused) && !r.known():
		plan.undecide() // the base asks for credentials that are not known yet
	case err != nil:
		r.addMakingError(err, *plan, diags)
	case prior != nil && prior.Digest.ValueString() == made.Digest.String() && prior.Repository.Equal(plan.Repository):
		plan.copyImage(*prior) // by another way
	default:
		plan.describe(ctx, made, recipe.BaseDigest, prior, diags)
	}
	if err == nil {
		plan.forTarget(made, diags)
		r.keepPlanned(*plan, made, recipe, diags)
	}
}

// contents reads what goes into the image. Pending says that a package is
// known by its digest alone: its file is not on this machine, or not yet.
func (m appImageModel) contents(ctx context.Context, diags *diag.Diagnostics) (all imageContents, pending bool) {
	if m.built != nil {
		return imageContents{common: m.built.built.Contents}, false
	}
	if all.own, pending = m.own(ctx, diags); !m.Package.IsNull() {
		var c image.Content
		c, pending = m.readPackage(ctx, "package", m.Package.ValueString(), diags)
		all.common = []image.Content{c}
		return all, pending
	}
	all.common = m.readFiles(ctx, "files", m.Files, diags)
	return all, pending
}

// baseDigest is what the base is locked to, or what its name means now.
func (r *appImageResource) baseDigest(ctx context.Context, plan appImageModel, prior *appImageModel, diags *diag.Diagnostics) (string, bool) {
	locked := prior != nil && prior.BaseImage.Equal(plan.BaseImage) && !prior.BaseDigest.IsNull()
	if locked && plan.BaseUpdate.ValueString() != baseTrack {
		return prior.BaseDigest.ValueString(), true
	}
	digest, err := r.registry.BaseDigest(ctx, plan.BaseImage.ValueString())
	if err == nil {
		return digest, true
	}
	waiting := errors.Is(err, image.ErrRefused) && !r.known()
	said := sentence(err) + r.wayIn(err, plan.BaseImage.ValueString())
	switch {
	case locked && !waiting:
		diags.AddAttributeWarning(path.Root("base_image"), "Base not looked up: "+plan.BaseImage.ValueString(),
			"Whether it was updated cannot be told, so the image stays on the base that it has. "+said)
		fallthrough
	case locked:
		return prior.BaseDigest.ValueString(), true
	case !waiting:
		diags.AddAttributeError(path.Root("base_image"), "Cannot use base image", said)
	}
	return "", false
}

// recipe is what the digest depends on.
func (m appImageModel) recipe(ctx context.Context, contents imageContents, baseDigest string, diags *diag.Diagnostics) image.Recipe {
	recipe := image.Recipe{Base: m.BaseImage.ValueString(), BaseDigest: baseDigest, Contents: contents.common, Own: contents.own, Config: m.config(ctx, diags)}
	for _, v := range m.Platforms.Elements() {
		p, err := image.ParsePlatform(v.(types.String).ValueString())
		if err != nil {
			diags.AddAttributeError(path.Root("platforms"), "Invalid platform", sentence(err))
			return recipe
		}
		recipe.Platforms = append(recipe.Platforms, p)
	}
	m.apply(ctx, &recipe, diags)
	return recipe
}

// sameAs tells that applying the plan changes nothing.
func (m appImageModel) sameAs(prior appImageModel) bool {
	return m.Digest.Equal(prior.Digest) && m.Image.Equal(prior.Image) && m.Tags.Equal(prior.Tags) && m.SBOMDigests.Equal(prior.SBOMDigests)
}
