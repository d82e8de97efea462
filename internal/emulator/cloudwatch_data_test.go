package emulator

import (
	"fmt"
	"testing"
	"time"
)

func TestGetMetricData(t *testing.T) {
	d := driveCloudWatch(t)
	for minute := range 4 {
		d.datum("Errors", float64(minute))
		if minute != 2 {
			d.datum("Requests", 10)
		}
		d.pass(time.Minute)
	}
	query := func(id, metric string) values {
		return values{"Id": id, "ReturnData": false, "MetricStat": values{"Period": 60, "Stat": "Sum",
			"Metric": values{"Namespace": "Shop", "MetricName": metric}}}
	}
	for expression, want := range map[string]string{
		"e":                 "[0 1 2 3]",
		"e/r*100":           "[0 10 30]", // no requests in the third minute
		"-e+2*(r-5)^2":      "[50 49 47]",
		"FILL(r,1)-e":       "[10 9 -1 7]",
		"IF(e>1, e, 0)":     "[0 0 2 3]",
		"10/e":              "[10 5 3.3333333333333335]", // a division by zero is no datapoint
		"e>=2":              "[0 0 1 1]",
		"7":                 "[7 7 7 7]",
		"IF(1<2, e, r) - 1": "[-1 0 1 2]",
	} {
		out := d.must("GetMetricData", values{"StartTime": driveStart(), "EndTime": driveStart().Add(4 * time.Minute), "ScanBy": "TimestampAscending",
			"MetricDataQueries": []any{query("e", "Errors"), query("r", "Requests"), values{"Id": "x", "Expression": expression, "Period": 60}}})
		rows := out.structs("MetricDataResults")
		check(t, "rows", len(rows), 1)
		check(t, expression, fmt.Sprint(rows[0].list("Values")), want)
	}
	newest := d.must("GetMetricData", values{"StartTime": driveStart(), "EndTime": driveStart().Add(4 * time.Minute),
		"MetricDataQueries": []any{values{"Id": "x", "MetricStat": query("e", "Errors")["MetricStat"]}}}).structs("MetricDataResults")[0]
	check(t, "newest first", fmt.Sprint(newest.list("Values")), "[3 2 1 0]")
	check(t, "label", newest.str("Label"), "Errors")
	d.refused("ValidationError", "GetMetricData", values{"StartTime": driveStart(), "EndTime": driveStart(),
		"MetricDataQueries": []any{query("e", "Errors"), values{"Id": "x", "Expression": "e"}}})
	for _, bad := range []string{"e+", "(e", "SEARCH('x')", "e e", "FILL(e)", "IF(e,1)", "none*2"} {
		d.refused("ValidationError", "GetMetricData", values{"StartTime": driveStart(), "EndTime": driveStart().Add(time.Minute),
			"MetricDataQueries": []any{query("e", "Errors"), values{"Id": "x", "Expression": bad}}})
	}
}

func TestGetMetricStatistics(t *testing.T) {
	d := driveCloudWatch(t)
	d.must("PutMetricData", values{"Namespace": "Shop", "MetricData": []any{
		values{"MetricName": "Latency", "Unit": "Seconds", "Values": []float64{1, 2, 10}, "Counts": []float64{5, 4, 1}},
		values{"MetricName": "Latency", "Unit": "Seconds", "StatisticValues": values{"SampleCount": 2, "Sum": 7, "Minimum": 0.5, "Maximum": 6.5}},
	}})
	in := values{"Namespace": "Shop", "MetricName": "Latency", "StartTime": driveStart(), "EndTime": driveStart().Add(5 * time.Minute),
		"Period": 300, "Statistics": []string{"Sum", "SampleCount", "Minimum", "Maximum", "Average"}, "ExtendedStatistics": []string{"p50", "p90", "p100"}}
	rows := d.must("GetMetricStatistics", in).structs("Datapoints")
	check(t, "rows", len(rows), 1)
	for name, want := range map[string]float64{"Sum": 30, "SampleCount": 12, "Minimum": 0.5, "Maximum": 10, "Average": 2.5} {
		check(t, name, rows[0].number(name), want)
	}
	for name, want := range map[string]float64{"p50": 1, "p90": 2, "p100": 10} {
		check(t, name, rows[0].sub("ExtendedStatistics").number(name), want)
	}
	in["Period"] = 60
	in["EndTime"] = driveStart().Add(48 * time.Hour)
	d.refused("InvalidParameterCombination", "GetMetricStatistics", in)
}

func TestPutMetricDataIsRefused(t *testing.T) {
	d := driveCloudWatch(t)
	for name, c := range map[string]struct {
		code  string
		space string
		datum values
	}{
		"no value":          {"InvalidParameterCombination", "Shop", values{"MetricName": "m"}},
		"two values":        {"InvalidParameterCombination", "Shop", values{"MetricName": "m", "Value": 1, "Values": []float64{1}}},
		"AWS's namespace":   {"InvalidParameterValue", "AWS/Shop", values{"MetricName": "m", "Value": 1}},
		"counts":            {"InvalidParameterValue", "Shop", values{"MetricName": "m", "Values": []float64{1}, "Counts": []float64{1, 2}}},
		"resolution":        {"InvalidParameterValue", "Shop", values{"MetricName": "m", "Value": 1, "StorageResolution": 5}},
		"old":               {"InvalidParameterValue", "Shop", values{"MetricName": "m", "Value": 1, "Timestamp": driveStart().AddDate(0, 0, -15)}},
		"too large a value": {"InvalidParameterValue", "Shop", values{"MetricName": "m", "Value": 1e200}},
	} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			d.refused(c.code, "PutMetricData", values{"Namespace": c.space, "MetricData": []any{c.datum}})
		})
	}
	d.t = t
	check(t, "nothing was stored", len(d.must("ListMetrics", values{}).list("Metrics")), 0)
}

func TestListMetrics(t *testing.T) {
	d := driveCloudWatch(t)
	for i := range 3 {
		d.must("PutMetricData", values{"Namespace": "Shop", "MetricData": []any{values{"MetricName": "Load", "Value": 1,
			"Dimensions": []any{values{"Name": "Host", "Value": fmt.Sprint(i)}, values{"Name": "Zone", "Value": "a"}}}}})
	}
	d.datum("Errors", 1)
	count := func(in values) int { return len(d.must("ListMetrics", in).list("Metrics")) }
	check(t, "all", count(values{}), 4)
	check(t, "by name", count(values{"MetricName": "Load"}), 3)
	check(t, "by dimension's name", count(values{"Dimensions": []any{values{"Name": "Zone"}}}), 3)
	check(t, "by dimension", count(values{"Dimensions": []any{values{"Name": "Host", "Value": "1"}}}), 1)
	check(t, "of another namespace", count(values{"Namespace": "Other"}), 0)
	d.pass(4 * time.Hour)
	check(t, "recently active", count(values{"RecentlyActive": "PT3H"}), 0)
}

// TestLambdaAlarm joins the two services: failing invocations of one version
// of an alias fire an alarm on it.
func TestLambdaAlarm(t *testing.T) {
	d := driveAliases(t, Switches{})
	d.SetFunctionBehaviour(testRegion, "app", "2", FunctionBehaviour{Respond: func([]byte) ([]byte, string) { return nil, "Unhandled" }})
	d.must("UpdateAlias", live(values{"RoutingConfig": routing("2", 0.5)}))
	d.service = "cloudwatch"
	d.must("PutMetricAlarm", errorsAlarm(values{"Namespace": "AWS/Lambda", "Dimensions": []any{values{"Name": "FunctionName", "Value": "app"},
		values{"Name": "Resource", "Value": "app:live"}, values{"Name": "ExecutedVersion", "Value": "2"}}}))
	d.service = "lambda"
	for range 4 {
		d.must("Invoke", values{"FunctionName": "app:live"})
	}
	d.service = "cloudwatch"
	d.pass(time.Minute)
	a := d.alarm("errors")
	check(t, a.str("StateReason"), a.str("StateValue"), "ALARM")
}
