package verify

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Comparisons are CloudWatch's, by their names: what a value that is bad is,
// seen from the threshold.
const (
	Greater        = "GreaterThanThreshold"
	GreaterOrEqual = "GreaterThanOrEqualToThreshold"
	Less           = "LessThanThreshold"
	LessOrEqual    = "LessThanOrEqualToThreshold"
)

// What a window without data means, in CloudWatch's words.
const (
	Missing      = "missing"      // nobody knows
	NotBreaching = "notBreaching" // all is well
	Breaching    = "breaching"    // that is bad
)

// Metric compares the datapoints of a query with a threshold.
type Metric struct {
	// Of words the query: "Average of AWS/EC2 CPUUtilization".
	Of string
	// Period is the distance of datapoints. Only whole ones are looked at.
	Period time.Duration
	// Window is how far to look back; 0 is since the share arrived.
	Window     time.Duration
	Comparison string
	Threshold  float64
	// MinSamples is how many samples the window must hold for a verdict.
	MinSamples float64
	// WhenMissing is what a window without datapoints means.
	WhenMissing string
	Read        ReadMetric
	// Temporary tells errors of Read that pass by themselves.
	Temporary func(error) bool
	Clock     clock.Clock
}

// ReadMetric reads a query's datapoints in [from, to).
type ReadMetric func(ctx context.Context, from, to time.Time) (Series, error)

// Series is what a query gave.
type Series struct {
	Points []Point
	// Samples is how many samples the datapoints rest on.
	Samples float64
}

// Point is a datapoint. Label tells series apart where a query gives several.
type Point struct {
	At    time.Time
	Value float64
	Label string
}

// Check is m as a check.
func (m Metric) Check() Check {
	return func(ctx context.Context, at rollout.Moment) (rollout.Verdict, error) {
		from, to := Periods(m.Clock.Now(), at.Since, m.Window, m.Period)
		if !from.Before(to) {
			return doubts("%s: no whole period of %s has passed yet", m.Of, short(m.Period)), nil
		}
		found, err := m.Read(ctx, from, to)
		switch {
		case ctx.Err() != nil:
			return rollout.Verdict{}, context.Cause(ctx)
		case err != nil && m.Temporary(err):
			return doubts("reading %s: %s", m.Of, err), nil
		case err != nil:
			return fails("reading %s: %s", m.Of, err), nil
		}
		return m.judge(found, to.Sub(from)), nil
	}
}

// Periods are the whole periods to look at: those of a window that ends now,
// or those since a moment when the window is 0. CloudWatch begins periods at
// multiples of their length.
func Periods(now, since time.Time, window, period time.Duration) (from, to time.Time) {
	to = now.Truncate(period)
	if window > 0 {
		return to.Add(-max(window.Truncate(period), period)), to
	}
	from = since.Truncate(period)
	if from.Before(since) {
		from = from.Add(period) // the one before holds what came in before the share arrived
	}
	return from, to
}

func (m Metric) judge(s Series, span time.Duration) rollout.Verdict {
	switch {
	case len(s.Points) == 0 && m.WhenMissing == NotBreaching && s.Samples >= m.MinSamples:
		return pass()
	case len(s.Points) == 0 && m.WhenMissing == Breaching:
		return fails("%s has no datapoint in %s (treat_missing_data is %q)", m.Of, short(span), Breaching)
	case len(s.Points) == 0 && m.WhenMissing != NotBreaching:
		return doubts("%s has no datapoint in %s", m.Of, short(span))
	case !(s.Samples >= m.MinSamples):
		return doubts("%s has %s samples in %s, want at least %s", m.Of, Number(s.Samples), short(span), Number(m.MinSamples))
	}
	var worst *Point
	bad := 0
	for i, p := range s.Points {
		if !m.breaches(p.Value) {
			continue
		}
		if bad++; worst == nil || math.Abs(p.Value-m.Threshold) > math.Abs(worst.Value-m.Threshold) {
			worst = &s.Points[i]
		}
	}
	if bad == 0 {
		return pass()
	}
	label := ""
	if worst.Label != "" {
		label = " of " + excerpt([]byte(worst.Label))
	}
	return fails("%s was %s%s at %s, which is %s %s; %d of %d datapoints of %s are, from %s samples",
		m.Of, Number(worst.Value), label, worst.At.UTC().Format("15:04 MST"), worded(m.Comparison), Number(m.Threshold),
		bad, len(s.Points), short(m.Period), Number(s.Samples))
}

// breaches asks whether a value is not good, so that one that is no number is
// bad.
func (m Metric) breaches(v float64) bool {
	switch m.Comparison {
	case Greater:
		return !(v <= m.Threshold)
	case GreaterOrEqual:
		return !(v < m.Threshold)
	case Less:
		return !(v >= m.Threshold)
	}
	return !(v > m.Threshold)
}

func worded(comparison string) string {
	switch comparison {
	case Greater:
		return "above"
	case GreaterOrEqual:
		return "at or above"
	case Less:
		return "below"
	}
	return "at or below"
}

// Number writes a value as a person would: no more digits than tell.
func Number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return fmt.Sprintf("%.4g", v)
}
