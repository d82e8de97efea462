package emulator

import "time"

func contractCloudWatch() []contractGroup {
	alarm := func(name string, more ...string) []string {
		return append([]string{"put-metric-alarm", "--alarm-name", name, "--namespace", "Shop", "--metric-name", "Errors", "--statistic", "Sum",
			"--period", "60", "--evaluation-periods", "1", "--threshold", "1", "--comparison-operator", "GreaterThanThreshold"}, more...)
	}
	span := []string{"--start-time", "2026-03-01T12:00:00Z", "--end-time", "2026-03-01T12:10:00Z"}
	query := `[{"Id":"e","ReturnData":false,"MetricStat":{"Period":60,"Stat":"Sum","Metric":{"Namespace":"Shop","MetricName":"Errors"}}},{"Id":"x","Label":"twice","Expression":"e*2"}]`
	return []contractGroup{
		{name: "alarms", service: "cloudwatch", cases: []contractCase{
			{args: alarm("errors", "--treat-missing-data", "notBreaching", "--alarm-description", "d")},
			{args: alarm("bad", "--period", "7"), wantErrCode: "ValidationError"},
			{args: []string{"put-metric-alarm", "--alarm-name", "bad", "--evaluation-periods", "1", "--threshold", "1", "--comparison-operator", "GreaterThanThreshold"},
				wantErrCode: "MissingParameter"},
			{args: alarm("bad", "--comparison-operator", "More"), wantErrCode: "ValidationError"},
			{args: []string{"put-composite-alarm", "--alarm-name", "any", "--alarm-rule", "ALARM(errors) OR ALARM(none)"}, wantErrCode: "ValidationError"},
			{args: []string{"put-composite-alarm", "--alarm-name", "any", "--alarm-rule", "ALARM(errors)"}},
			{args: []string{"describe-alarms"}, want: `{"MetricAlarms": [{"AlarmName": "errors", "StateValue": "INSUFFICIENT_DATA", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors",
				"Threshold": 1.0, "Period": 60, "ActionsEnabled": true, "AlarmDescription": "d"}], "CompositeAlarms": []}`},
			{pass: time.Minute, args: []string{"put-metric-data", "--namespace", "Shop", "--metric-name", "Errors", "--value", "5"}},
			{args: []string{"put-metric-data", "--namespace", "AWS/Shop", "--metric-name", "Errors", "--value", "5"}, wantErrCode: "InvalidParameterValue"},
			{pass: time.Minute, args: []string{"describe-alarms", "--alarm-names", "errors", "any", "--alarm-types", "MetricAlarm", "CompositeAlarm"},
				want: `{"MetricAlarms": [{"StateValue": "ALARM", "StateReason": "*", "StateUpdatedTimestamp": "*", "StateTransitionedTimestamp": "*"}],
					"CompositeAlarms": [{"AlarmName": "any", "StateValue": "ALARM", "AlarmRule": "ALARM(errors)"}]}`},
			{args: []string{"set-alarm-state", "--alarm-name", "errors", "--state-value", "OK", "--state-reason", "drill"}},
			{args: []string{"set-alarm-state", "--alarm-name", "none", "--state-value", "OK", "--state-reason", "drill"}, wantErrCode: "ResourceNotFound"},
			{args: []string{"describe-alarms", "--state-value", "OK"}, want: `{"MetricAlarms": [{"StateReason": "drill"}]}`},
			{args: []string{"describe-alarms", "--next-token", "x"}, wantErrCode: "InvalidNextToken"},
			{args: []string{"describe-alarms", "--max-records", "101"}, wantErrCode: "ValidationError"},
			{args: []string{"describe-alarm-history", "--alarm-name", "errors", "--history-item-type", "StateUpdate"}, want: `{"AlarmHistoryItems": [
				{"HistorySummary": "Alarm updated from ALARM to OK"}, {"HistorySummary": "Alarm updated from OK to ALARM"}, {"HistorySummary": "Alarm updated from INSUFFICIENT_DATA to OK"}]}`},
			{args: []string{"disable-alarm-actions", "--alarm-names", "errors"}},
			{args: []string{"describe-alarms"}, want: `{"MetricAlarms": [{"ActionsEnabled": false}]}`},
			{args: []string{"enable-alarm-actions", "--alarm-names", "errors"}},
			{args: []string{"delete-alarms", "--alarm-names", "errors"}, wantErrCode: "ValidationError"},
			{args: []string{"delete-alarms", "--alarm-names", "any"}},
			{args: []string{"delete-alarms", "--alarm-names", "errors"}},
			{args: []string{"describe-alarms"}, want: `{"MetricAlarms": []}`},
		}},
		{name: "metrics", service: "cloudwatch", cases: []contractCase{
			{args: []string{"put-metric-data", "--namespace", "Shop", "--metric-data", `[{"MetricName":"Errors","Values":[1,3],"Counts":[2,1]},{"MetricName":"Load","Value":1,"Unit":"Percent","Dimensions":[{"Name":"Host","Value":"a"}]}]`}},
			{args: append([]string{"get-metric-data", "--metric-data-queries", query}, span...),
				want: `{"MetricDataResults": [{"Id": "x", "Label": "twice", "Values": [10.0], "StatusCode": "Complete", "Timestamps": ["*"]}]}`},
			{args: append([]string{"get-metric-data", "--metric-data-queries", `[{"Id":"x","Expression":"nothing"}]`}, span...), wantErrCode: "ValidationError"},
			{args: append([]string{"get-metric-statistics", "--namespace", "Shop", "--metric-name", "Errors", "--period", "60", "--statistics", "Sum", "Average"}, span...),
				want: `{"Label": "Errors", "Datapoints": [{"Sum": 5.0, "Unit": "None"}]}`},
			{args: append([]string{"get-metric-statistics", "--namespace", "Shop", "--metric-name", "Errors", "--period", "60"}, span...), wantErrCode: "MissingParameter"},
			{args: []string{"list-metrics", "--namespace", "Shop"}, want: `{"Metrics": [{"MetricName": "Errors", "Dimensions": []}, {"MetricName": "Load", "Dimensions": [{"Name": "Host", "Value": "a"}]}]}`},
		}},
	}
}
