package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// maxAlarms is how many alarms AWS takes for one release.
const maxAlarms = 10

// releaseAttributes are the attributes that every release type has, own the
// type's own ones. onInterrupt is the type's default of on_interrupt.
func releaseAttributes(ctx context.Context, onInterrupt rollout.InterruptAction, own map[string]schema.Attribute) map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"alarms": schema.ListAttribute{
			ElementType: types.StringType, Optional: true,
			Validators: []validator.List{
				listvalidator.SizeAtMost(maxAlarms), listvalidator.UniqueValues(),
				listvalidator.ValueStringsAre(stringvalidator.LengthBetween(1, 255)),
			},
			MarkdownDescription: "Names of CloudWatch alarms, metric or composite, that stop the release when one of them goes to `ALARM`. " +
				"At most 10, as [AWS allows](https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AlarmSpecification.html).",
		},
		"alarms_firing": choice("refuse", "What to do about an alarm that is in `ALARM` before the first change: "+
			"`refuse` does not begin; `ignore` begins without those alarms, so that the fix can get out.", "refuse", "ignore"),
		"on_failure": choice(string(rollout.Rollback), "What becomes of a release that fails: `rollback` brings the previous version back, "+
			"`hold` leaves the target where it stopped.", string(rollout.Rollback), string(rollout.Hold)),
		"on_interrupt": choice(string(onInterrupt), "What Ctrl-C does: `detach` leaves the release as it is, and the next apply adopts it; "+
			"`rollback` asks for the previous version and returns; `cancel` stops the release where it is.",
			string(rollout.DetachOnInterrupt), string(rollout.RollbackOnInterrupt), string(rollout.CancelOnInterrupt)),
		"on_active": choice(string(rollout.Adopt), "What to do about a release that is under way already: `adopt` follows it when it is "+
			"the same release and fails otherwise; `wait` waits for its end, then begins; `supersede` ends it, then begins; `fail` does not begin. "+
			"A release of the very version that is wanted counts as this resource's own, interrupted one, and is adopted whatever this says.",
			string(rollout.Adopt), string(rollout.Wait), string(rollout.Supersede), string(rollout.Fail)),
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true,
			CreateDescription: timeoutDescription, UpdateDescription: timeoutDescription,
		}),
		"status": schema.StringAttribute{Computed: true, MarkdownDescription: "Where the target stands: `promoted`, `held` (at `strategy.hold_at`), " +
			"`releasing` (a release goes on that nobody follows), `unverified` (a version is live that this resource did not promote), " +
			"`rolled_back`, `failed` (left where it stopped) or `stranded` (neither the new nor the previous version has everything)."},
		"live": schema.MapAttribute{ElementType: types.Float64Type, Computed: true,
			MarkdownDescription: "What is live: the share of each version, in percent of what is in scope."},
		"previous_version": schema.StringAttribute{Computed: true, MarkdownDescription: "The version that was live before this one. Setting the version to it goes back, without pauses."},
		"schedule": schema.ListNestedAttribute{Computed: true,
			MarkdownDescription: "The steps that the release takes, as the configuration alone tells them.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"percent": schema.Int64Attribute{Computed: true, MarkdownDescription: "Share of the new version, in percent."},
				"pause":   schema.StringAttribute{Computed: true, MarkdownDescription: "How long the step is watched; at 100 percent the bake."},
			}}},
		"release_id":   schema.StringAttribute{Computed: true, MarkdownDescription: "AWS's identifier of the last release that this resource started or adopted."},
		"last_failure": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the last release failed; empty when it did not."},
	}
	for name, a := range own {
		out[name] = a
	}
	return out
}

const timeoutDescription = "How long the release may take, as a Go duration such as \"3h\". Default: twice the pauses and bake, and at least two hours. " +
	"When it runs out, a release that AWS runs goes on without us and the next apply adopts it; one that the provider runs does what on_failure says."

// strategyAttributes are the attributes of strategy that every release type has.
func strategyAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"steps": schema.ListAttribute{
			ElementType: types.Int64Type, Optional: true,
			Validators: []validator.List{
				listvalidator.SizeAtLeast(1),
				listvalidator.ValueInt64sAre(int64validator.Between(1, 100)),
				ascending{},
			},
			MarkdownDescription: "Shares of the new version before each pause, in percent, ascending, each between 1 and 100. 100 is implied as the last.",
		},
		"pause": durationAttribute("How long each step is watched. Required with `steps`.", 0, longestWait),
		"bake":  durationAttribute("How long the whole is watched before it counts.", 0, longestWait),
		"hold_at": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(1, 99)},
			MarkdownDescription: "Stop at this step, in percent, which must be one of `steps`: the apply succeeds with status `held`. Raising or removing it goes on."},
	}
	for name, a := range own {
		out[name] = a
	}
	return out
}

// choice is an optional string with a default, one of the given words.
func choice(value, description string, words ...string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(value),
		Validators:          []validator.String{stringvalidator.OneOf(words...)},
		MarkdownDescription: description + " Default: `" + value + "`.",
	}
}

// durationAttribute is an optional duration between two bounds.
func durationAttribute(description string, least, most time.Duration) schema.StringAttribute {
	return schema.StringAttribute{
		CustomType: durationType{}, Optional: true,
		Validators:          []validator.String{durationBetween(least, most)},
		PlanModifiers:       []planmodifier.String{keepSpelling()},
		MarkdownDescription: description + fmt.Sprintf(" A Go duration in whole seconds, such as `\"10m\"`, at most %s.", spell(most)),
	}
}
