package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/ecr"
)

var (
	_ resource.ResourceWithConfigure      = (*appImageResource)(nil)
	_ resource.ResourceWithValidateConfig = (*appImageResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*appImageResource)(nil)
	_ resource.ResourceWithImportState    = (*appImageResource)(nil)
)

// digestPattern is an image's digest.
var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// NewAppImageResource is awsdeploy_app_image.
func NewAppImageResource() resource.Resource { return &appImageResource{} }

type appImageResource struct{ data }

// Metadata names the type.
func (r *appImageResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_image"
}

// Configure takes the provider's clients.
func (r *appImageResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	configure(req.ProviderData, &r.data, &resp.Diagnostics)
}

// maker makes images in the machine's cache.
func (r *appImageResource) maker() (image.Maker, error) {
	dir, err := cache.Dir()
	if err != nil {
		return image.Maker{}, err
	}
	return image.Maker{Store: image.Store{Dir: filepath.Join(dir, "images")}, Registry: r.registry}, nil
}

// Create pushes the first image.
func (r *appImageResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan appImageModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	memory, ok := r.push(ctx, &plan, nil, imageMemory{}, req.Config, &resp.Diagnostics)
	if !ok {
		return // no state: the next apply goes on where this one ended
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, imageMemoryKey, memory)...)
	r.retire(ctx, plan, nil, resp.Private, &resp.Diagnostics)
}

// Update pushes another image, or only sets tags. The one before stays.
func (r *appImageResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior appImageModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	known := rememberedImage(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	past := pastImages(ctx, req.Private, &prior, &resp.Diagnostics)
	memory, ok := r.push(ctx, &plan, &prior, known, req.Config, &resp.Diagnostics)
	if !ok {
		if without, drop := known.without(plan.built); drop {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, imageMemoryKey, without)...)
		}
		return // state keeps the image before
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, imageMemoryKey, memory)...)
	r.retire(ctx, plan, past, resp.Private, &resp.Diagnostics)
}

// push makes the planned image once more, and brings it into the repository
// only when it is the one that was planned.
func (r *appImageResource) push(ctx context.Context, plan, prior *appImageModel, known imageMemory, config tfsdk.Config, diags *diag.Diagnostics) (memory []byte, ok bool) {
	repo, err := image.ParseRepository(plan.Repository.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("repository"), "Invalid repository", sentence(err))
		return nil, false
	}
	maker, err := r.maker()
	if err != nil {
		diags.AddError("No cache directory", err.Error()+".")
		return nil, false
	}
	// What is there was admitted under the gate and the test of then.
	if prior != nil && prior.Image.Equal(plan.Image) && prior.Gate.Equal(plan.Gate) && prior.Test.Equal(plan.Test) && !plan.SBOMDigests.IsUnknown() {
		err := maker.Tag(ctx, repo, plan.Digest.ValueString(), plan.names())
		if err != nil && !image.IsMissing(err) {
			r.addPushError(err, *plan, diags)
			return nil, false
		}
		if err == nil {
			memory, err = json.Marshal(known) // nothing was made
			forgetPlan(*plan)
			return memory, err == nil
		}
	}
	made, how := r.remake(ctx, plan, prior, maker, known, config, diags)
	if diags.HasError() || made == nil {
		return nil, false
	}
	bring := maker.Push
	if plan.judged() {
		if !r.admitted(ctx, plan, maker, made, diags) {
			return nil, false
		}
		bring = maker.Name // the rest is there
	}
	r.keepTagged(ctx, *plan, prior, diags)
	if err := bring(ctx, repo, plan.names(), made); err != nil {
		r.addPushError(err, *plan, diags)
		return nil, false
	}
	forgetPlan(*plan)
	plan.built.remember(&known)
	memory, err = known.after(prior, made, how, plan.Repository.ValueString())
	if err != nil {
		diags.AddError("Image not recorded", err.Error()+".")
	}
	return memory, err == nil
}

// remake makes the image that is planned. Where the plan could not know it,
// because the package's file was not there to be read, it is recorded now.
func (r *appImageResource) remake(ctx context.Context, plan, prior *appImageModel, maker image.Maker, known imageMemory, config tfsdk.Config, diags *diag.Diagnostics) (*image.Image, madeBy) {
	if made, note := r.planned(*plan); made != nil && note.Digest == plan.Digest.ValueString() {
		return made, note.Made
	}
	packages := plan.packages()
	for _, called := range sortedKeys(packages) {
		if _, err := r.packageFile(ctx, packages[called]); err != nil {
			diags.AddAttributeError(plan.contentAttribute(), "Cannot use package", fmt.Sprintf("`%s`: %s", called, sentence(err)))
			return nil, madeBy{}
		}
	}
	plan.readDockerfile(ctx, diags)
	plan.built.lock(known)
	baseDigest := plan.BaseDigest.ValueString()
	if plan.BaseDigest.IsUnknown() {
		baseDigest, _ = r.baseDigest(ctx, *plan, prior, diags)
	}
	r.goThrough(ctx, plan, baseDigest, diags)
	contents, _ := plan.contents(ctx, diags)
	recipe := plan.recipe(ctx, contents, baseDigest, diags)
	var given appImageModel
	if diags.Append(config.Get(ctx, &given)...); diags.HasError() {
		return nil, madeBy{}
	}
	if !r.build(ctx, plan, prior, maker, &recipe, known, given.secrets(), diags) {
		return nil, madeBy{}
	}
	known.made(&recipe)
	made, err := maker.Make(ctx, recipe, known.blobs(prior))
	switch {
	case err != nil:
		r.addMakingError(err, *plan, diags)
	case plan.Digest.IsUnknown():
		plan.forTarget(made, diags)
		plan.describe(ctx, made, baseDigest, prior, diags)
		plan.locate()
	case made.Digest.String() != plan.Digest.ValueString() && plan.built.engine():
		plan.notReproduced(made, diags)
	case made.Digest.String() != plan.Digest.ValueString():
		addDrift(plan.contentAttribute(), plan.called(), &source.Drift{Changes: changesSincePlan(*plan, recipe), SameRun: true}, diags)
	}
	return made, by(recipe)
}

// Read asks whether image and tags are still there. It is no plan's business
// why a registry does not answer: then state stays as it is.
func (r *appImageResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m appImageModel
	if resp.Diagnostics.Append(req.State.Get(ctx, &m)...); resp.Diagnostics.HasError() || m.Digest.IsNull() {
		return
	}
	if !r.known() && ecr.IsHost(strings.Split(m.Repository.ValueString(), "/")[0]) {
		return // no credentials yet
	}
	repo, err := image.ParseRepository(m.Repository.ValueString())
	if err != nil {
		return // it was not so when it was written
	}
	_, err = r.registry.Digest(ctx, repo.Digest(m.Digest.ValueString()))
	switch {
	case image.IsMissing(err) && m.BaseImage.IsNull():
		resp.State.RemoveResource(ctx) // an import of what is not there
		return
	case image.IsMissing(err):
		m.Digest, m.Image = types.StringNull(), types.StringNull() // the next plan pushes it again
	case err != nil:
		resp.Diagnostics.AddWarning("Image not checked: "+m.Image.ValueString(), fmt.Sprintf(
			"Whether it is still in the registry cannot be told, so it is taken to be: %s", sentence(err)))
		return
	}
	kept := []attr.Value{}
	for _, tag := range members(m.Tags) {
		found, err := r.registry.Digest(ctx, repo.Tag(tag))
		if err == nil && found.String() == m.Digest.ValueString() || err != nil && !image.IsMissing(err) {
			kept = append(kept, types.StringValue(tag))
		}
	}
	r.lookForBills(ctx, &m)
	if !m.Tags.IsNull() {
		m.Tags = types.ListValueMust(types.StringType, kept)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// Delete forgets. What was pushed may be running anywhere.
func (r *appImageResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState takes repository@digest.
func (r *appImageResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	repository, digest, _ := strings.Cut(req.ID, "@")
	if _, err := image.ParseRepository(repository); err != nil || !digestPattern.MatchString(digest) {
		resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf("%q: write the image by its digest, registry.example.com/team/app@sha256:….", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("repository"), repository)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("digest"), digest)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("image"), req.ID)...)
}
