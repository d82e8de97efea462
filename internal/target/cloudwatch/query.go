package cloudwatch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Query asks for one metric, or for an expression over several.
type Query struct {
	// Metrics are the metrics, by the names that the expression calls them.
	// Without an expression there is one, whatever its name.
	Metrics map[string]Metric
	// Expression is metric math over the metrics, or a Metrics Insights query.
	Expression string
	Period     time.Duration
}

// Metric names a metric and a statistic of it.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	// Statistic is Average, Sum, …, or a percentile such as p99.
	Statistic string
	Unit      string // empty is any
}

// String words a query for a person.
func (q Query) String() string {
	if q.Expression != "" {
		return fmt.Sprintf("expression %q", q.Expression)
	}
	for _, m := range q.Metrics {
		return m.String()
	}
	return "no metric"
}

// String words a metric with its statistic.
func (m Metric) String() string {
	text := fmt.Sprintf("%s of %s %s", m.Statistic, m.Namespace, m.Name)
	var dims []string
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dims = append(dims, name+"="+m.Dimensions[name])
	}
	if len(dims) > 0 {
		text += " (" + strings.Join(dims, ", ") + ")"
	}
	return text
}

// resultID names what is compared, samplesID what counts its samples.
const (
	resultID  = "awsdeploy_result"
	samplesID = "awsdeploy_samples_"
)

// queries are q as CloudWatch takes it: the result, and for each metric how
// many samples it has.
func (q Query) queries() []types.MetricDataQuery {
	var out []types.MetricDataQuery
	for n, name := range slices.Sorted(maps.Keys(q.Metrics)) {
		m := q.Metrics[name]
		id, wanted := name, false
		if q.Expression == "" {
			id, wanted = resultID, true
		}
		out = append(out, q.stat(id, m, m.Statistic, wanted), q.stat(fmt.Sprint(samplesID, n), m, "SampleCount", true))
	}
	if q.Expression != "" {
		e := types.MetricDataQuery{Id: aws.String(resultID), Expression: &q.Expression, ReturnData: aws.Bool(true)}
		if len(q.Metrics) == 0 {
			e.Period = q.seconds() // a Metrics Insights query has no metric to take it from
		}
		out = append(out, e)
	}
	return out
}

func (q Query) seconds() *int32 { return aws.Int32(int32(q.Period / time.Second)) }

func (q Query) stat(id string, m Metric, statistic string, wanted bool) types.MetricDataQuery {
	metric := &types.Metric{Namespace: aws.String(m.Namespace), MetricName: aws.String(m.Name)}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		metric.Dimensions = append(metric.Dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(m.Dimensions[name])})
	}
	return types.MetricDataQuery{Id: aws.String(id), ReturnData: aws.Bool(wanted), MetricStat: &types.MetricStat{
		Metric: metric, Period: q.seconds(), Stat: aws.String(statistic), Unit: types.StandardUnit(m.Unit),
	}}
}
