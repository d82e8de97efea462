package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/cloudwatch"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// What a metric check does where nothing is configured.
const (
	metricPeriod     = time.Minute
	metricMinSamples = 1
	metricAction     = "cloudwatch:GetMetricData"
)

// metricSourceModel names a metric.
type metricSourceModel struct {
	Namespace  types.String `tfsdk:"namespace"`
	Name       types.String `tfsdk:"name"`
	Dimensions types.Map    `tfsdk:"dimensions"`
	Statistic  types.String `tfsdk:"statistic"`
	Unit       types.String `tfsdk:"unit"`
}

type metricModel struct {
	metricSourceModel
	Expression       types.String  `tfsdk:"expression"`
	Queries          types.Map     `tfsdk:"queries"`
	Period           durationValue `tfsdk:"period"`
	Window           durationValue `tfsdk:"window"`
	Comparison       types.String  `tfsdk:"comparison"`
	Threshold        types.Float64 `tfsdk:"threshold"`
	MinSamples       types.Int64   `tfsdk:"min_samples"`
	TreatMissingData types.String  `tfsdk:"treat_missing_data"`
}

func readMetric(ctx context.Context, o types.Object) (m metricModel, diags diag.Diagnostics) {
	diags = o.As(ctx, &m, basetypes.ObjectAsOptions{})
	return m, diags
}

// metricKind compares a metric with a threshold.
func metricKind() checkKind {
	return checkKind{
		attribute: schema.SingleNestedAttribute{Optional: true, Attributes: metricAttributes(),
			MarkdownDescription: "Compares a CloudWatch metric, or an expression over several, with a threshold, at the end of a step's pause and of the bake. " +
				"With too few samples, or when CloudWatch throttles, it is inconclusive: the release stays where it is and the check is asked again every minute. Needs `cloudwatch:GetMetricData`."},
		fault: func(ctx context.Context, o types.Object) (string, diag.Diagnostics) {
			m, diags := readMetric(ctx, o)
			if fault := m.fault(ctx); fault != "" || !m.Threshold.IsNull() {
				return fault, diags
			}
			return "threshold is missing. Say what a datapoint is compared with.", diags
		},
		build: func(ctx context.Context, d data, o types.Object) (verify.Named, diag.Diagnostics) {
			m, diags := readMetric(ctx, o)
			return verify.Named{Last: true, Check: m.check(ctx, d).Check()}, diags
		},
		ready: func(ctx context.Context, d data, o types.Object) error {
			m, _ := readMetric(ctx, o)
			return m.ready(ctx, d)
		},
		action: metricAction,
	}
}

// fault says what is wrong with the query.
func (m metricModel) fault(ctx context.Context) string {
	single := !m.Namespace.IsNull() || !m.Name.IsNull() || !m.Statistic.IsNull() || !m.Dimensions.IsNull() || !m.Unit.IsNull()
	switch {
	case m.Expression.IsUnknown():
	case m.Expression.IsNull() && !m.Queries.IsNull():
		return "queries need metric.expression to say what is made of them."
	case m.Expression.IsNull():
		if fault := m.missing("metric."); fault != "" {
			return fault
		}
	case single:
		return "expression replaces metric.namespace, name, dimensions, statistic and unit. Put the metric into metric.queries."
	case m.Queries.IsNull() && !m.insights():
		return fmt.Sprintf("expression = %q has no metric.queries to work on.", m.Expression.ValueString())
	}
	queries, _ := m.queries(ctx)
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		if !regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`).MatchString(name) {
			return fmt.Sprintf("queries: %q is no name for a query; CloudWatch wants a lower-case letter, then letters, digits and _.", name)
		}
		if fault := queries[name].missing("metric.queries[\"" + name + "\"]."); fault != "" {
			return fault
		}
	}
	if fault := periodFault(m.Period); fault != "" {
		return fault
	}
	if w := m.Window.Duration(); w > 0 && w < m.period() {
		return fmt.Sprintf("window = %q is shorter than its period of %s, so that it never holds a datapoint. Make it a multiple of that.", m.Window.ValueString(), spell(m.period()))
	}
	return ""
}

// missing says what a metric lacks; at is where it stands.
func (s metricSourceModel) missing(at string) string {
	for _, a := range []struct {
		name  string
		value types.String
	}{{"namespace", s.Namespace}, {"name", s.Name}, {"statistic", s.Statistic}} {
		if a.value.IsNull() {
			return fmt.Sprintf("%s%s is missing. A metric has namespace, name and statistic.", strings.TrimPrefix(at, "metric."), a.name)
		}
	}
	return ""
}

// insights reports whether the expression is a Metrics Insights query.
func (m metricModel) insights() bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(m.Expression.ValueString())), "SELECT")
}

func periodFault(p durationValue) string {
	d := p.Duration()
	short := []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}
	if d == 0 || d%time.Minute == 0 || slices.Contains(short, d) {
		return ""
	}
	return fmt.Sprintf("period = %q is none that CloudWatch has: 1, 5, 10, 20 or 30 seconds, or whole minutes.", p.ValueString())
}

func (m metricModel) queries(ctx context.Context) (out map[string]metricSourceModel, diags diag.Diagnostics) {
	if !settled(m.Queries) || m.Queries.IsNull() {
		return nil, nil
	}
	diags = m.Queries.ElementsAs(ctx, &out, false)
	return out, diags
}

func (m metricModel) period() time.Duration {
	if p := m.Period.Duration(); p > 0 {
		return p
	}
	return metricPeriod
}

// query is what CloudWatch is asked.
func (m metricModel) query(ctx context.Context) cloudwatch.Query {
	q := cloudwatch.Query{Expression: m.Expression.ValueString(), Period: m.period(), Metrics: map[string]cloudwatch.Metric{}}
	if q.Expression == "" {
		q.Metrics["metric"] = m.metric()
		return q
	}
	queries, _ := m.queries(ctx)
	for name, s := range queries {
		q.Metrics[name] = s.metric()
	}
	return q
}

func (s metricSourceModel) metric() cloudwatch.Metric {
	return cloudwatch.Metric{
		Namespace: s.Namespace.ValueString(), Name: s.Name.ValueString(), Dimensions: textMap(s.Dimensions),
		Statistic: s.Statistic.ValueString(), Unit: s.Unit.ValueString(),
	}
}

func (m metricModel) check(ctx context.Context, d data) verify.Metric {
	q := m.query(ctx)
	out := verify.Metric{
		Of: q.String(), Period: q.Period, Window: m.Window.Duration(),
		Comparison: or(m.Comparison, verify.Greater), Threshold: m.Threshold.ValueFloat64(), MinSamples: metricMinSamples,
		WhenMissing: or(m.TreatMissingData, verify.Missing), Temporary: cloudwatch.Temporary, Clock: d.Clock,
		Read: func(ctx context.Context, from, to time.Time) (verify.Series, error) {
			found, err := cloudwatch.Read(ctx, d.aws.CloudWatch(), q, from, to)
			return found, needs(err, metricAction)
		},
	}
	if out.WhenMissing == verify.NotBreaching {
		out.MinSamples = 0 // else a metric that is only written for errors would need one
	}
	if !m.MinSamples.IsNull() {
		out.MinSamples = float64(m.MinSamples.ValueInt64())
	}
	return out
}

// ready asks once, so that a query which CloudWatch refuses shows in the plan.
func (m metricModel) ready(ctx context.Context, d data) error {
	from, to := verify.Periods(d.Clock.Now(), time.Time{}, m.period(), m.period())
	if _, err := cloudwatch.Read(ctx, d.aws.CloudWatch(), m.query(ctx), from, to); err != nil && !cloudwatch.Temporary(err) {
		return err
	}
	return nil
}

// statisticFault says what is wrong with a statistic's name.
func statisticFault(text string) string {
	if regexp.MustCompile(`^(SampleCount|Average|Sum|Minimum|Maximum|IQM|(p|tm|tc|ts|wm)([0-9]{1,2}(\.[0-9]{1,10})?|100)|(PR|TM|TC|TS|WM)\([0-9.%]*:[0-9.%]*\))$`).MatchString(text) {
		return ""
	}
	return fmt.Sprintf(`%q is no statistic of CloudWatch's; give SampleCount, Average, Sum, Minimum, Maximum or a percentile such as "p99"`, text)
}
