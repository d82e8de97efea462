package emulator

import (
	"math"
	"slices"
	"strings"
	"time"
)

// isStatistic tells the statistics that every metric has.
func isStatistic(name string) bool {
	return slices.Contains([]string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}, name)
}

func (c *call) putMetricData(in values) (values, error) {
	if in.has("EntityMetricData") {
		return nil, refuse("InvalidParameterValue", "EntityMetricData is not supported by this emulator.")
	}
	if strings.HasPrefix(in.str("Namespace"), "AWS/") {
		return nil, refuse("InvalidParameterValue", "The value %s for parameter Namespace is invalid.", in.str("Namespace"))
	}
	data := in.structs("MetricData")
	if len(data) == 0 {
		return nil, refuse("MissingParameter", "The parameter MetricData is required.")
	}
	if len(data) > 1000 {
		return nil, refuse("InvalidParameterValue", "The collection MetricData must not have a size greater than 1000.")
	}
	for _, d := range data { // all or nothing
		if err := c.checkDatum(d); err != nil {
			return nil, err
		}
	}
	for _, d := range data {
		c.store(in.str("Namespace"), d)
	}
	return values{}, nil
}

func (c *call) checkDatum(d values) error {
	given := 0
	for _, member := range [...]string{"Value", "StatisticValues", "Values"} {
		if d.has(member) {
			given++
		}
	}
	if given != 1 {
		return refuse("InvalidParameterCombination", "Exactly one of Value, Values and StatisticValues must be specified for %s.", d.str("MetricName"))
	}
	if v := d.number("Value"); math.IsNaN(v) || math.Abs(v) > math.Pow(2, 360) {
		return refuse("InvalidParameterValue", "The value %v for parameter MetricData.member.Value is invalid.", v)
	}
	if d.has("Counts") && len(d.list("Counts")) != len(d.list("Values")) {
		return refuse("InvalidParameterValue", "Values and Counts must have the same size.")
	}
	if len(d.list("Values")) > 150 {
		return refuse("InvalidParameterValue", "At most 150 values can be specified for one metric.")
	}
	if r := d.integer("StorageResolution"); d.has("StorageResolution") && r != 1 && r != 60 {
		return refuse("InvalidParameterValue", "StorageResolution must be 1 or 60: %d", r)
	}
	// Two weeks back and two hours ahead.
	if at, given := d["Timestamp"].(time.Time); given && (at.Before(c.now.AddDate(0, 0, -14)) || at.After(c.now.Add(2*time.Hour))) {
		return refuse("InvalidParameterValue", "The parameter MetricData.member.Timestamp must specify a time within the past two weeks or the next two hours.")
	}
	return nil
}

func (c *call) store(namespace string, d values) {
	at, given := d["Timestamp"].(time.Time)
	if !given {
		at = c.now
	}
	resolution := time.Minute
	if d.integer("StorageResolution") == 1 {
		resolution = time.Second
	}
	unit := d.str("Unit")
	if unit == "" {
		unit = "None"
	}
	bucket := c.region.cloudwatch.seriesOf(namespace, d.str("MetricName"), readDimensions(d)).bucket(at.Truncate(resolution), unit)
	if set := d.sub("StatisticValues"); set != nil {
		bucket.merge(set.number("Sum"), set.number("SampleCount"), set.number("Minimum"), set.number("Maximum"))
		return
	}
	if d.has("Value") {
		bucket.add(d.number("Value"), 1)
		return
	}
	counts := d.list("Counts")
	for i, v := range d.list("Values") {
		count := 1.0
		if len(counts) > 0 {
			count, _ = counts[i].(float64)
		}
		value, _ := v.(float64)
		bucket.add(value, count)
	}
}

// requestedSpan is StartTime and EndTime, rounded down to whole minutes, or to
// the period when that is shorter.
func requestedSpan(in values, period time.Duration) (from, to time.Time, err error) {
	from, _ = in["StartTime"].(time.Time)
	to, _ = in["EndTime"].(time.Time)
	if !from.Before(to) {
		return from, to, refuse("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
	}
	return from.Truncate(min(period, time.Minute)), to, nil
}

// getMetricData answers each query. It gives no partial answers: more
// datapoints than MaxDatapoints are refused.
func (c *call) getMetricData(in values) (values, error) {
	set, err := readQueries(in.structs("MetricDataQueries"))
	if err != nil {
		return nil, err
	}
	limit := 100800
	if in.has("MaxDatapoints") {
		limit = in.integer("MaxDatapoints")
	}
	rows := []any{}
	for _, q := range set.returned() {
		from, to, err := requestedSpan(in, q.period)
		if err != nil {
			return nil, err
		}
		points := q.points(c.region.cloudwatch, from, to)
		if in.str("ScanBy") != "TimestampAscending" {
			slices.Reverse(points)
		}
		if limit -= len(points); limit < 0 {
			return nil, refuse("ValidationError", "More than MaxDatapoints datapoints are not supported by this emulator.")
		}
		rows = append(rows, q.result(points))
	}
	return values{"MetricDataResults": rows, "Messages": []any{}}, nil
}

func (q *metricQuery) result(points []datapoint) values {
	label := q.label
	switch {
	case label != "":
	case q.formula != nil:
		label = q.id
	default:
		label = q.name
	}
	times, numbers := []any{}, []any{}
	for _, p := range points {
		times, numbers = append(times, p.at), append(numbers, p.value)
	}
	return values{"Id": q.id, "Label": label, "Timestamps": times, "Values": numbers, "StatusCode": "Complete"}
}

func (c *call) getMetricStatistics(in values) (values, error) {
	period := time.Duration(in.integer("Period")) * time.Second
	from, to, err := requestedSpan(in, period)
	if err != nil {
		return nil, refuse("InvalidParameterCombination", "The parameter StartTime must be less than the parameter EndTime.")
	}
	wanted, percentiles := in.strings("Statistics"), in.strings("ExtendedStatistics")
	if len(wanted)+len(percentiles) == 0 {
		return nil, refuse("MissingParameter", "Must specify either Statistics or ExtendedStatistics.")
	}
	for _, p := range percentiles {
		if _, ok := percentile(p); !ok {
			return nil, refuse("InvalidParameterValue", "The value %s for parameter ExtendedStatistics is not supported by this emulator.", p)
		}
	}
	if to.Sub(from)/period > 1440 {
		return nil, refuse("InvalidParameterCombination", "You have requested more than 1,440 datapoints. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.")
	}
	m := c.region.cloudwatch.series[seriesKey(in.str("Namespace"), in.str("MetricName"), readDimensions(in))]
	rows := []any{}
	for t := from; t.Before(to); t = t.Add(period) {
		b := m.between(t, t.Add(period), in.str("Unit"))
		if b == nil {
			continue
		}
		row, extended := values{"Timestamp": t, "Unit": b.unit}, values{}
		for _, s := range wanted {
			row[s], _ = b.statistic(s)
		}
		for _, p := range percentiles {
			if v, ok := b.statistic(p); ok {
				extended[p] = v
			}
		}
		if len(extended) > 0 {
			row["ExtendedStatistics"] = extended
		}
		rows = append(rows, row)
	}
	return values{"Label": in.str("MetricName"), "Datapoints": rows}, nil
}

func (c *call) listMetrics(in values) (values, error) {
	var matching []*metricSeries
	for _, key := range sortedKeys(c.region.cloudwatch.series) {
		if m := c.region.cloudwatch.series[key]; m.matches(in, c.now) {
			matching = append(matching, m)
		}
	}
	from, to, next, err := cloudwatchPage(in, "", 500, len(matching))
	if err != nil {
		return nil, refuse("InvalidParameterValue", "The next token specified is invalid.")
	}
	rows := []any{}
	for _, m := range matching[from:to] {
		dims := []any{}
		for _, name := range sortedKeys(m.dimensions) {
			dims = append(dims, values{"Name": name, "Value": m.dimensions[name]})
		}
		rows = append(rows, values{"Namespace": m.namespace, "MetricName": m.name, "Dimensions": dims})
	}
	out := values{"Metrics": rows}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// matches reports whether ListMetrics asks for the series.
func (m *metricSeries) matches(in values, now time.Time) bool {
	for _, d := range in.structs("Dimensions") {
		value, has := m.dimensions[d.str("Name")]
		if !has || d.has("Value") && value != d.str("Value") {
			return false
		}
	}
	if in.has("RecentlyActive") && (len(m.buckets) == 0 || m.buckets[len(m.buckets)-1].at.Before(now.Add(-3*time.Hour))) {
		return false
	}
	return (!in.has("Namespace") || m.namespace == in.str("Namespace")) &&
		(!in.has("MetricName") || m.name == in.str("MetricName"))
}
