package verify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

func TestMetric(t *testing.T) {
	errThrottled := errors.New("throttled")
	points := func(values ...float64) (out []verify.Point) {
		for i, v := range values {
			out = append(out, verify.Point{At: epoch.Add(time.Duration(i) * time.Minute), Value: v})
		}
		return out
	}
	labelled := verify.Series{Points: []verify.Point{{At: epoch, Value: 3, Label: "a"}, {At: epoch, Value: 9, Label: "b"}}, Samples: 2}
	for _, tc := range []struct {
		name   string
		change func(*verify.Metric)
		found  verify.Series
		err    error
		want   rollout.Outcome
		detail string
	}{
		{"below the threshold passes", nil, verify.Series{Points: points(1, 4.9, 5), Samples: 40}, nil, rollout.Pass, ""},
		{"one datapoint above it fails, with the worst", nil, verify.Series{Points: points(1, 5.125, 7.25), Samples: 40}, nil, rollout.Fails, `errors was 7.25 at 00:02 UTC, which is above 5; 2 of 3 datapoints of 1m are, from 40 samples`},
		{"at the threshold fails where that is bad", func(m *verify.Metric) { m.Comparison = verify.GreaterOrEqual }, verify.Series{Points: points(5), Samples: 1}, nil, rollout.Fails, `errors was 5 at 00:00 UTC, which is at or above 5; 1 of 1 datapoints of 1m are, from 1 samples`},
		{"below can be bad", func(m *verify.Metric) { m.Comparison = verify.Less }, verify.Series{Points: points(9, 4), Samples: 2}, nil, rollout.Fails, `errors was 4 at 00:01 UTC, which is below 5; 1 of 2 datapoints of 1m are, from 2 samples`},
		{"at can be bad, and above good", func(m *verify.Metric) { m.Comparison = verify.LessOrEqual }, verify.Series{Points: points(5.01), Samples: 2}, nil, rollout.Pass, ""},
		{"too few samples are a doubt, however bad", func(m *verify.Metric) { m.MinSamples = 50 }, verify.Series{Points: points(100), Samples: 49}, nil, rollout.Inconclusive, `errors has 49 samples in 10m, want at least 50`},
		{"no data is a doubt", nil, verify.Series{}, nil, rollout.Inconclusive, `errors has no datapoint in 10m`},
		{"no data can be good", func(m *verify.Metric) { m.WhenMissing, m.MinSamples = verify.NotBreaching, 0 }, verify.Series{}, nil, rollout.Pass, ""},
		{"no data is good only of enough samples", func(m *verify.Metric) { m.WhenMissing, m.MinSamples = verify.NotBreaching, 50 }, verify.Series{Samples: 9}, nil, rollout.Inconclusive, `errors has 9 samples in 10m, want at least 50`},
		{"no errors among enough requests are good", func(m *verify.Metric) { m.WhenMissing, m.MinSamples = verify.NotBreaching, 50 }, verify.Series{Samples: 50}, nil, rollout.Pass, ""},
		{"no data can be bad", func(m *verify.Metric) { m.WhenMissing = verify.Breaching }, verify.Series{}, nil, rollout.Fails, `errors has no datapoint in 10m (treat_missing_data is "breaching")`},
		{"series are told apart", nil, labelled, nil, rollout.Fails, `errors was 9 of "b" at 00:00 UTC, which is above 5; 1 of 2 datapoints of 1m are, from 2 samples`},
		{"throttling is a doubt", nil, verify.Series{}, errThrottled, rollout.Inconclusive, "reading errors: throttled"},
		{"a refusal fails", nil, verify.Series{}, errors.New("access denied"), rollout.Fails, "reading errors: access denied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clk := clock.NewVirtual(epoch.Add(10 * time.Minute))
			m := verify.Metric{Of: "errors", Period: time.Minute, Comparison: verify.Greater, Threshold: 5, MinSamples: 1, WhenMissing: verify.Missing, Clock: clk,
				Read:      func(context.Context, time.Time, time.Time) (verify.Series, error) { return tc.found, tc.err },
				Temporary: func(err error) bool { return errors.Is(err, errThrottled) }}
			if tc.change != nil {
				tc.change(&m)
			}
			got, err := m.Check()(context.Background(), rollout.Moment{Since: epoch})
			if err != nil || got.Outcome != tc.want || got.Detail != tc.detail {
				t.Errorf("got %+v, %v; want %s %q", got, err, tc.want, tc.detail)
			}
		})
	}
}

func TestMetric_periods(t *testing.T) {
	at := func(m, s int) time.Time {
		return epoch.Add(time.Duration(m)*time.Minute + time.Duration(s)*time.Second)
	}
	for _, tc := range []struct {
		name           string
		now, since     time.Time
		window, period time.Duration
		from, to       time.Time
	}{
		{"whole periods since the step arrived", at(13, 40), at(3, 25), 0, time.Minute, at(4, 0), at(13, 0)},
		{"a step that arrived on the minute", at(13, 0), at(3, 0), 0, time.Minute, at(3, 0), at(13, 0)},
		{"long periods leave more out", at(13, 40), at(3, 25), 0, 5 * time.Minute, at(5, 0), at(10, 0)},
		{"a window ends now, whenever the step arrived", at(13, 40), at(13, 0), 10 * time.Minute, time.Minute, at(3, 0), at(13, 0)},
		{"a window of half periods is cut", at(13, 40), at(13, 0), 150 * time.Second, time.Minute, at(11, 0), at(13, 0)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if from, to := verify.Periods(tc.now, tc.since, tc.window, tc.period); !from.Equal(tc.from) || !to.Equal(tc.to) {
				t.Errorf("from %s to %s, want %s to %s", from, to, tc.from, tc.to)
			}
		})
	}
	m := verify.Metric{Of: "errors", Period: time.Minute, Clock: clock.NewVirtual(at(3, 50))}
	got, err := m.Check()(context.Background(), rollout.Moment{Since: at(3, 25)})
	if want := "errors: no whole period of 1m has passed yet"; err != nil || got.Outcome != rollout.Inconclusive || got.Detail != want {
		t.Errorf("got %+v, %v; want inconclusive %q", got, err, want)
	}
}
