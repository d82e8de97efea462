package provider_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestRollingRelease_manyAtOnce: a hundred releases of one provider process
// stay inside the rates, and learn soon that AWS has finished.
func TestRollingRelease_manyAtOnce(t *testing.T) {
	n := 100
	if s := os.Getenv("N"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	w := acctest.New(t, emulator.WithRates(acctest.Rates()))
	f := w.NewFleet(t, n)
	t.Logf("empty plan: %s, %v", f.Plans.Took, f.Plans.Calls)
	got := f.Apply(2)
	t.Logf("%d releases in %s: %d calls (%v), %d throttled; lag median %s, 95 %% %s, most %s", n, got.Took.Round(time.Second), got.Total(), got.Calls,
		got.Throttled, got.Lag(0.5), got.Lag(0.95), got.Lag(1))
	if len(got.Failed) > 0 {
		t.Errorf("%d releases failed: %s", len(got.Failed), got.Failed[0])
	}
}
