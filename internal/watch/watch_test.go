package watch_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/watch"
)

type bench struct {
	t   *testing.T
	clk *clock.Virtual
	dir string
}

func newBench(t *testing.T) bench {
	return bench{t: t, clk: clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)), dir: t.TempDir()}
}

func (b bench) open(target string) *report.Recorder {
	b.t.Helper()
	r, err := report.Open(b.dir, report.Release{Kind: "alias_promotion", Target: target, Version: "8", Previous: "7",
		Steps: []report.Step{{Percent: 25, Pause: 600}, {Percent: 100}}}, b.clk)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b bench) run(ctx context.Context, terminal bool, args ...string) (out, errs string, status int) {
	b.t.Helper()
	var o, e strings.Builder
	status = watch.Run(ctx, args, watch.Screen{Out: &o, Terminal: terminal}, &e, b.clk, "test")
	return o.String(), e.String(), status
}

func see(r *report.Recorder, phase rollout.Phase, percent float64) {
	r.See(rollout.State{Phase: phase}, 25, rollout.Observation{Percent: percent, Activity: "alias serves " + strings.Repeat("so ", 40),
		Shares: map[string]float64{"8": percent, "7": 100 - percent}}, nil)
}

func TestRun_linesUntilAllHaveEnded(t *testing.T) {
	b := newBench(t)
	one, two := b.open("shop:live"), b.open("cart:live")
	see(one, rollout.Pausing, 25)
	if err := one.Close("promoted", "", ""); err != nil {
		t.Fatal(err)
	}
	leave := b.clk.Join()
	go func() { // the second one ends while somebody watches
		defer leave()
		_ = b.clk.Sleep(context.Background(), time.Minute)
		_ = two.Close("rolled_back", "check smoke failed", "")
	}()
	out, errs, status := b.run(t.Context(), false, b.dir)
	if status != watch.ExitBad || errs != "" {
		t.Errorf("status %d, %s", status, errs)
	}
	for _, want := range []string{
		"00:00:00 shop:live begins: 8 in place of 7, 25 % (10m0s), 100 %\n", "00:00:00 shop:live 25 % pausing: alias serves so",
		"shop:live ended: promoted.\n", "00:01:00 cart:live ended: rolled back. check smoke failed\n",
	} {
		if strings.Count(out, want) != 1 {
			t.Errorf("the lines have %q not once:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("a log has a terminal's codes")
	}
	if alone, _, status := b.run(t.Context(), false, one.Dir()); status != watch.ExitGood || strings.Contains(alone, "cart") {
		t.Errorf("one report by itself: status %d\n%s", status, alone)
	}
}

func TestRun_barsOnATerminal(t *testing.T) {
	b := newBench(t)
	r := b.open("shop:live")
	see(r, rollout.Pausing, 25)
	leave := b.clk.Join()
	go func() {
		defer leave()
		_ = b.clk.Sleep(context.Background(), 10*time.Second)
		_ = r.Close("promoted", "", "")
	}()
	out, _, status := b.run(t.Context(), true, b.dir)
	if status != watch.ExitGood {
		t.Errorf("status %d", status)
	}
	bar := "shop:live [██████░░░░░░░░░░░░░░░░░░]  25 % pausing alias serves so"
	if !strings.Contains(out, bar) || !strings.Contains(out, "…\n") || !strings.Contains(out, "\x1b[1A\x1b[J") {
		t.Errorf("no bar that is drawn again:\n%q", out)
	}
	if !strings.HasSuffix(out, "shop:live ended: promoted.\n") {
		t.Errorf("the end does not stay on the screen:\n%q", out)
	}
}

func TestRun_waitsForTheFirst(t *testing.T) {
	b := newBench(t)
	b.dir = filepath.Join(b.dir, "later")
	if _, errs, status := b.run(t.Context(), false, b.dir); status != watch.ExitBad || !strings.Contains(errs, "-wait for the first one") {
		t.Errorf("nothing there: status %d, %s", status, errs)
	}
	leave := b.clk.Join()
	go func() {
		defer leave()
		_ = b.clk.Sleep(context.Background(), 5*time.Second)
		_ = b.open("shop:live").Close("held", "", "")
	}()
	if out, errs, status := b.run(t.Context(), false, "-wait", b.dir); status != watch.ExitGood || !strings.Contains(out, "ended: held") {
		t.Errorf("status %d, %s\n%s", status, errs, out)
	}
}

func TestRun_refuses(t *testing.T) {
	b := newBench(t)
	broken := filepath.Join(b.dir, report.EventsFile)
	if err := os.WriteFile(broken, []byte("no event\nno event\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, watch.ExitUsage, "watch [-wait] DIR"},
		{[]string{"a", "b"}, watch.ExitUsage, "watch [-wait] DIR"},
		{[]string{"-autoscaling-group", "g", "dir"}, watch.ExitUsage, "watch [-wait] DIR"},
		{[]string{"-nonsense"}, watch.ExitUsage, "nonsense"},
		{[]string{b.dir}, watch.ExitBad, "line 1 is no event"},
	} {
		if _, errs, status := b.run(t.Context(), false, tc.args...); status != tc.status || !strings.Contains(errs, tc.says) {
			t.Errorf("watch %v: status %d, %s", tc.args, status, errs)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	os.Remove(broken)
	b.open("shop:live")
	if _, errs, status := b.run(ctx, false, b.dir); status != watch.ExitGood || errs != "" {
		t.Errorf("Ctrl-C: status %d, %s", status, errs)
	}
}
