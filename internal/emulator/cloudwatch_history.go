package emulator

import (
	"encoding/json"
	"slices"
	"time"
)

// recordAlarm adds an item to the alarm history.
func (r *region) recordAlarm(a *alarm, kind, summary, data string) {
	alarmType := "MetricAlarm"
	if a.composite() {
		alarmType = "CompositeAlarm"
	}
	r.cloudwatch.history = append(r.cloudwatch.history, values{
		"AlarmName":       a.name,
		"AlarmType":       alarmType,
		"Timestamp":       r.emulator.now,
		"HistoryItemType": kind,
		"HistorySummary":  summary,
		"HistoryData":     data,
	})
}

func (r *region) recordTransition(old, a *alarm) {
	side := func(a *alarm) map[string]any {
		return map[string]any{"stateValue": a.state, "stateReason": a.reason}
	}
	data, err := json.Marshal(map[string]any{"version": "1.0", "oldState": side(old), "newState": side(a)})
	if err != nil {
		return
	}
	r.recordAlarm(a, "StateUpdate", "Alarm updated from "+old.state+" to "+a.state, string(data))
}

// describeAlarmHistory shows the newest first unless asked otherwise.
func (c *call) describeAlarmHistory(in values) (values, error) {
	types := in.strings("AlarmTypes")
	if len(types) == 0 {
		types = []string{"MetricAlarm"}
	}
	start, _ := in["StartDate"].(time.Time)
	end, bounded := in["EndDate"].(time.Time)
	var matching []values
	for _, item := range c.region.cloudwatch.history {
		at := item["Timestamp"].(time.Time)
		switch {
		case in.has("AlarmName") && item.str("AlarmName") != in.str("AlarmName"):
		case !slices.Contains(types, item.str("AlarmType")):
		case in.has("HistoryItemType") && item.str("HistoryItemType") != in.str("HistoryItemType"):
		case at.Before(start), bounded && at.After(end):
		default:
			matching = append(matching, item)
		}
	}
	if in.str("ScanBy") != "TimestampAscending" {
		slices.Reverse(matching)
	}
	from, to, next, err := cloudwatchPage(in, "MaxRecords", 100, len(matching))
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, item := range matching[from:to] {
		rows = append(rows, item)
	}
	out := values{"AlarmHistoryItems": rows}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
