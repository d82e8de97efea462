package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cloudwatchState is one region's CloudWatch.
type cloudwatchState struct {
	series   map[string]*metricSeries // by seriesKey
	alarms   map[string]*alarm        // metric and composite ones share their names
	history  []values                 // alarm history, oldest first; it outlives its alarms
	watchers []func(name, state, reason string)

	propagating int // how deep a change of state has run through composite alarms
}

func newCloudwatchState() *cloudwatchState {
	return &cloudwatchState{series: map[string]*metricSeries{}, alarms: map[string]*alarm{}}
}

func cloudwatchOperations() map[string]operation {
	return map[string]operation{
		"PutMetricAlarm":       (*call).putMetricAlarm,
		"PutCompositeAlarm":    (*call).putCompositeAlarm,
		"DescribeAlarms":       (*call).describeAlarms,
		"DescribeAlarmHistory": (*call).describeAlarmHistory,
		"SetAlarmState":        (*call).setAlarmState,
		"DeleteAlarms":         (*call).deleteAlarms,
		"EnableAlarmActions":   (*call).enableAlarmActions,
		"DisableAlarmActions":  (*call).disableAlarmActions,
		"PutMetricData":        (*call).putMetricData,
		"GetMetricData":        (*call).getMetricData,
		"GetMetricStatistics":  (*call).getMetricStatistics,
		"ListMetrics":          (*call).listMetrics,
	}
}

// alarmState is what an alarm shows now.
func (r *region) alarmState(name string) (state, reason string, found bool) {
	a := r.cloudwatch.alarms[name]
	if a == nil {
		return "", "", false
	}
	return a.state, a.reason, true
}

// onAlarm calls fn after every change of an alarm's state. A state that is
// only confirmed is no change.
func (r *region) onAlarm(fn func(name, state, reason string)) {
	r.cloudwatch.watchers = append(r.cloudwatch.watchers, fn)
}

// cloudwatchPage cuts one page out of n rows. The token is the row to go on with.
func cloudwatchPage(in values, limitMember string, limit, n int) (from, to int, next string, err error) {
	if in.has(limitMember) {
		limit = in.integer(limitMember)
	}
	if token := in.str("NextToken"); token != "" {
		row, known := strings.CutPrefix(token, "row-")
		from, err = strconv.Atoi(row)
		if err != nil || !known || from < 0 || from > n {
			return 0, 0, "", refuse("InvalidNextToken", "The next token specified is invalid.")
		}
	}
	to = min(from+limit, n)
	if to < n {
		next = fmt.Sprintf("row-%d", to)
	}
	return from, to, next, nil
}

func invalidAlarm(format string, args ...any) error {
	return refuse("ValidationError", format, args...)
}

// percentile reads a percentile statistic's name, such as p99.9.
func percentile(statistic string) (float64, bool) {
	digits, ok := strings.CutPrefix(statistic, "p")
	p, err := strconv.ParseFloat(digits, 64)
	return p, ok && err == nil && p >= 0 && p <= 100
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
