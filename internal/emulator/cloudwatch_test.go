package emulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func driveCloudWatch(t *testing.T) *driver { return drive(t, "cloudwatch", Switches{}) }

// errorsAlarm fires when there is more than one error in each of three minutes.
func errorsAlarm(change values) values {
	in := values{"AlarmName": "errors", "Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
		"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
	for k, v := range change {
		if in[k] = v; v == nil {
			delete(in, k)
		}
	}
	return in
}

func (d *driver) datum(metric string, value float64) {
	d.t.Helper()
	d.must("PutMetricData", values{"Namespace": "Shop", "MetricData": []any{values{"MetricName": metric, "Value": value}}})
}

func (d *driver) alarm(name string) values {
	d.t.Helper()
	out := d.must("DescribeAlarms", values{"AlarmNames": []string{name}, "AlarmTypes": []string{"MetricAlarm", "CompositeAlarm"}})
	all := append(out.structs("MetricAlarms"), out.structs("CompositeAlarms")...)
	if len(all) != 1 {
		d.t.Fatalf("alarm %s: found %d", name, len(all))
	}
	return all[0]
}

func TestAlarmFiresAndRecovers(t *testing.T) {
	d := driveCloudWatch(t)
	var seen []string
	d.locked(func() {
		d.region(testRegion).onAlarm(func(name, state, _ string) { seen = append(seen, name+" "+state) })
	})
	d.must("PutMetricAlarm", errorsAlarm(values{"TreatMissingData": "notBreaching"}))
	check(t, "new", d.alarm("errors").str("StateValue"), "INSUFFICIENT_DATA")
	check(t, "why", d.alarm("errors").str("StateReason"), "Unchecked: Initial alarm creation")
	d.pass(time.Minute)
	check(t, "quiet", d.alarm("errors").str("StateValue"), "OK")
	check(t, "why", d.alarm("errors").str("StateReason"),
		"Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].")
	d.datum("Errors", 2)
	d.datum("Errors", 3)
	d.pass(time.Minute)
	firing := d.alarm("errors")
	check(t, "firing", firing.str("StateValue"), "ALARM")
	check(t, "why", firing.str("StateReason"), "Threshold Crossed: 1 out of the last 1 datapoints [5.0 (01/03/26 12:01:00)] "+
		"was greater than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).")
	check(t, "since", firing["StateTransitionedTimestamp"], any(driveStart().Add(2*time.Minute)))
	d.datum("Errors", 7)
	d.pass(time.Minute)
	check(t, "the reason is the transition's", d.alarm("errors").str("StateReason"), firing.str("StateReason"))
	d.datum("Errors", 0)
	d.pass(time.Minute)
	check(t, "recovered", d.alarm("errors").str("StateValue"), "OK")
	check(t, "why", d.alarm("errors").str("StateReason"), "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (01/03/26 12:03:00)] "+
		"was not greater than the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).")
	check(t, "seen", strings.Join(seen, ", "), "errors OK, errors ALARM, errors OK")
	history := d.must("DescribeAlarmHistory", values{"AlarmName": "errors", "HistoryItemType": "StateUpdate"}).structs("AlarmHistoryItems")
	check(t, "history", len(history), 3)
	check(t, "newest first", history[0].str("HistorySummary"), "Alarm updated from ALARM to OK")
}

// TestJudge follows the table in CloudWatch's guide of how missing data is
// treated: datapoints of five periods, oldest first.
func TestJudge(t *testing.T) {
	const keep = ""
	for _, c := range []struct {
		data                                     string
		needed, toAlarm                          int
		missing, ignore, breaching, notBreaching string
	}{
		{"0-X-X", 3, 3, "OK", "OK", "OK", "OK"},
		{"----0", 3, 3, "OK", "OK", "OK", "OK"},
		{"-----", 3, 3, "INSUFFICIENT_DATA", keep, "ALARM", "OK"},
		{"0XX-X", 3, 3, "ALARM", "ALARM", "ALARM", "ALARM"},
		{"--X--", 3, 3, "ALARM", keep, "ALARM", "OK"},
		{"0-X-X", 3, 2, "ALARM", "ALARM", "ALARM", "ALARM"},
		{"00X0X", 3, 2, "ALARM", "ALARM", "ALARM", "ALARM"},
		{"0-X--", 3, 2, "OK", "OK", "ALARM", "OK"},
		{"----0", 3, 2, "OK", "OK", "ALARM", "OK"},
		{"---X-", 3, 2, "ALARM", keep, "ALARM", "OK"},
	} {
		var points []datapoint // newest first
		for i := len(c.data) - 1; i >= 0 && len(points) < c.needed; i-- {
			if c.data[i] != '-' {
				points = append(points, datapoint{value: map[byte]float64{'0': 0, 'X': 9}[c.data[i]]})
			}
		}
		for treatment, want := range map[string]string{"missing": c.missing, "ignore": c.ignore, "breaching": c.breaching, "notBreaching": c.notBreaching} {
			a := &alarm{settings: values{"EvaluationPeriods": int64(c.needed), "DatapointsToAlarm": int64(c.toAlarm), "Threshold": 1.0,
				"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": treatment}}
			check(t, fmt.Sprintf("%s %d of %d %s", c.data, c.toAlarm, c.needed, treatment), a.judge(points), want)
		}
	}
}

func TestAlarmComparesAsTold(t *testing.T) {
	for name, c := range map[string]struct {
		change values
		want   string
	}{
		"average above":            {values{"Statistic": "Average", "Threshold": 2}, "OK"}, // of 1 and 3
		"average at least":         {values{"Statistic": "Average", "Threshold": 2, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, "ALARM"},
		"minimum below":            {values{"Statistic": "Minimum", "Threshold": 2, "ComparisonOperator": "LessThanThreshold"}, "ALARM"},
		"maximum at most":          {values{"Statistic": "Maximum", "Threshold": 2, "ComparisonOperator": "LessThanOrEqualToThreshold"}, "OK"},
		"samples":                  {values{"Statistic": "SampleCount", "Threshold": 1}, "ALARM"},
		"median":                   {values{"Statistic": nil, "ExtendedStatistic": "p50", "Threshold": 0.5}, "ALARM"},
		"another unit":             {values{"Unit": "Seconds", "TreatMissingData": "notBreaching"}, "OK"},
		"other dimensions":         {values{"Dimensions": []any{values{"Name": "a", "Value": "b"}}, "TreatMissingData": "breaching"}, "ALARM"},
		"two of three periods":     {values{"Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "notBreaching"}, "OK"},
		"an expression":            {ratioAlarm("errors/requests*100"), "ALARM"}, // 4 of 10
		"an expression that fills": {ratioAlarm("FILL(errors,0)-requests"), "OK"},
	} {
		t.Run(name, func(t *testing.T) {
			d := driveCloudWatch(t)
			d.must("PutMetricAlarm", errorsAlarm(c.change))
			d.datum("Errors", 1)
			d.datum("Errors", 3)
			d.datum("Requests", 10)
			d.pass(time.Minute)
			a := d.alarm("errors")
			check(t, "state: "+a.str("StateReason"), a.str("StateValue"), c.want)
		})
	}
}

// ratioAlarm watches an expression over errors and requests.
func ratioAlarm(expression string) values {
	query := func(id, metric string) values {
		return values{"Id": id, "ReturnData": false, "MetricStat": values{"Period": 60, "Stat": "Sum",
			"Metric": values{"Namespace": "Shop", "MetricName": metric}}}
	}
	return values{"Metrics": []any{query("errors", "Errors"), query("requests", "Requests"), values{"Id": "ratio", "Expression": expression}},
		"Namespace": nil, "MetricName": nil, "Statistic": nil, "Period": nil, "Threshold": 30}
}

func TestAlarmIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		code   string
		change values
	}{
		"no threshold":        {"MissingParameter", values{"Threshold": nil}},
		"no metric":           {"MissingParameter", values{"MetricName": nil}},
		"no statistic":        {"InvalidParameterCombination", values{"Statistic": nil}},
		"two statistics":      {"InvalidParameterCombination", values{"ExtendedStatistic": "p90"}},
		"period":              {"ValidationError", values{"Period": 45}},
		"over a day":          {"ValidationError", values{"Period": 600, "EvaluationPeriods": 145}},
		"more than there are": {"ValidationError", values{"DatapointsToAlarm": 2}},
		"missing data":        {"ValidationError", values{"TreatMissingData": "maybe"}},
		"operator":            {"ValidationError", values{"ComparisonOperator": "LessThanLowerThreshold"}},
		"unknown variable":    {"ValidationError", ratioAlarm("m1+1")},
		"itself":              {"ValidationError", ratioAlarm("ratio+1")},
		"function":            {"ValidationError", ratioAlarm("ANOMALY_DETECTION_BAND(errors)")},
		"metric and math":     {"InvalidParameterCombination", values{"Metrics": ratioAlarm("errors")["Metrics"]}},
	} {
		t.Run(name, func(t *testing.T) {
			d := driveCloudWatch(t)
			d.refused(c.code, "PutMetricAlarm", errorsAlarm(c.change))
		})
	}
}

func TestSetAlarmStateLastsUntilTheNextEvaluation(t *testing.T) {
	for treatment, later := range map[string]string{"notBreaching": "OK", "ignore": "ALARM", "missing": "INSUFFICIENT_DATA"} {
		d := driveCloudWatch(t)
		d.must("PutMetricAlarm", errorsAlarm(values{"TreatMissingData": treatment}))
		d.must("SetAlarmState", values{"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "drill"})
		check(t, "at once", d.alarm("errors").str("StateReason"), "drill")
		d.pass(time.Minute)
		check(t, treatment, d.alarm("errors").str("StateValue"), later)
		d.refused("ResourceNotFound", "SetAlarmState", values{"AlarmName": "none", "StateValue": "ALARM", "StateReason": "x"})
	}
}

func TestPuttingAgainKeepsTheState(t *testing.T) {
	d := driveCloudWatch(t)
	d.must("PutMetricAlarm", errorsAlarm(nil))
	d.datum("Errors", 9)
	d.pass(time.Minute)
	d.must("PutMetricAlarm", errorsAlarm(values{"Threshold": 100}))
	check(t, "at once", d.alarm("errors").str("StateValue"), "ALARM")
	d.pass(time.Minute)
	check(t, "evaluated", d.alarm("errors").str("StateValue"), "OK")
}

func TestDescribeAlarms(t *testing.T) {
	d := driveCloudWatch(t)
	for i := range 60 {
		d.must("PutMetricAlarm", errorsAlarm(values{"AlarmName": fmt.Sprintf("a-%02d", i), "TreatMissingData": "ignore"}))
	}
	d.must("PutCompositeAlarm", values{"AlarmName": "any", "AlarmRule": "ALARM(a-00) OR ALARM(a-01)"})
	d.must("SetAlarmState", values{"AlarmName": "a-07", "StateValue": "ALARM", "StateReason": "x"})
	count := func(in values) string {
		out := d.must("DescribeAlarms", in)
		return fmt.Sprint(len(out.list("MetricAlarms")), " ", len(out.list("CompositeAlarms")), " ", out.str("NextToken"))
	}
	both := []string{"MetricAlarm", "CompositeAlarm"}
	check(t, "all", count(values{}), "50 0 row-50")
	check(t, "second page", count(values{"NextToken": "row-50"}), "10 0 ")
	check(t, "both types", count(values{"AlarmTypes": both, "MaxRecords": 100}), "60 1 ")
	check(t, "named composite without its type", count(values{"AlarmNames": []string{"any"}}), "0 0 ")
	check(t, "prefix", count(values{"AlarmNamePrefix": "a-1"}), "10 0 ")
	check(t, "state", count(values{"StateValue": "ALARM"}), "1 0 ")
	check(t, "unknown", count(values{"AlarmNames": []string{"none"}}), "0 0 ")
	d.refused("InvalidNextToken", "DescribeAlarms", values{"NextToken": "x"})
	d.refused("ValidationError", "DescribeAlarms", values{"MaxRecords": 101})
}

func TestDeleteAlarms(t *testing.T) {
	d := driveCloudWatch(t)
	d.must("PutMetricAlarm", errorsAlarm(nil))
	d.must("PutCompositeAlarm", values{"AlarmName": "any", "AlarmRule": "ALARM(errors)"})
	d.refused("ValidationError", "DeleteAlarms", values{"AlarmNames": []string{"errors"}})
	d.must("DeleteAlarms", values{"AlarmNames": []string{"any", "none"}})
	d.must("DeleteAlarms", values{"AlarmNames": []string{"errors"}})
	d.refused("ResourceNotFound", "SetAlarmState", values{"AlarmName": "errors", "StateValue": "OK", "StateReason": "x"})
	d.pass(time.Hour) // an evaluation that is still due must not bring it back
	check(t, "left", len(d.must("DescribeAlarms", values{}).list("MetricAlarms")), 0)
}

func TestAlarmActionsAreSwitched(t *testing.T) {
	d := driveCloudWatch(t)
	d.must("PutMetricAlarm", errorsAlarm(nil))
	check(t, "default", d.alarm("errors").boolean("ActionsEnabled"), true)
	d.must("DisableAlarmActions", values{"AlarmNames": []string{"errors"}})
	check(t, "disabled", d.alarm("errors").boolean("ActionsEnabled"), false)
	d.must("EnableAlarmActions", values{"AlarmNames": []string{"errors"}})
	check(t, "enabled", d.alarm("errors").boolean("ActionsEnabled"), true)
}
