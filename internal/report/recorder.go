package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Names of the files in a report's directory.
const (
	EventsFile  = "events.jsonl"
	PageFile    = "index.html"
	SummaryFile = "summary.md"
)

// Recorder writes the report of one release. It is used by one goroutine.
// Trouble with writing never stops a release: the first error is kept for
// Close.
type Recorder struct {
	dir    string // empty: nothing is written but what Summary gives
	clock  clock.Clock
	events []Event
	err    error
}

// Open begins a report in a new directory below dir, named after the release's
// kind, its target and the time. An empty dir keeps the report in memory, for
// its summary.
func Open(dir string, r Release, clk clock.Clock) (*Recorder, error) {
	rec := &Recorder{clock: clk}
	if dir != "" {
		name := fmt.Sprintf("%s-%s-%s", r.Kind, fileName(r.Target), clk.Now().UTC().Format("20060102T150405Z"))
		rec.dir = filepath.Join(dir, name)
		if err := os.MkdirAll(rec.dir, 0o755); err != nil {
			return nil, fmt.Errorf("making the report's directory: %w", err)
		}
	}
	rec.add(Event{Kind: Began, Release: &r})
	return rec, rec.err
}

// Dir is the report's directory; empty when it is kept in memory.
func (r *Recorder) Dir() string { return r.dir }

// See takes note of where the release stands and what its target looks like.
// firing are the names of alarms that fire.
func (r *Recorder) See(s rollout.State, step int, o rollout.Observation, firing []string) {
	e := Event{
		Kind: Sample, Phase: string(s.Phase), Step: step, Percent: o.Percent, Shares: maps.Clone(o.Shares),
		Serving: o.Serving, Floor: o.Floor, Alarms: slices.Sorted(slices.Values(firing)), Activity: o.Activity,
		Reason: s.Reason, Evidence: s.Evidence,
	}
	if o.Verdict != nil {
		c := e
		c.Kind, c.Check = Check, &Verdict{Outcome: string(o.Verdict.Outcome), Detail: o.Verdict.Detail}
		r.add(c)
	}
	switch last := r.seen(); {
	case last == nil || last.Phase != e.Phase || last.Step != e.Step:
		e.Kind = Phase
	case sameSight(*last, e):
		return
	}
	r.add(e)
}

// seen is the last event that tells where the release stands.
func (r *Recorder) seen() *Event {
	if e := &r.events[len(r.events)-1]; e.Kind != Began {
		return e
	}
	return nil
}

// sameSight reports whether nothing that can be seen has changed.
func sameSight(a, b Event) bool {
	return a.Percent == b.Percent && maps.Equal(a.Shares, b.Shares) && a.Serving == b.Serving && a.Floor == b.Floor &&
		slices.Equal(a.Alarms, b.Alarms) && a.Activity == b.Activity && a.Reason == b.Reason && a.Evidence == b.Evidence
}

// Close tells how the release ended, and which error writing the report met.
func (r *Recorder) Close(status, reason, evidence string) error {
	last := r.events[len(r.events)-1]
	r.add(Event{Kind: Ended, Status: status, Phase: last.Phase, Step: last.Step, Percent: last.Percent, Shares: last.Shares,
		Serving: last.Serving, Floor: last.Floor, Reason: reason, Evidence: evidence})
	return r.err
}

// Summary is the report in Markdown.
func (r *Recorder) Summary() string { return Markdown(r.events) }

func (r *Recorder) add(e Event) {
	e.Schema, e.Time = Schema, r.clock.Now().UTC()
	r.events = append(r.events, e)
	if r.dir == "" || r.err != nil {
		return
	}
	if r.err = r.write(e); r.err != nil {
		r.err = fmt.Errorf("writing the report: %w", r.err)
	}
}

func (r *Recorder) write(e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := Append(filepath.Join(r.dir, EventsFile), string(line)+"\n"); err != nil {
		return err
	}
	page, err := HTML(r.events)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(r.dir, PageFile), page); err != nil {
		return err
	}
	return replace(filepath.Join(r.dir, SummaryFile), Markdown(r.events))
}

// Append adds to a file that others may add to as well, and makes it where
// there is none.
func Append(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// replace writes a file that its readers never see half of.
func replace(path, content string) error {
	next := path + ".next"
	if err := os.WriteFile(next, []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// fileName is a name that every file system takes.
func fileName(s string) string {
	return strings.Trim(regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(s, "-"), "-.")
}
