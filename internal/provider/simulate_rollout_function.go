package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/simulate"
)

var _ function.Function = (*simulateRolloutFunction)(nil)

// NewSimulateRolloutFunction is provider::awsdeploy::simulate_rollout.
func NewSimulateRolloutFunction() function.Function { return &simulateRolloutFunction{} }

// simulateRolloutFunction tells what a release onto a group of some size does.
// It asks nobody: the same arguments give the same result.
type simulateRolloutFunction struct{}

// Metadata names the function.
func (*simulateRolloutFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "simulate_rollout"
}

// Definition describes arguments and result.
func (*simulateRolloutFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "What a rolling release onto a group of this size does",
		MarkdownDescription: "Works out the bounds of a release by `awsdeploy_rolling_release` onto an Auto Scaling group, without asking AWS: " +
			"the batches in which it is replaced, how many instances are in service meanwhile, the steps that the group is too small to pause at, and the shortest and longest duration. " +
			"Where AWS's documentation leaves open how it counts, the bounds hold for each reading. Events in the middle of a release (an instance that fails, a change of the desired capacity) are not foreseen.\n\n" +
			"The result is an object:\n\n" +
			"- `steps` (list of objects): `percent`; `instances`, how many run the new version when the step has arrived; `replaced`, by this step; `batches`, the fewest that this takes; `paused`, whether the release waits there.\n" +
			"- `batches` (list of objects): `percent`, the step that the batch belongs to; `instances`; `least_in_service` and `most_in_service` meanwhile.\n" +
			"- `skipped` (list of numbers): the steps, in percent, without a pause of their own, because one instance takes the group over the next step too.\n" +
			"- `least_in_service`, `most_in_service` (numbers): the fewest and the most instances of the whole release, whichever way AWS counts.\n" +
			"- `shortest`, `longest` (strings): durations such as `\"1h30m\"`; `shortest_seconds`, `longest_seconds` (numbers): the same in seconds. The shortest counts warm-ups, pauses and bake, as if instances booted in no time; the longest also `replacement_time` for each batch.",
		Parameters: []function.Parameter{
			function.Int64Parameter{Name: "size", MarkdownDescription: "How many instances the group has: its desired capacity, from 0 to 10000."},
			function.DynamicParameter{Name: "strategy", AllowNullValue: true, AllowUnknownValues: true,
				MarkdownDescription: "An object with the attributes of `strategy` of `awsdeploy_rolling_release`, each optional: `steps`, `pause`, `bake`, `hold_at`, `min_healthy_percentage` (default 100), " +
					"`max_healthy_percentage` (default 110), `instance_warmup` (default `\"0s\"`, since the group's own is not known here), `skip_matching`; others of its attributes are taken and change nothing. `null` is the default strategy. " +
					"Three more say what the group is like: `matching`, how many instances run the version already (default 0); `max_size`, the most that the group may have (default: no limit); " +
					"`replacement_time`, how long it takes at most to replace one instance besides the warm-up (default `\"10m\"`)."},
		},
		Return: function.ObjectReturn{AttributeTypes: boundsTypes()},
	}
}

// Run works the bounds out.
func (*simulateRolloutFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var size int64
	var given types.Dynamic
	if resp.Error = function.ConcatFuncErrors(resp.Error, req.Arguments.Get(ctx, &size, &given)); resp.Error != nil {
		return
	}
	if size < 0 || size > largestGroup {
		resp.Error = function.NewArgumentFuncError(0, "size must be the number of instances, from 0 to 10000.")
		return
	}
	a, fault := readStrategy(ctx, given)
	switch {
	case fault != "":
		resp.Error = function.NewArgumentFuncError(1, fault)
		return
	case a.unknown:
		resp.Error = resp.Result.Set(ctx, types.ObjectUnknown(boundsTypes()))
		return
	}
	group, strategy, fault := a.rollout(ctx, int(size))
	if fault != "" {
		resp.Error = function.NewArgumentFuncError(1, fault)
		return
	}
	resp.Error = resp.Result.Set(ctx, boundsValue(simulate.Rollout(group, strategy)))
}

// largestGroup is a size that no group has.
const largestGroup = 10000

func boundsTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"steps":            types.ListType{ElemType: types.ObjectType{AttrTypes: simulatedStepTypes()}},
		"batches":          types.ListType{ElemType: types.ObjectType{AttrTypes: batchTypes()}},
		"skipped":          types.ListType{ElemType: types.Int64Type},
		"least_in_service": types.Int64Type, "most_in_service": types.Int64Type,
		"shortest": types.StringType, "longest": types.StringType,
		"shortest_seconds": types.Int64Type, "longest_seconds": types.Int64Type,
	}
}

func simulatedStepTypes() map[string]attr.Type {
	return map[string]attr.Type{"percent": types.Int64Type, "instances": types.Int64Type, "replaced": types.Int64Type, "batches": types.Int64Type, "paused": types.BoolType}
}

func batchTypes() map[string]attr.Type {
	return map[string]attr.Type{"percent": types.Int64Type, "instances": types.Int64Type, "least_in_service": types.Int64Type, "most_in_service": types.Int64Type}
}

func boundsValue(b simulate.Bounds) types.Object {
	var steps, batches, skipped []attr.Value
	for _, s := range b.Steps {
		steps = append(steps, types.ObjectValueMust(simulatedStepTypes(), map[string]attr.Value{
			"percent": whole(s.Percent), "instances": whole(s.Instances), "replaced": whole(s.Replaced), "batches": whole(s.Batches), "paused": types.BoolValue(s.Paused)}))
	}
	for _, a := range b.Batches {
		batches = append(batches, types.ObjectValueMust(batchTypes(), map[string]attr.Value{
			"percent": whole(a.Percent), "instances": whole(a.Instances), "least_in_service": whole(a.Least), "most_in_service": whole(a.Most)}))
	}
	for _, p := range b.Skipped {
		skipped = append(skipped, whole(p))
	}
	return types.ObjectValueMust(boundsTypes(), map[string]attr.Value{
		"steps":            types.ListValueMust(types.ObjectType{AttrTypes: simulatedStepTypes()}, steps),
		"batches":          types.ListValueMust(types.ObjectType{AttrTypes: batchTypes()}, batches),
		"skipped":          types.ListValueMust(types.Int64Type, skipped),
		"least_in_service": whole(b.Least), "most_in_service": whole(b.Most),
		"shortest": types.StringValue(spell(b.Shortest)), "longest": types.StringValue(spell(b.Longest)),
		"shortest_seconds": whole(int(b.Shortest.Seconds())), "longest_seconds": whole(int(b.Longest.Seconds())),
	})
}

func whole(n int) types.Int64 { return types.Int64Value(int64(n)) }
