package provider_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/watch"
)

// reported is the events of the newest report in a directory.
func reported(t *testing.T, dir string) []report.Event {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", report.EventsFile))
	if err != nil || len(found) == 0 {
		t.Fatalf("no report in %s: %v", dir, err)
	}
	text, err := os.ReadFile(found[len(found)-1]) // sorted, and named by time
	if err != nil {
		t.Fatal(err)
	}
	events, err := report.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// watched is what watching a directory says, and its exit status.
func watched(t *testing.T, w *acctest.World, dir string) (string, int) {
	t.Helper()
	var out, errs strings.Builder
	status := watch.Run(t.Context(), []string{dir}, watch.Screen{Out: &out}, &errs, w.Clock, "test")
	return out.String() + errs.String(), status
}

func TestRollingRelease_reports(t *testing.T) {
	w := acctest.New(t)
	w.ReportDir, w.StepSummary = filepath.Join(t.TempDir(), "reports"), filepath.Join(t.TempDir(), "summary.md")
	g := w.NewGroup(t, "shop-web", 6, nil)
	g.NewVersion()
	w.NewAlarm(t, "shop-5xx")
	b := w.NewBench(t, "awsdeploy_rolling_release")
	more := map[string]any{"alarms": []any{"shop-5xx"}, "strategy": map[string]any{"steps": []any{50}, "pause": "10m", "bake": "5m", "min_healthy_percentage": 90}}
	for _, version := range []int{1, 2} {
		if err := b.Apply(t.Context(), rollingConfig(g, version, more)); err != nil {
			t.Fatal(err)
		}
	}
	events := reported(t, w.ReportDir)
	first, last := events[0], events[len(events)-1]
	if first.Release.Target != "shop-web" || first.Release.Version != g.Key(2) || first.Release.Previous != g.Key(1) || len(first.Release.Steps) != 2 {
		t.Errorf("the report begins with %+v", first.Release)
	}
	if last.Kind != report.Ended || last.Status != "promoted" || last.Shares[g.Key(2)] != 100 || last.Serving != 6 {
		t.Errorf("the report ends with %+v", last)
	}
	half := false
	for _, e := range events[1:] {
		if e.Kind == report.Check {
			t.Errorf("a check is reported, and none is configured: %+v", e)
		}
		half = half || e.Shares[g.Key(2)] == 50 && e.Shares[g.Key(1)] == 50
		if e.Kind == report.Sample && (e.Serving < e.Floor || e.Floor != 6) {
			t.Errorf("%d in service, floor %d: of 6 instances 90 %% are 6, rounded up", e.Serving, e.Floor)
		}
	}
	if !half {
		t.Error("the pause at 50 percent is not in the report")
	}

	w.Pass(time.Second) // another directory name
	w.Later(t, 6*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 1 percent"})
	if err := b.Apply(t.Context(), rollingConfig(g, 3, more)); err == nil {
		t.Fatal("the alarm did not stop the release")
	}
	events = reported(t, w.ReportDir)
	last = events[len(events)-1]
	if last.Status != "rolled_back" || !strings.Contains(last.Evidence, "5xx above 1 percent") {
		t.Errorf("the report ends with %+v", last)
	}
	fired := false
	for _, e := range events {
		fired = fired || len(e.Alarms) == 1 && e.Alarms[0] == "shop-5xx"
	}
	if !fired {
		t.Error("the alarm is not in the report")
	}
	summary, err := os.ReadFile(w.StepSummary)
	if err != nil || strings.Count(string(summary), "### ") != 3 || !strings.Contains(string(summary), "5xx above 1 percent") {
		t.Errorf("the job's summary has not the three releases and the cause: %v\n%s", err, summary)
	}
	if out, status := watched(t, w, w.ReportDir); status != watch.ExitBad || !strings.Contains(out, "ended: promoted") || !strings.Contains(out, "ended: rolled back. ") {
		t.Errorf("watching gives status %d and\n%s", status, out)
	}
}

func TestAliasPromotion_reports(t *testing.T) {
	w := acctest.New(t)
	w.ReportDir = t.TempDir()
	f := w.NewFunction(t, "shop-api", 2)
	f.NewAlias("live", "1")
	b := w.NewBench(t, "awsdeploy_alias_promotion")
	config := func(version string) map[string]any {
		return map[string]any{"function_name": f.Name, "alias": "live", "version": version,
			"verify":   []any{map[string]any{"name": "ping", "invoke": map[string]any{"payload": `{"ping":true}`}}},
			"strategy": map[string]any{"steps": []any{10}, "pause": "10m"}}
	}
	for _, version := range []string{"1", "2"} {
		w.Pass(time.Second)
		if err := b.Apply(t.Context(), config(version)); err != nil {
			t.Fatal(err)
		}
	}
	checks, tenth := 0, false
	for _, e := range reported(t, w.ReportDir) {
		tenth = tenth || e.Shares["2"] == 10
		if e.Kind == report.Check && e.Check.Outcome == "pass" {
			checks++
		}
	}
	if checks < 3 || !tenth { // before traffic, at 10 percent on arrival and at the end, at 100
		t.Errorf("%d checks are in the report, a tenth of the traffic: %t", checks, tenth)
	}
	if out, status := watched(t, w, w.ReportDir); status != watch.ExitGood || !strings.Contains(out, "10 % pausing") {
		t.Errorf("watching gives status %d and\n%s", status, out)
	}
}

// TestRollingRelease_reportCannotBeWritten: the release does not wait for it.
func TestRollingRelease_reportCannotBeWritten(t *testing.T) {
	w := acctest.New(t)
	w.ReportDir = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(w.ReportDir, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	g := w.NewGroup(t, "shop-web", 2, nil)
	b := w.NewBench(t, "awsdeploy_rolling_release")
	if err := b.Apply(t.Context(), rollingConfig(g, 1, nil)); err != nil {
		t.Fatal(err)
	}
	if err := g.Released(1, 1); err != nil || b.Attribute("status") != "promoted" {
		t.Errorf("status %s, %v", b.Attribute("status"), err)
	}
}

// TestWatch_group follows an instance refresh straight from AWS.
func TestWatch_group(t *testing.T) {
	w := acctest.New(t)
	t.Setenv("AWS_ENDPOINT_URL", w.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	g := w.NewGroup(t, "shop-web", 4, nil)
	follow := func(name string) (string, int) {
		var out, errs strings.Builder
		status := watch.Run(t.Context(), []string{"-autoscaling-group", name, "-region", acctest.Region}, watch.Screen{Out: &out}, &errs, w.Clock, "test")
		return out.String() + errs.String(), status
	}
	if out, status := follow("shop-web"); status != watch.ExitGood || !strings.Contains(out, "4 of 4 in service") || !strings.Contains(out, "no instance refresh") {
		t.Errorf("a quiet group: status %d\n%s", status, out)
	}
	w.Call(t, "autoscaling", "StartInstanceRefresh", map[string]any{"AutoScalingGroupName": g.Name,
		"DesiredConfiguration": map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": g.TemplateID, "Version": "2"}}})
	out, status := follow("shop-web")
	if status != watch.ExitGood || !strings.Contains(out, "InProgress") || !strings.Contains(out, "is Successful") || !strings.Contains(out, "100 % "+g.Key(2)) {
		t.Errorf("a refresh: status %d\n%s", status, out)
	}
	if out, status := follow("nowhere"); status != watch.ExitBad || !strings.Contains(out, "there is no Auto Scaling group nowhere in "+acctest.Region) {
		t.Errorf("a group that is none: status %d\n%s", status, out)
	}
}
