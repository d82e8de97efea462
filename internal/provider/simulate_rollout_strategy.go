package provider

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/simulate"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// usualReplacement is how long replacing an instance may take where nothing is
// known of the group.
const usualReplacement = 10 * time.Minute

// strategyArgument is the strategy that a function was given, member by member.
type strategyArgument struct {
	members map[string]tftypes.Value
	unknown bool
	fault   string // the first thing that is wrong
}

// simulatedMembers are those of a strategy that a simulation heeds.
func simulatedMembers() []string {
	return []string{"steps", "pause", "bake", "hold_at", "min_healthy_percentage", "max_healthy_percentage", "instance_warmup", "skip_matching", "matching", "max_size", "replacement_time"}
}

// readStrategy takes an object apart; it says what is wrong with it.
func readStrategy(ctx context.Context, given types.Dynamic) (a strategyArgument, fault string) {
	if given.IsNull() || given.IsUnderlyingValueNull() {
		return a, ""
	}
	if given.IsUnknown() || given.IsUnderlyingValueUnknown() {
		return strategyArgument{unknown: true}, ""
	}
	value, err := given.UnderlyingValue().ToTerraformValue(ctx)
	if err != nil || value.As(&a.members) != nil {
		return a, "strategy must be an object such as { steps = [10, 50], pause = \"10m\" }, or null."
	}
	heeded := simulatedMembers()
	taken := rollingStrategyAttributes()
	for name := range strategyAttributes(nil) {
		taken[name] = nil
	}
	for _, name := range sortedNames(a.members) {
		if _, ok := taken[name]; !ok && !slices.Contains(heeded, name) {
			return a, fmt.Sprintf("strategy.%s is no attribute of a strategy. A simulation heeds %s.", name, strings.Join(heeded, ", "))
		}
		a.unknown = a.unknown || slices.Contains(heeded, name) && !a.members[name].IsFullyKnown()
	}
	return a, ""
}

func sortedNames(members map[string]tftypes.Value) []string {
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// rollout is the argument as a simulation takes it.
func (a *strategyArgument) rollout(ctx context.Context, size int) (simulate.Group, simulate.Strategy, string) {
	m := a.model()
	g := simulate.Group{Desired: size, Matching: a.number("matching", 0, size).or(0), MaxSize: a.number("max_size", size, largestGroup).or(0)}
	s := simulate.Strategy{Pause: m.Pause.Duration(), Bake: m.Bake.Duration(), HoldAt: int(m.HoldAt.ValueInt64()),
		Warmup: m.InstanceWarmup.Duration(), Replacement: usualReplacement, Stepwise: !m.HoldAt.IsNull()}
	if d := a.duration("replacement_time"); !d.IsNull() {
		s.Replacement = d.Duration()
	}
	if !m.SkipMatching.IsNull() && !m.SkipMatching.ValueBool() {
		g.Matching = 0
	}
	steps, diags := m.steps(ctx)
	for _, step := range steps {
		s.Steps = append(s.Steps, step.Percent)
	}
	diags.Append(validateStrategy(ctx, m.strategyModel)...)
	diags.Append(m.validate(false)...)
	if a.fault == "" && diags.HasError() {
		a.fault = diags.Errors()[0].Detail()
	}
	s.MinHealthy, s.MaxHealthy = autoscaling.Group{}.Healthy(int32Pointer(m.MinHealthyPercentage), int32Pointer(m.MaxHealthyPercentage))
	return g, s, a.fault
}

// model is the argument as the resource's own strategy, so that both are
// judged by the same rules.
func (a *strategyArgument) model() (m rollingStrategyModel) {
	m.Steps = a.steps()
	m.Pause, m.Bake, m.InstanceWarmup = a.duration("pause"), a.duration("bake"), a.duration("instance_warmup")
	m.HoldAt = a.number("hold_at", 1, 99).Int64
	m.MinHealthyPercentage, m.MaxHealthyPercentage = a.number("min_healthy_percentage", 0, 100).Int64, a.number("max_healthy_percentage", 100, 200).Int64
	m.SkipMatching = types.BoolNull()
	if v, ok := a.given("skip_matching"); ok {
		var yes bool
		if v.As(&yes) != nil {
			a.wrong("strategy.skip_matching must be true or false.")
		}
		m.SkipMatching = types.BoolValue(yes)
	}
	return m
}

func (a *strategyArgument) given(name string) (tftypes.Value, bool) {
	v, ok := a.members[name]
	return v, ok && !v.IsNull()
}

// wrong keeps the first thing that is wrong.
func (a *strategyArgument) wrong(text string) {
	if a.fault == "" {
		a.fault = text
	}
}

func (a *strategyArgument) steps() types.List {
	v, ok := a.given("steps")
	if !ok {
		return types.ListNull(types.Int64Type)
	}
	var items []tftypes.Value
	if v.As(&items) != nil || len(items) == 0 {
		a.wrong("strategy.steps must be a list of percentages, such as [10, 50].")
	}
	var steps []attr.Value
	last := int64(0)
	for _, item := range items {
		n, ok := wholeNumber(item)
		if !ok || n < 1 || n > 100 || n <= last {
			a.wrong("strategy.steps must be whole numbers from 1 to 100 in percent, ascending, each given once, such as [10, 50].")
		}
		last = n
		steps = append(steps, types.Int64Value(n))
	}
	return types.ListValueMust(types.Int64Type, steps)
}

func (a *strategyArgument) duration(name string) durationValue {
	v, ok := a.given(name)
	if !ok {
		return durationValue{types.StringNull()}
	}
	var text string
	if v.As(&text) != nil {
		a.wrong(fmt.Sprintf("strategy.%s must be a duration in a string, such as \"10m\".", name))
	} else if fault := durationFault(text); fault != "" {
		a.wrong(fmt.Sprintf("strategy.%s: %s.", name, fault))
	}
	d := durationValue{types.StringValue(text)}
	if d.Duration() > longestWait {
		a.wrong(fmt.Sprintf("strategy.%s is %q; it must be at most %s.", name, text, spell(longestWait)))
	}
	return d
}

// argumentNumber is a number that may be left out.
type argumentNumber struct{ types.Int64 }

func (n argumentNumber) or(otherwise int) int {
	if n.IsNull() {
		return otherwise
	}
	return int(n.ValueInt64())
}

func (a *strategyArgument) number(name string, least, most int) argumentNumber {
	v, ok := a.given(name)
	if !ok {
		return argumentNumber{types.Int64Null()}
	}
	n, ok := wholeNumber(v)
	if !ok || n < int64(least) || n > int64(most) {
		a.wrong(fmt.Sprintf("strategy.%s must be a whole number from %d to %d.", name, least, most))
	}
	return argumentNumber{types.Int64Value(n)}
}

func wholeNumber(v tftypes.Value) (int64, bool) {
	var f big.Float
	if v.IsNull() || v.As(&f) != nil || !f.IsInt() {
		return 0, false
	}
	n, accuracy := f.Int64()
	return n, accuracy == big.Exact
}
