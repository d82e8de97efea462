package emulator

import (
	"math"
	"regexp"
	"slices"
	"time"
)

// metricQuery is one element of MetricDataQueries: a metric or an expression.
type metricQuery struct {
	id, label  string
	returnData bool

	namespace, name string
	dimensions      dimensions
	unit            string
	stat            string
	period          time.Duration

	formula formula // an expression's
	queries *querySet
}

// querySet are queries that can name one another.
type querySet struct {
	all  []*metricQuery
	byID map[string]*metricQuery
}

var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

func readQueries(in []values) (*querySet, error) {
	set := &querySet{byID: map[string]*metricQuery{}}
	for _, q := range in {
		id := q.str("Id")
		if !queryID.MatchString(id) || set.byID[id] != nil {
			return nil, invalidAlarm("The value %s for an Id is not valid or not unique.", id)
		}
		read, err := readQuery(q)
		if err != nil {
			return nil, err
		}
		read.queries = set
		set.all, set.byID[id] = append(set.all, read), read
	}
	for _, q := range set.all {
		if q.formula == nil {
			continue
		}
		if err := set.checkNames(q, nil); err != nil {
			return nil, err
		}
		if q.period == 0 {
			q.period = set.periodOf(q)
		}
	}
	return set, nil
}

func readQuery(in values) (*metricQuery, error) {
	q := &metricQuery{id: in.str("Id"), label: in.str("Label"), returnData: !in.has("ReturnData") || in.boolean("ReturnData"),
		period: time.Duration(in.integer("Period")) * time.Second}
	if in.has("MetricStat") == in.has("Expression") {
		return nil, invalidAlarm("Exactly one of MetricStat and Expression must be specified for %s.", q.id)
	}
	if in.has("Expression") {
		var err error
		if q.formula, err = parseFormula(in.str("Expression")); err != nil {
			return nil, invalidAlarm("Error in expression '%s': %s", q.id, err)
		}
		return q, nil
	}
	stat := in.sub("MetricStat")
	metric := stat.sub("Metric")
	q.namespace, q.name, q.dimensions = metric.str("Namespace"), metric.str("MetricName"), readDimensions(metric)
	q.stat, q.unit = stat.str("Stat"), stat.str("Unit")
	q.period = time.Duration(stat.integer("Period")) * time.Second
	if _, ok := percentile(q.stat); !ok && !isStatistic(q.stat) {
		return nil, invalidAlarm("The value %s for Stat is not supported by this emulator.", q.stat)
	}
	if n := stat.integer("Period"); !slices.Contains([]int{1, 5, 10, 20, 30}, n) && n%60 != 0 {
		return nil, invalidAlarm("Period must be 1, 5, 10, 20, 30 or a multiple of 60: %d", n)
	}
	return q, nil
}

func readDimensions(in values) dimensions {
	out := dimensions{}
	for _, d := range in.structs("Dimensions") {
		out[d.str("Name")] = d.str("Value")
	}
	return out
}

// checkNames refuses names that no query has, and circles.
func (s *querySet) checkNames(q *metricQuery, above []string) error {
	for _, name := range q.formula.names() {
		other := s.byID[name]
		switch {
		case other == nil:
			return invalidAlarm("Error in expression '%s': Invalid variable: %s", q.id, name)
		case name == q.id || slices.Contains(above, name):
			return invalidAlarm("Error in expression '%s': it depends on itself", q.id)
		case other.formula != nil:
			if err := s.checkNames(other, append(above, q.id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// periodOf is the longest period of the metrics that an expression uses.
func (s *querySet) periodOf(q *metricQuery) time.Duration {
	longest := q.period
	if q.formula != nil {
		for _, name := range q.formula.names() {
			longest = max(longest, s.periodOf(s.byID[name]))
		}
	}
	return max(longest, time.Second)
}

// returned are the queries whose data is wanted.
func (s *querySet) returned() []*metricQuery {
	var out []*metricQuery
	for _, q := range s.all {
		if q.returnData {
			out = append(out, q)
		}
	}
	return out
}

// period is that of the query which an alarm watches.
func (s *querySet) period() time.Duration { return s.periodOf(s.returned()[0]) }

// points are the datapoints in [from, to), oldest first.
func (q *metricQuery) points(cw *cloudwatchState, from, to time.Time) []datapoint {
	if q.formula != nil {
		window := formulaWindow{of: func(id string) series { return q.queries.byID[id].series(cw, from, to) }}
		for t := from; t.Before(to); t = t.Add(q.period) {
			window.moments = append(window.moments, t)
		}
		return q.formula.value(window).points(window.moments)
	}
	m := cw.series[seriesKey(q.namespace, q.name, q.dimensions)]
	var out []datapoint
	for t := from; t.Before(to); t = t.Add(q.period) {
		if b := m.between(t, t.Add(q.period), q.unit); b != nil {
			if v, ok := b.statistic(q.stat); ok {
				out = append(out, datapoint{t, v})
			}
		}
	}
	return out
}

func (q *metricQuery) series(cw *cloudwatchState, from, to time.Time) series {
	out := series{at: map[time.Time]float64{}}
	for _, p := range q.points(cw, from, to) {
		out.at[p.at] = p.value
	}
	return out
}

// series is the value of a formula: a number, or one for each of some moments.
type series struct {
	constant float64
	at       map[time.Time]float64 // nil for a constant
}

// points gives a constant to every period.
func (s series) points(moments []time.Time) []datapoint {
	var out []datapoint
	for _, t := range moments {
		v, ok := s.constant, s.at == nil
		if !ok {
			v, ok = s.at[t]
		}
		if ok && !math.IsNaN(v) && !math.IsInf(v, 0) {
			out = append(out, datapoint{t, v})
		}
	}
	return out
}
