package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

const evil = `<script>alert("x")</script>|` + "`"

func about() report.Release {
	return report.Release{Kind: "rolling_release", Target: "shop-web", Version: "lt-1:8", Previous: "lt-1:7", Bake: 300,
		Steps: []report.Step{{Percent: 10, Pause: 600}, {Percent: 50, Pause: 600}, {Percent: 100}}, Alarms: []string{"shop-5xx"}}
}

// sight is a look at a group of ten.
func sight(percent float64, activity string) rollout.Observation {
	return rollout.Observation{Percent: percent, Activity: activity, Serving: 10, Floor: 9,
		Shares: map[string]float64{"lt-1:8": percent, "lt-1:7": 100 - percent}}
}

// release records one that goes well up to 50 percent; bad ends it there.
func release(t *testing.T, dir string, bad bool) *report.Recorder {
	t.Helper()
	clk := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	rec, err := report.Open(dir, about(), clk)
	if err != nil {
		t.Fatal(err)
	}
	see := func(after time.Duration, phase rollout.Phase, step int, o rollout.Observation, firing ...string) {
		if err := clk.Sleep(t.Context(), after); err != nil {
			t.Fatal(err)
		}
		s := rollout.State{Phase: phase}
		if bad && len(firing) > 0 {
			s.Reason, s.Evidence = "alarm shop-5xx fired "+evil, "line one\nline two "+evil
		}
		rec.See(s, step, o, firing)
	}
	see(0, rollout.Shifting, 10, sight(0, "1 to go"))
	see(time.Minute, rollout.Shifting, 10, sight(0, "1 to go"))
	see(time.Minute, rollout.Pausing, 10, sight(10, "waiting"))
	checked := sight(10, "waiting")
	checked.Verdict = &rollout.Verdict{Outcome: rollout.Pass, Detail: "smoke"}
	see(time.Second, rollout.Pausing, 10, checked)
	see(10*time.Minute, rollout.Shifting, 50, sight(30, "2 to go"))
	see(time.Minute, rollout.Pausing, 50, sight(50, "waiting"))
	if bad {
		see(time.Minute, rollout.RollingBack, 50, sight(50, "going back"), "shop-5xx")
		see(5*time.Minute, rollout.RolledBack, 50, sight(0, ""), "shop-5xx")
		if err := rec.Close("rolled_back", "alarm shop-5xx fired "+evil, "line one\nline two "+evil); err != nil {
			t.Fatal(err)
		}
		return rec
	}
	see(10*time.Minute, rollout.Shifting, 100, sight(60, "4 to go"))
	see(5*time.Minute, rollout.Baking, 100, sight(100, "baking"))
	see(5*time.Minute, rollout.Promoted, 100, sight(100, ""))
	if err := rec.Close("promoted", "", ""); err != nil {
		t.Fatal(err)
	}
	return rec
}

func file(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRecorder_tellsTheWholeStory(t *testing.T) {
	rec := release(t, t.TempDir(), false)
	if base := filepath.Base(rec.Dir()); base != "rolling_release-shop-web-20300101T000000Z" {
		t.Errorf("the report is in %s", base)
	}
	events, err := report.Read(strings.NewReader(file(t, rec.Dir(), report.EventsFile)))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, string(e.Kind))
		if e.Schema != report.Schema || e.Time.IsZero() {
			t.Errorf("event without schema or time: %+v", e)
		}
	}
	// What looks as before is told once.
	want := "release phase phase check phase phase phase phase phase end"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("events are %s, want %s", got, want)
	}
	page := file(t, rec.Dir(), report.PageFile)
	again, err := report.HTML(events)
	if err != nil || again != page {
		t.Errorf("the page is not made of the events alone: %v", err)
	}
	if report.Markdown(events) != file(t, rec.Dir(), report.SummaryFile) || rec.Summary() != report.Markdown(events) {
		t.Error("the summary is not made of the events alone")
	}
	if strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("the page of a release that has ended still renews itself")
	}
	running, err := report.HTML(events[:5])
	if err != nil || !strings.Contains(running, `http-equiv="refresh"`) {
		t.Errorf("the page of a release under way does not renew itself: %v", err)
	}
	for _, line := range []string{"| 10 % | 10m | passed | 0s |", "| 50 % | 10m | passed | 12m1s |", "| 100 % | 5m | passed | 23m1s |", "✅ shop-web: promoted", "✓ pass | 2m1s | smoke"} {
		if !strings.Contains(rec.Summary(), line) {
			t.Errorf("the summary lacks %q:\n%s", line, rec.Summary())
		}
	}
}

func TestRecorder_escapesAndNamesTheCause(t *testing.T) {
	rec := release(t, t.TempDir(), true)
	page, summary := file(t, rec.Dir(), report.PageFile), rec.Summary()
	for name, text := range map[string]string{"page": page, "summary": summary} {
		if !strings.Contains(text, "alarm shop-5xx fired") || !strings.Contains(text, "line two") {
			t.Errorf("the %s does not tell the cause:\n%s", name, text)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(strings.Split(summary, "```")[0], "<script") {
		t.Error("text from elsewhere is not escaped")
	}
	for _, line := range []string{"❌ shop-web: rolled\\_back", "| 50 % | 10m | stopped here | 12m1s |", "| 100 % | 5m | not reached |"} {
		if !strings.Contains(strings.ReplaceAll(summary, "rolled back", "rolled\\_back"), line) {
			t.Errorf("the summary lacks %q:\n%s", line, summary)
		}
	}
	if n := strings.Count(page, `class="alarm"`); n == 0 {
		t.Error("no alarm is on the time axis")
	}
	if err := wellFormed(page); err != nil {
		t.Errorf("the page is not well formed: %v", err)
	}
}

// wellFormed lets a strict parser read the page; its void elements are closed
// for it.
func wellFormed(page string) error {
	for _, void := range []string{"<meta ", "<br>"} {
		parts := strings.Split(page, void)
		for i := 1; i < len(parts); i++ {
			if void == "<br>" {
				parts[i] = "<br/>" + parts[i]
				continue
			}
			parts[i] = void + strings.Replace(parts[i], ">", "/>", 1)
		}
		page = strings.Join(parts, "")
	}
	d := xml.NewDecoder(bytes.NewReader([]byte(strings.TrimPrefix(page, "<!doctype html>"))))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
	}
}

func TestRead(t *testing.T) {
	whole := `{"schema":1,"time":"2030-01-01T00:00:00Z","event":"sample"}` + "\n"
	if events, err := report.Read(strings.NewReader(whole + `{"schema":1,"ti`)); err != nil || len(events) != 1 {
		t.Errorf("a line that is being written: %d events, %v", len(events), err)
	}
	if _, err := report.Read(strings.NewReader("no event\n" + whole)); err == nil {
		t.Error("a broken line passed")
	}
	if _, err := report.Read(strings.NewReader(`{"schema":2}` + "\n")); !errors.Is(err, report.ErrNewer) {
		t.Errorf("a newer schema: %v", err)
	}
}

func TestOpen_cannotWrite(t *testing.T) {
	at := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(at, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Open(at, about(), clock.NewVirtual(time.Unix(0, 0))); err == nil {
		t.Error("a report went into a file")
	}
}
