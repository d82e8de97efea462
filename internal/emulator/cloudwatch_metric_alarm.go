package emulator

import (
	"slices"
	"time"
)

// alarmMembers are those of PutMetricAlarm that a description repeats.
var alarmMembers = [...]string{
	"AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName",
	"Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
	"DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile",
	"Metrics", "EvaluationInterval",
}

func (c *call) putMetricAlarm(in values) (values, error) {
	for _, member := range [...]string{"ThresholdMetricId", "EvaluationCriteria"} {
		if in.has(member) {
			return nil, invalidAlarm("%s is not supported by this emulator", member)
		}
	}
	if err := checkMetricAlarm(in); err != nil {
		return nil, err
	}
	settings := values{"ActionsEnabled": true, "OKActions": []any{}, "AlarmActions": []any{},
		"InsufficientDataActions": []any{}, "Dimensions": []any{}}
	for _, member := range alarmMembers {
		if in.has(member) {
			settings[member] = in[member]
		}
	}
	a, err := c.put(in.str("AlarmName"), settings, nil)
	if err != nil {
		return nil, err
	}
	c.region.scheduleEvaluation(a)
	return values{}, nil
}

// comparison is an operator of static thresholds and its words; empty for any
// other.
func comparison(operator string) (words string, holds func(value, threshold float64) bool) {
	switch operator {
	case "GreaterThanOrEqualToThreshold":
		return "greater than or equal to", func(v, t float64) bool { return v >= t }
	case "GreaterThanThreshold":
		return "greater than", func(v, t float64) bool { return v > t }
	case "LessThanThreshold":
		return "less than", func(v, t float64) bool { return v < t }
	case "LessThanOrEqualToThreshold":
		return "less than or equal to", func(v, t float64) bool { return v <= t }
	}
	return "", nil
}

func checkMetricAlarm(in values) error {
	for _, member := range [...]string{"EvaluationPeriods", "ComparisonOperator", "Threshold"} {
		if !in.has(member) {
			return refuse("MissingParameter", "The parameter %s is required.", member)
		}
	}
	if words, _ := comparison(in.str("ComparisonOperator")); words == "" {
		return invalidAlarm("%s is not supported by this emulator", in.str("ComparisonOperator"))
	}
	if m := in.integer("DatapointsToAlarm"); m > in.integer("EvaluationPeriods") {
		return invalidAlarm("DatapointsToAlarm (%d) must not be greater than EvaluationPeriods (%d)", m, in.integer("EvaluationPeriods"))
	}
	treatments := []string{"", "breaching", "notBreaching", "ignore", "missing"}
	if t := in.str("TreatMissingData"); !slices.Contains(treatments, t) {
		return invalidAlarm("TreatMissingData must be one of breaching, notBreaching, ignore, missing: %s", t)
	}
	if low := in.str("EvaluateLowSampleCountPercentile"); !slices.Contains([]string{"", "evaluate", "ignore"}, low) {
		return invalidAlarm("EvaluateLowSampleCountPercentile must be evaluate or ignore: %s", low)
	}
	if in.has("Metrics") {
		return checkMathAlarm(in)
	}
	if !in.has("MetricName") || !in.has("Namespace") || !in.has("Period") {
		return refuse("MissingParameter", "MetricName, Namespace and Period, or Metrics, are required.")
	}
	if in.has("Statistic") == in.has("ExtendedStatistic") {
		return refuse("InvalidParameterCombination", "Exactly one of Statistic and ExtendedStatistic must be specified.")
	}
	if s := in.str("ExtendedStatistic"); s != "" {
		if _, ok := percentile(s); !ok {
			return invalidAlarm("The extended statistic %s is not supported by this emulator", s)
		}
	}
	return checkPeriods(in.integer("Period"), in.integer("EvaluationPeriods"))
}

// checkPeriods: an alarm looks back a day at most, with periods of an hour or
// more a week.
func checkPeriods(period, periods int) error {
	if period != 10 && period != 20 && period != 30 && period%60 != 0 {
		return invalidAlarm("Period must be 10, 20, 30 or a multiple of 60: %d", period)
	}
	longest := 86400
	if period >= 3600 {
		longest = 604800
	}
	if period*periods > longest {
		return invalidAlarm("Metrics cannot be checked across more than %d seconds (EvaluationPeriods * Period)", longest)
	}
	return nil
}

// checkMathAlarm checks the queries of an alarm on an expression.
func checkMathAlarm(in values) error {
	for _, member := range [...]string{"MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic"} {
		if in.has(member) {
			return refuse("InvalidParameterCombination", "%s must not be specified together with Metrics.", member)
		}
	}
	queries, err := readQueries(in.structs("Metrics"))
	if err != nil {
		return err
	}
	if len(queries.returned()) != 1 {
		return invalidAlarm("Exactly one element of the metrics list should return data.")
	}
	return checkPeriods(int(queries.period()/time.Second), in.integer("EvaluationPeriods"))
}

// interval is how often the alarm is evaluated.
func (a *alarm) interval() time.Duration {
	if n := a.settings.integer("EvaluationInterval"); n > 0 {
		return time.Duration(n) * time.Second
	}
	if a.period() < time.Minute {
		return 10 * time.Second
	}
	return time.Minute
}

func (a *alarm) period() time.Duration {
	if a.settings.has("Metrics") {
		queries, _ := readQueries(a.settings.structs("Metrics")) // checked when it was put
		return queries.period()
	}
	return time.Duration(a.settings.integer("Period")) * time.Second
}

// scheduleEvaluation evaluates the alarm at the next full interval, and then
// at every one while this configuration lasts.
func (r *region) scheduleEvaluation(a *alarm) {
	generation := a.generation
	interval := a.interval()
	now := r.emulator.now
	r.emulator.after(now.Truncate(interval).Add(interval).Sub(now), func() {
		if a.generation == generation {
			r.evaluate(a)
			r.scheduleEvaluation(a)
		}
	})
}
