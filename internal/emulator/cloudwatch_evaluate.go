package emulator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spareDatapoints is by how much the range that an evaluation looks at exceeds
// EvaluationPeriods, so that late or missing data changes no state at once.
// AWS says that there is such a range but not how long; its examples show two.
const spareDatapoints = 2

type datapoint struct {
	at    time.Time
	value float64
}

// evaluate judges the periods that ended by now.
func (r *region) evaluate(a *alarm) {
	n := a.settings.integer("EvaluationPeriods")
	points := r.alarmData(a, n+spareDatapoints)
	if len(points) > n {
		points = points[:n]
	}
	state := a.judge(points)
	if state == "" {
		return
	}
	reason := a.explain(state, points)
	r.setState(a, state, reason, a.reasonDataFor(points))
}

// alarmData are the latest datapoints within that many periods, newest first.
func (r *region) alarmData(a *alarm, periods int) []datapoint {
	period := a.period()
	end := r.emulator.now
	var out []datapoint
	if a.settings.has("Metrics") {
		queries, _ := readQueries(a.settings.structs("Metrics"))
		out = queries.returned()[0].points(r.cloudwatch, end.Add(-time.Duration(periods)*period), end)
	} else {
		q := metricQuery{namespace: a.settings.str("Namespace"), name: a.settings.str("MetricName"),
			dimensions: readDimensions(a.settings), unit: a.settings.str("Unit"), period: period,
			stat: a.settings.str("Statistic") + a.settings.str("ExtendedStatistic")}
		out = q.points(r.cloudwatch, end.Add(-time.Duration(periods)*period), end)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// judge is the state that the datapoints call for; empty means that the state
// stays as it is. Missing datapoints count only as far as real ones are too
// few.
func (a *alarm) judge(points []datapoint) string {
	needed := a.settings.integer("EvaluationPeriods")
	missing := needed - len(points)
	toAlarm := needed
	if a.settings.has("DatapointsToAlarm") {
		toAlarm = a.settings.integer("DatapointsToAlarm")
	}
	breaching := 0
	for _, p := range points {
		if a.breaches(p.value) {
			breaching++
		}
	}
	treatment := a.settings.str("TreatMissingData")
	switch {
	case breaching >= toAlarm:
		return alarmFiring
	case treatment == "breaching" && breaching+missing >= toAlarm:
		return alarmFiring
	case treatment == "breaching" || treatment == "notBreaching":
		return alarmOK
	case missing > 0 && breaching == len(points) && treatment == "ignore":
		return ""
	case len(points) == 0:
		return alarmInsufficient
	case missing > 0 && breaching == len(points): // what there is all breaches
		return alarmFiring
	}
	return alarmOK
}

func (a *alarm) breaches(value float64) bool {
	_, holds := comparison(a.settings.str("ComparisonOperator"))
	return holds(value, a.settings.number("Threshold"))
}

// explain words the reason as CloudWatch does.
func (a *alarm) explain(state string, points []datapoint) string {
	needed := a.settings.integer("EvaluationPeriods")
	missing := needed - len(points)
	if state == alarmInsufficient {
		return fmt.Sprintf("Insufficient Data: %s unknown.", counted(missing, "datapoint", "was", "were"))
	}
	if len(points) == 0 {
		treated := "[NonBreaching]"
		if state == alarmFiring {
			treated = "[Breaching]"
		}
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s treated as %s.",
			counted(needed, "period", "", ""), counted(missing, "missing datapoint", "was", "were"), treated)
	}
	var shown []string
	for _, p := range points {
		if a.breaches(p.value) == (state == alarmFiring) {
			shown = append(shown, shownNumber(p.value)+" ("+p.at.Format("02/01/06 15:04:05")+")")
		}
	}
	verb := "was"
	if len(shown) != 1 {
		verb = "were"
	}
	if state == alarmOK {
		verb += " not"
	}
	toAlarm := needed
	if a.settings.has("DatapointsToAlarm") {
		toAlarm = a.settings.integer("DatapointsToAlarm")
	}
	transition, atLeast := "OK -> ALARM", toAlarm
	if state == alarmOK {
		transition, atLeast = "ALARM -> OK", needed-toAlarm+1
	}
	words, _ := comparison(a.settings.str("ComparisonOperator"))
	return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s %s the threshold (%s) "+
		"(minimum %s for %s transition).", len(shown), needed, strings.Join(shown, ", "), verb,
		words, shownNumber(a.settings.number("Threshold")),
		counted(atLeast, "datapoint", "", ""), transition)
}

// counted is "1 datapoint was" or "2 datapoints were".
func counted(n int, noun, one, many string) string {
	text, verb := fmt.Sprintf("%d %s", n, noun), one
	if n != 1 {
		text, verb = text+"s", many
	}
	return strings.TrimSuffix(text+" "+verb, " ")
}

// shownNumber writes a number as CloudWatch does: 5 as 5.0.
func shownNumber(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// reasonDataFor is StateReasonData.
func (a *alarm) reasonDataFor(points []datapoint) string {
	recent := []float64{}
	for _, p := range points {
		recent = append(recent, p.value)
	}
	data := map[string]any{
		"version": "1.0", "threshold": a.settings.number("Threshold"), "recentDatapoints": recent,
		"period": int(a.period() / time.Second),
	}
	if s := a.settings.str("Statistic"); s != "" {
		data["statistic"] = s
	}
	text, err := json.Marshal(data)
	if err != nil {
		return ""
	}
	return string(text)
}
