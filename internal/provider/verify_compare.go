package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/cloudwatch"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// What is compared, by the names of Lambda's metrics.
const (
	compareErrors   = "Errors"
	compareDuration = "Duration"

	compareInvocations = 100 // default of min_invocations
	comparePercentile  = "p90"
)

type compareModel struct {
	Metric         types.String  `tfsdk:"metric"`
	Statistic      types.String  `tfsdk:"statistic"`
	MaxRatio       types.Float64 `tfsdk:"max_ratio"`
	MaxDifference  types.Float64 `tfsdk:"max_difference"`
	MinInvocations types.Int64   `tfsdk:"min_invocations"`
	Window         durationValue `tfsdk:"window"`
}

// versions are the two that share an alias, as CloudWatch knows them.
type versions struct {
	function, alias, wanted string
	previous                string // empty when there is none
}

// compareKind holds the new version against the old one.
func compareKind(v versions) checkKind {
	read := func(ctx context.Context, o types.Object) (m compareModel, diags diag.Diagnostics) {
		diags = o.As(ctx, &m, basetypes.ObjectAsOptions{})
		return m, diags
	}
	return checkKind{
		attribute: schema.SingleNestedAttribute{Optional: true, Attributes: compareAttributes(),
			MarkdownDescription: "Compares the new version with the previous one over the same minutes, at the end of a step's pause, by Lambda's metrics of the alias with the " +
				"dimension `ExecutedVersion`; at 100 percent, at the end of the bake, with the previous version's last minutes of the same length. The check fails when the new version's value is above " +
				"the previous one's times `max_ratio` plus `max_difference`. With too few invocations of either, or when CloudWatch throttles, it is inconclusive: the release stays at its step and the check is " +
				"asked again, until `timeouts` ends it. Needs `cloudwatch:GetMetricData`."},
		fault: func(ctx context.Context, o types.Object) (string, diag.Diagnostics) {
			m, diags := read(ctx, o)
			return m.fault(), diags
		},
		build: func(ctx context.Context, d data, o types.Object) (verify.Named, diag.Diagnostics) {
			m, diags := read(ctx, o)
			named := verify.Named{Last: true, Check: m.check(d, v).Check()}
			if v.previous == "" { // nothing to compare with
				named.Check = func(context.Context, rollout.Moment) (rollout.Verdict, error) {
					return rollout.Verdict{Outcome: rollout.Pass}, nil
				}
			}
			return named, diags
		},
		ready: func(ctx context.Context, d data, _ types.Object) error {
			to := d.Clock.Now().Truncate(time.Minute)
			_, err := cloudwatch.ReadEach(ctx, d.aws.CloudWatch(), []cloudwatch.Metric{v.metric(v.wanted, "Invocations", "Sum")}, time.Minute, to.Add(-time.Minute), to)
			if err != nil && !cloudwatch.Temporary(err) {
				return err
			}
			return nil
		},
		action: metricAction,
	}
}

func (m compareModel) fault() string {
	switch {
	case m.MaxRatio.IsNull() && m.MaxDifference.IsNull():
		return "max_ratio and max_difference are missing. Give one, to say how much worse than the previous version the new one may be."
	case !m.Statistic.IsNull() && !m.Metric.IsUnknown() && m.Metric.ValueString() != compareDuration:
		return fmt.Sprintf("statistic = %q is for metric = %q: of errors their share of the invocations is compared.", m.Statistic.ValueString(), compareDuration)
	}
	return ""
}

func (m compareModel) check(d data, v versions) verify.Compare {
	statistic := or(m.Statistic, comparePercentile)
	out := verify.Compare{
		Of: "errors per invocation", Unit: "%", New: "version " + v.wanted, Old: "version " + v.previous,
		Ratio: 1, Difference: m.MaxDifference.ValueFloat64(), MinInvocations: compareInvocations, Window: m.Window.Duration(),
		Temporary: cloudwatch.Temporary, Clock: d.Clock,
	}
	if !m.MaxRatio.IsNull() {
		out.Ratio = m.MaxRatio.ValueFloat64()
	}
	if !m.MinInvocations.IsNull() {
		out.MinInvocations = float64(m.MinInvocations.ValueInt64())
	}
	errors := m.Metric.ValueString() != compareDuration
	if !errors {
		out.Of, out.Unit = statistic+" of duration", "ms"
	}
	out.Read = func(ctx context.Context, old bool, from, to time.Time) (verify.Side, error) {
		version := v.wanted
		if old {
			version = v.previous
		}
		metrics := []cloudwatch.Metric{v.metric(version, "Invocations", "Sum"), v.metric(version, compareErrors, "Sum")}
		if !errors {
			metrics = []cloudwatch.Metric{v.metric(version, compareDuration, "SampleCount"), v.metric(version, compareDuration, statistic)}
		}
		found, err := cloudwatch.ReadEach(ctx, d.aws.CloudWatch(), metrics, time.Minute, from, to)
		if err != nil {
			return verify.Side{}, needs(err, metricAction)
		}
		return side(found[0], found[1], errors), nil
	}
	return out
}

// side is what a version did over some minutes: the share of errors in
// percent, or the mean of the minutes' values, weighed by their invocations.
func side(invocations, values []verify.Point, errors bool) (s verify.Side) {
	count := map[time.Time]float64{}
	for _, p := range invocations {
		count[p.At] = p.Value
		s.Invocations += p.Value
	}
	sum := 0.0
	for _, p := range values {
		if errors {
			sum += 100 * p.Value
		} else {
			sum += p.Value * count[p.At]
		}
	}
	if s.Invocations > 0 {
		s.Value = sum / s.Invocations
	}
	return s
}

// metric is one that Lambda writes for a version that an alias invokes.
func (v versions) metric(version, name, statistic string) cloudwatch.Metric {
	return cloudwatch.Metric{Namespace: "AWS/Lambda", Name: name, Statistic: statistic, Dimensions: map[string]string{
		"FunctionName": v.function, "Resource": v.function + ":" + v.alias, "ExecutedVersion": version,
	}}
}

func compareAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"metric": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(compareErrors, compareDuration)},
			MarkdownDescription: "`Errors`, as a share of the invocations in percent, or `Duration`, in milliseconds. Default: `Errors`."},
		"statistic": schema.StringAttribute{Optional: true, Validators: []validator.String{textual{compareFault}},
			MarkdownDescription: "Of `Duration`: `Average`, or a percentile such as `p99`; of each minute, and the minutes' mean weighed by their invocations. Default: `p90`."},
		"max_ratio": schema.Float64Attribute{Optional: true, Validators: []validator.Float64{float64validator.AtLeast(0)},
			MarkdownDescription: "How many times the previous version's value is allowed, such as `1.5`. Default: 1. One of `max_ratio` and `max_difference` is required."},
		"max_difference": schema.Float64Attribute{Optional: true, Validators: []validator.Float64{float64validator.AtLeast(0)},
			MarkdownDescription: "How much more is allowed on top: percentage points of errors, or milliseconds. Default: 0."},
		"min_invocations": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How often each of the two versions must have been invoked for a verdict, at least 1. Default: 100."},
		"window": durationAttribute("How far to look back. Default: to when the step arrived. A window that is longer than the pause holds what the step before did.", time.Minute, 24*time.Hour),
	}
}

// compareFault says what is wrong with a statistic to compare by.
func compareFault(text string) string {
	if fault := statisticFault(text); fault != "" {
		return fault
	}
	if text != "Average" && text[0] != 'p' {
		return fmt.Sprintf("%q cannot be put together from minutes; give Average, or a percentile such as \"p99\"", text)
	}
	return ""
}
