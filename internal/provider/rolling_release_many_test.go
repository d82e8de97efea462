package provider_test

import (
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestRollingRelease_manyAtOnce: a hundred releases of one provider process
// stay inside the rates, learn soon that AWS has finished, and one of them that
// fails goes back while the others are under way.
func TestRollingRelease_manyAtOnce(t *testing.T) {
	const n = 100
	w := acctest.New(t, emulator.WithRates(acctest.Rates()))
	f := w.NewFleet(t, n, "1m")
	if reads := f.Plans.Calls["autoscaling:DescribeAutoScalingGroups"]; reads > n/10 || f.Plans.Total() > 2*n || f.Plans.Throttled > 0 {
		t.Errorf("an empty plan of %d releases took %v, want groups read together, and one call for each refresh", n, f.Plans.Calls)
	}
	bad := f.Groups[7]
	w.Later(t, 3*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "errors-007", "StateValue": "ALARM", "StateReason": "too many errors"})
	got := f.Apply(2)
	t.Logf("%d releases in %s: %d calls, %v, %d throttled; lag: median %s, 95 %% %s, most %s; plan %v in %s", n, got.Took.Round(time.Second), got.Total(), got.Calls,
		got.Throttled, got.Lag(0.5), got.Lag(0.95), got.Lag(1), f.Plans.Calls, f.Plans.Took)
	if len(got.Failed) != 1 {
		t.Errorf("%d releases failed, want the one whose alarm fired: %v", len(got.Failed), got.Failed)
	}
	if got.Throttled*100 > got.Total() {
		t.Errorf("%d of %d calls were throttled, want less than 1 %%", got.Throttled, got.Total())
	}
	if most := 90 * n; got.Total() > most {
		t.Errorf("%d calls, want at most %d", got.Total(), most)
	}
	if len(got.Lags) != n || got.Lag(0.5) > 3*time.Second || got.Lag(1) > 15*time.Second {
		t.Errorf("%d ended; the lag was %s in the median and %s at most, want 3s and 15s", len(got.Lags), got.Lag(0.5), got.Lag(1))
	}
	for _, g := range f.Groups {
		if v := g.Versions(); g != bad && v[2] != 4 || g == bad && v[1] != 4 || len(v) != 1 {
			t.Errorf("%s runs %v", g.Name, v)
		}
	}
}
