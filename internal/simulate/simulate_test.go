package simulate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/simulate"
)

func TestRollout(t *testing.T) {
	surge := simulate.Strategy{MinHealthy: 100, MaxHealthy: 110, Pause: 10 * time.Minute, Bake: 5 * time.Minute, Warmup: time.Minute, Replacement: time.Minute}
	with := func(change func(*simulate.Strategy)) simulate.Strategy { s := surge; change(&s); return s }
	for name, tc := range map[string]struct {
		group    simulate.Group
		strategy simulate.Strategy
		steps    string
		skipped  string
		serve    string
		takes    string
	}{
		"two instances skip a tenth": {simulate.Group{Desired: 2}, with(func(s *simulate.Strategy) { s.Steps = []int{10, 40} }),
			"[{10 1 1 1 false} {40 1 0 0 true} {100 2 1 1 false}]", "[10]", "2-3", "17m0s-31m0s"},
		"one instance never pauses": {simulate.Group{Desired: 1}, with(func(s *simulate.Strategy) { s.Steps = []int{50} }),
			"[{50 1 1 1 false} {100 1 0 0 false}]", "[50]", "0-2", "6m0s-19m0s"},
		"one held step by step pauses": {simulate.Group{Desired: 1}, with(func(s *simulate.Strategy) { s.Steps, s.HoldAt, s.Stepwise = []int{50}, 50, true }),
			"[{50 1 1 1 true}]", "[]", "0-2", "11m0s-14m0s"},
		"nothing to do": {simulate.Group{Desired: 5, Matching: 5}, surge, "[{100 5 0 0 false}]", "[]", "5-5", "0s-7m0s"},
		"no instances":  {simulate.Group{}, surge, "[{100 0 0 0 false}]", "[]", "0-0", "0s-7m0s"},
		"terminating first": {simulate.Group{Desired: 10}, with(func(s *simulate.Strategy) { s.MinHealthy, s.MaxHealthy = 50, 100 }),
			"[{100 10 10 2 false}]", "[]", "5-10", "7m0s-11m0s"},
		"no room for a surge": {simulate.Group{Desired: 10, MaxSize: 10}, with(func(s *simulate.Strategy) { s.MaxHealthy = 150 }),
			"[{100 10 10 2 false}]", "[]", "9-15", "7m0s-27m0s"},
		"from a step on": {simulate.Group{Desired: 10, Matching: 5}, with(func(s *simulate.Strategy) { s.Steps, s.From, s.Stepwise = []int{10, 50, 80}, 50, true }),
			"[{80 8 3 3 true} {100 10 2 2 false}]", "[]", "10-11", "20m0s-29m0s"},
		"protected ones stay": {simulate.Group{Desired: 10, Ignored: 4}, surge, "[{100 6 6 6 false}]", "[]", "10-11", "11m0s-19m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			b := simulate.Rollout(tc.group, tc.strategy)
			for _, pair := range [][2]string{
				{fmt.Sprint(b.Steps), tc.steps}, {fmt.Sprint(b.Skipped), tc.skipped},
				{fmt.Sprintf("%d-%d", b.Least, b.Most), tc.serve}, {fmt.Sprintf("%s-%s", b.Shortest, b.Longest), tc.takes},
			} {
				if pair[0] != pair[1] {
					t.Errorf("got %s, want %s", pair[0], pair[1])
				}
			}
		})
	}
}
