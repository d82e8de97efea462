package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
)

// ModifyPlan leaves the version to be known after apply exactly when applying
// publishes.
func (r *functionVersionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroying
	}
	var plan functionVersionModel
	var prior *functionVersionModel // nil when there is none
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r.planDigest(&plan, prior, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if prior != nil && prior.FunctionName.Equal(plan.FunctionName) && !r.publishes(ctx, plan, *prior, &resp.Diagnostics) {
		plan.Version, plan.QualifiedARN, plan.CodeSHA256 = prior.Version, prior.QualifiedARN, prior.CodeSHA256
	} else {
		plan.forget()
		r.checkFunction(ctx, plan, &resp.Diagnostics)
		if r.known() && !plan.FunctionName.IsUnknown() {
			r.previewPrune(ctx, plan, &resp.Diagnostics)
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// planDigest plans the code's digest: read from a file, kept where the same
// name still means the same code, and else told by Lambda.
func (r *functionVersionResource) planDigest(plan, prior *functionVersionModel, diags *diag.Diagnostics) {
	switch {
	case plan.Filename.IsUnknown():
		plan.CodeSHA256 = types.StringUnknown()
	case !plan.Filename.IsNull():
		file := packageHere(plan.Filename.ValueString())
		archive, err := readArchive(file, !plan.Upload.IsNull())
		digest := archive.digest()
		if _, missing := os.Stat(file); errors.Is(missing, fs.ErrNotExist) {
			if packaged, ok := packagedDigest(file); ok { // a package that this machine has not made yet
				digest, err = packaged, nil
			}
		}
		if err != nil {
			diags.AddAttributeError(path.Root("filename"), "Cannot use archive", err.Error()+".")
			return
		}
		plan.CodeSHA256 = types.StringValue(digest)
	case prior != nil && plan.FunctionName.Equal(prior.FunctionName) &&
		(prior.imported() || plan.sameSource(*prior) && plan.Triggers.Equal(prior.Triggers)):
		plan.CodeSHA256 = prior.CodeSHA256
	default:
		plan.CodeSHA256 = types.StringUnknown()
	}
}

// publishes tells whether applying the plan publishes a version.
func (r *functionVersionResource) publishes(ctx context.Context, plan, prior functionVersionModel, diags *diag.Diagnostics) bool {
	if !plan.CodeSHA256.Equal(prior.CodeSHA256) || !plan.Triggers.Equal(prior.Triggers) {
		return true
	}
	describes := !plan.Description.Equal(prior.Description) && !plan.Description.IsNull()
	if !r.known() {
		return describes
	}
	name := plan.FunctionName.ValueString()
	published, err := r.functions().Find(ctx, name, prior.Version.ValueString())
	latest := published
	if err == nil {
		latest, err = r.functions().Find(ctx, name, lambdafunction.Latest)
	}
	if err != nil {
		diags.AddWarning(fmt.Sprintf("Function %s not compared", name), fmt.Sprintf(
			"Whether its settings changed since version %s was published cannot be told: %s.", prior.Version.ValueString(), awsapi.Describe(err)))
		return describes
	}
	if changed := latest.Changed(published); len(changed) > 0 {
		diags.AddWarning(fmt.Sprintf("Function %s changed", name), fmt.Sprintf(
			"Settings differ from those of version %s, so another version is published: %s.", prior.Version.ValueString(), strings.Join(changed, ", ")))
		return true
	}
	return describes && plan.Description.ValueString() != published.Description
}

// checkFunction refuses what Lambda would refuse at apply.
func (r *functionVersionResource) checkFunction(ctx context.Context, plan functionVersionModel, diags *diag.Diagnostics) {
	if !r.known() || plan.FunctionName.IsUnknown() {
		return
	}
	name := plan.FunctionName.ValueString()
	latest, err := r.functions().Find(ctx, name, lambdafunction.Latest)
	switch {
	case awsapi.IsNotFound(err): // the same apply may create it
		diags.AddAttributeWarning(path.Root("function_name"), fmt.Sprintf("Function %s does not exist yet", name), fmt.Sprintf(
			"There is no function %q in %s. Unless this apply creates it before, publishing will fail.", name, r.aws.Region))
	case err != nil:
		diags.AddWarning(fmt.Sprintf("Function %s not checked", name), awsapi.Describe(err)+".")
	case latest.IsImage && plan.ImageURI.IsNull():
		diags.AddAttributeError(path.Root("function_name"), "Function takes images", fmt.Sprintf(
			"Function %s has package type Image, which never changes: give image_uri instead of an archive.", name))
	case !latest.IsImage && !plan.ImageURI.IsNull():
		diags.AddAttributeError(path.Root("image_uri"), "Function takes archives", fmt.Sprintf(
			"Function %s has package type Zip, which never changes: give filename or s3_bucket instead of image_uri.", name))
	default:
		r.checkObject(ctx, plan, diags)
	}
}

// checkObject warns of an object that is not there; the same apply may put it
// there.
func (r *functionVersionResource) checkObject(ctx context.Context, plan functionVersionModel, diags *diag.Diagnostics) {
	if plan.S3Bucket.IsNull() || plan.S3Bucket.IsUnknown() || plan.S3Key.IsUnknown() || plan.S3ObjectVersion.IsUnknown() {
		return
	}
	at := artifactstore.Object{Bucket: plan.S3Bucket.ValueString(), Key: plan.S3Key.ValueString(), Version: plan.S3ObjectVersion.ValueString()}
	if _, err := (artifactstore.Store{Client: r.aws.S3()}).Find(ctx, at); awsapi.IsNotFound(err) {
		diags.AddAttributeWarning(path.Root("s3_key"), fmt.Sprintf("No object %s yet", at.Key), fmt.Sprintf(
			"There is no such object in bucket %s. Unless this apply puts it there before, publishing will fail.", at.Bucket))
	}
}
