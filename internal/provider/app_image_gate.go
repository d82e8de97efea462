package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/ecr"
)

// What gate.unscannable may be, and how long gate and test take by default.
const (
	unscannableFail = "fail"
	unscannableWarn = "warn"
	gateTime        = 10 * time.Minute
	testTime        = 10 * time.Minute
	mostFindings    = 10 // that an error lists
)

type gateModel struct {
	FailOn      types.String  `tfsdk:"fail_on"`
	Unscannable types.String  `tfsdk:"unscannable"`
	Timeout     durationValue `tfsdk:"timeout"`
}

type imageTestModel struct {
	Command     types.List    `tfsdk:"command"`
	Environment types.Map     `tfsdk:"environment"`
	Timeout     durationValue `tfsdk:"timeout"`
}

func gateAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Waits for ECR's scan of the image, which is pushed by its digest by then, and moves the tags only when it passes. Needs a repository of ECR. A scan is started where none is. Default: no gate.",
		Attributes: map[string]schema.Attribute{
			"fail_on": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.OneOf("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")},
				MarkdownDescription: "Least severity that is a failure: `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFORMATIONAL` or `UNDEFINED`.",
			},
			"unscannable": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(unscannableFail, unscannableWarn)},
				MarkdownDescription: "What an image is that ECR cannot scan, such as one upon `scratch`: `fail` or `warn`. Default: `fail`.",
			},
			"timeout": imageRuleTimeout("How long to wait for the scan", gateTime),
		},
	}
}

func imageTestAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Runs a command on this machine when the image is pushed by its digest, and moves the tags only when it succeeds. " +
			"The command finds the image in the variables `AWSDEPLOY_IMAGE` (`repository@sha256:…`), `AWSDEPLOY_REPOSITORY` and `AWSDEPLOY_DIGEST`. Default: no test.",
		Attributes: map[string]schema.Attribute{
			"command": schema.ListAttribute{
				Required: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
				MarkdownDescription: "Program and arguments, run without a shell in the directory where Terraform runs. An exit status other than 0 fails the apply, with the end of the output, in which the values of variables that are secret by their names (`TF_VAR_…`, `…TOKEN`, `…PASSWORD` and the like) are masked.",
			},
			"environment": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Environment variables, beside those that Terraform was started with. They are in the state: no place for secrets.",
			},
			"timeout": imageRuleTimeout("How long the command may take", testTime),
		},
	}
}

func imageRuleTimeout(what string, otherwise time.Duration) schema.Attribute {
	return schema.StringAttribute{
		Optional: true, CustomType: durationType{}, Validators: []validator.String{durationBetween(time.Second, 24*time.Hour)},
		MarkdownDescription: fmt.Sprintf("%s, such as `30m`: from `1s` to `24h`. Default: `%s`.", what, strings.TrimSuffix(otherwise.String(), "0s")),
	}
}

// checkGate refuses in the plan what could never pass.
func (r *appImageResource) checkGate(plan appImageModel, diags *diag.Diagnostics) {
	if plan.Gate.IsNull() || plan.Gate.IsUnknown() || plan.Repository.IsUnknown() || !r.known() {
		return
	}
	if host, _, _ := strings.Cut(plan.Repository.ValueString(), "/"); !r.keychain.Serves(host) {
		diags.AddAttributeError(path.Root("gate"), "Gate without scans", fmt.Sprintf(
			"`gate` waits for a scan of ECR, and `repository` is in %s, which has none: use `test` with a scanner's command, or a repository of ECR.", host))
	}
}

// judged tells that something comes between the push and the tags.
func (m appImageModel) judged() bool {
	return !m.Gate.IsNull() || !m.Test.IsNull() || !m.SBOM.IsNull()
}

// admitted pushes the image by its digest, brings its bills of materials
// beside it, and lets gate and test judge it, where there are any.
func (r *appImageResource) admitted(ctx context.Context, plan *appImageModel, maker image.Maker, made *image.Image, diags *diag.Diagnostics) bool {
	repo, err := image.ParseRepository(plan.Repository.ValueString())
	if err == nil {
		err = maker.Push(ctx, repo, nil, made)
	}
	if err != nil {
		r.addPushError(err, *plan, diags)
		return false
	}
	r.attach(ctx, plan, maker, made, diags)
	if !diags.HasError() {
		r.scan(ctx, *plan, made, diags)
	}
	if !diags.HasError() {
		r.test(ctx, *plan, made, diags)
	}
	return !diags.HasError()
}

// scan is the gate.
func (r *appImageResource) scan(ctx context.Context, plan appImageModel, made *image.Image, diags *diag.Diagnostics) {
	if plan.Gate.IsNull() {
		return
	}
	var rule gateModel
	if diags.Append(plan.Gate.As(ctx, &rule, basetypes.ObjectAsOptions{})...); diags.HasError() {
		return
	}
	if r.checkGate(plan, diags); diags.HasError() {
		return
	}
	at, _ := r.ecrRepository(plan.Repository.ValueString())
	limit := gateTime
	if !rule.Timeout.IsNull() {
		limit = rule.Timeout.Duration()
	}
	deadline := r.Clock.Now().Add(limit)
	for _, one := range made.Manifests {
		found, err := at.Scan(ctx, r.aws.ECR(), r.Clock, one.Digest.String(), deadline)
		subject := fmt.Sprintf("%s@%s (%s)", plan.Repository.ValueString(), one.Digest, one.Platform)
		switch grave := found.AtLeast(rule.FailOn.ValueString()); {
		case errors.Is(err, ecr.ErrUnscannable) && rule.Unscannable.ValueString() == unscannableWarn:
			diags.AddAttributeWarning(path.Root("gate"), "Image not scanned: "+subject, sentence(err))
		case err != nil:
			diags.AddAttributeError(path.Root("gate"), "Image not scanned", fmt.Sprintf("%s: %s\n\n%s", subject, awsapi.Describe(err), gateStands))
		case grave > 0:
			names := found.Names[:min(len(found.Names), mostFindings, int(grave))]
			diags.AddAttributeError(path.Root("gate"), "Image did not pass gate", fmt.Sprintf("The scan of %s found %d weaknesses of severity %s or graver:\n  %s\n\n%s",
				subject, grave, rule.FailOn.ValueString(), strings.Join(names, "\n  "), gateStands))
		}
	}
}

const gateStands = "The image is in the repository by its digest. No tag was moved."

// test runs the test's command.
func (r *appImageResource) test(ctx context.Context, plan appImageModel, made *image.Image, diags *diag.Diagnostics) {
	if plan.Test.IsNull() {
		return
	}
	var rule imageTestModel
	if diags.Append(plan.Test.As(ctx, &rule, basetypes.ObjectAsOptions{})...); diags.HasError() {
		return
	}
	dir, err := cache.Dir()
	if err != nil {
		diags.AddError("No cache directory", err.Error()+".")
		return
	}
	env := os.Environ()
	for _, name := range sortedKeys(rule.Environment.Elements()) {
		env = append(env, name+"="+rule.Environment.Elements()[name].(types.String).ValueString())
	}
	repository, digest := plan.Repository.ValueString(), made.Digest.String()
	env = append(env, "AWSDEPLOY_IMAGE="+repository+"@"+digest, "AWSDEPLOY_REPOSITORY="+repository, "AWSDEPLOY_DIGEST="+digest)
	limit := testTime
	if !rule.Timeout.IsNull() {
		limit = rule.Timeout.Duration()
	}
	running, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took longer than %s", limit))
	defer stop()
	log := filepath.Join(dir, "logs", "test-"+strings.TrimPrefix(digest, "sha256:")[:16]+".log")
	err = pack.Run(running, "", env, members(rule.Command), log)
	if failed, ok := errors.AsType[*pack.BuildError](err); ok && failed.Missed {
		err = fmt.Errorf("`test.command` names the program %q, which is not on this machine: %w", failed.Args[0], failed.Err)
	}
	if err != nil {
		diags.AddAttributeError(path.Root("test"), "Image did not pass test", fmt.Sprintf("%s\n\n%s", sentence(err), gateStands))
	}
}
