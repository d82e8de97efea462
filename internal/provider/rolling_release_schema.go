package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Schema describes the type.
func (r *rollingReleaseResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases a version of a launch template onto an Auto Scaling group, step by step, by one native " +
			"[instance refresh](https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html): AWS runs it, watches the alarms and rolls back. " +
			"The apply succeeds only when every instance in scope serves the version. While a release is held at a step, the group itself still launches the version before. Destroying the resource forgets the release and leaves the group as it is.\n\n" +
			"Beside `hashicorp/aws`: the `aws_autoscaling_group` has no `instance_refresh` block, and ignores changes of `launch_template` and `mixed_instances_policy`." + neededNote("awsdeploy_rolling_release"),
		Attributes: releaseAttributes(ctx, rollout.DetachOnInterrupt, map[string]schema.Attribute{
			"autoscaling_group_name": schema.StringAttribute{
				Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators:          []validator.String{stringvalidator.LengthBetween(1, 255)},
				MarkdownDescription: "Name of the Auto Scaling group. Another name is another release: the resource is replaced, the group is not.",
			},
			"launch_template": schema.SingleNestedAttribute{
				Required: true, MarkdownDescription: "The launch template and the version to release. A group with a mixed instances policy keeps its policy; only the version changes.",
				Attributes: map[string]schema.Attribute{
					"id": schema.StringAttribute{Optional: true, Computed: true,
						Validators:          []validator.String{stringvalidator.ConflictsWith(path.MatchRelative().AtParent().AtName("name")), stringvalidator.LengthAtLeast(1)},
						MarkdownDescription: "Id of the launch template. Exactly one of `id` and `name` is given; the other is found out once."},
					"name": schema.StringAttribute{Optional: true, Computed: true,
						Validators:          []validator.String{stringvalidator.LengthBetween(3, 128)},
						MarkdownDescription: "Name of the launch template."},
					"version": schema.StringAttribute{Required: true, Validators: []validator.String{versionNumber{}},
						MarkdownDescription: "The version, a string that holds a number. `$Latest` and `$Default` are refused: they mean another version tomorrow, AWS cannot roll back from them, and a plan could not show what is released."},
				},
			},
			"strategy": schema.SingleNestedAttribute{
				Optional: true, MarkdownDescription: "How the release travels. Without it: all at once, launching before terminating.",
				Attributes: strategyAttributes(rollingStrategyAttributes()),
			},
			"verify": verifyAttribute(rollingVerifyDescription, sharedChecks(nil)),
		}),
	}
}

func rollingStrategyAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"strategy": schema.StringAttribute{Optional: true, Validators: []validator.String{refreshStrategy{}},
			MarkdownDescription: "How AWS updates an instance (`Strategy`): `Rolling`, by another instance. `ReplaceRootVolume` is refused: it swaps the volume under a running instance, leaves everything else of the template as it was, and knows no load balancer. Default: `Rolling`."},
		"rollback_steps": schema.ListAttribute{ElementType: types.Int64Type, Optional: true,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueInt64sAre(int64validator.Between(1, 100)), ascending{}},
			MarkdownDescription: "Steps of the way back by plan, when the version is set to `previous_version`, in percent, ascending, each followed by `pause`. Default: none, the way back takes everything at once. The roll-back of a release that failed never takes steps."},
		"progress_deadline": durationAttribute("When nothing new has become healthy for so long, over the warm-up, the release has failed. Default: no such deadline; AWS itself gives up after an hour.", time.Minute, longestWait),
		"max_failed_instances": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "When so many new instances were given up as unhealthy or failed to launch, the release has failed, at once. Default: no such limit."},
		"min_healthy_percentage": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(0, 100)},
			MarkdownDescription: "Share of the group's desired capacity that stays in service, in percent, 0 to 100 (`MinHealthyPercentage`). Default: the group's instance maintenance policy, else 100."},
		"max_healthy_percentage": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(100, 200)},
			MarkdownDescription: "Share of the group's desired capacity that may exist, in percent, 100 to 200, at most 100 above the minimum (`MaxHealthyPercentage`). Default: the group's instance maintenance policy, else 110."},
		"instance_warmup": durationAttribute("How long a new instance counts as warming up after it is in service (`InstanceWarmup`). Default: the group's default instance warm-up, else its health check grace period.", 0, 24*time.Hour),
		"skip_matching": schema.BoolAttribute{Optional: true,
			MarkdownDescription: "Leave instances alone that run the version already (`SkipMatching`). Default: true; with `steps` or `verify` it cannot be false, since a release that is resumed would begin anew."},
		"scale_in_protected_instances": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf("Ignore", "Refresh", "Wait")},
			MarkdownDescription: "What AWS does with instances that are protected from scale-in: `Ignore` leaves them out of scope, `Refresh` replaces them, `Wait` waits for an hour, then fails. Default: `Ignore` (AWS's API waits)."},
		"standby_instances": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf("Ignore", "Terminate", "Wait")},
			MarkdownDescription: "What AWS does with instances in standby: `Ignore` leaves them out of scope, `Terminate` replaces them, `Wait` waits for an hour, then fails. Default: `Ignore` (AWS's API waits)."},
	}
}

// IdentitySchema describes what names a release.
func (r *rollingReleaseResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"autoscaling_group_name": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the Auto Scaling group."},
		"region":                 identityschema.StringAttribute{OptionalForImport: true, Description: "Region of the group."},
		"account_id":             identityschema.StringAttribute{OptionalForImport: true, Description: "Account of the group."},
	}}
}
