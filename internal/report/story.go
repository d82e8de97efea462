package report

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// story is a release as its events tell it: what page and summary show.
type story struct {
	Release
	Start, End time.Time // of what is known; End is the last event's
	Status     string    // "running" until the end is told
	Reason     string
	Evidence   string
	Percent    float64
	Activity   string
	Stages     []stage
	Checks     []Event
	Versions   []string // the new one first, then the previous one, then others
	events     []Event
}

// stage is a step of the schedule, or the bake, and what became of it.
type stage struct {
	Name     string
	Percent  int
	Pause    time.Duration
	State    string // "to come", "under way", "passed", "stopped here", "not reached"
	Began    time.Time
	Finished time.Time
}

// Stage states.
const (
	toCome     = "to come"
	underWay   = "under way"
	passed     = "passed"
	stopped    = "stopped here"
	notReached = "not reached"
)

const running = "running"

// tell makes the story of events; the first one begins a release.
func tell(events []Event) story {
	s := story{Status: running, events: events}
	if len(events) == 0 || events[0].Release == nil {
		return s
	}
	s.Release, s.Start, s.End = *events[0].Release, events[0].Time, events[len(events)-1].Time
	for _, e := range events {
		s.Percent, s.Activity = e.Percent, cmp.Or(e.Activity, s.Activity)
		s.Reason, s.Evidence = cmp.Or(e.Reason, s.Reason), cmp.Or(e.Evidence, s.Evidence)
		if e.Kind == Check {
			s.Checks = append(s.Checks, e)
		}
		if e.Kind == Ended {
			s.Status = e.Status
		}
	}
	s.Stages = s.stages()
	s.Versions = s.versions()
	return s
}

// Running reports whether no end has been told.
func (s story) Running() bool { return s.Status == running }

// Good reports whether the release did what it should, as far as it is known.
func (s story) Good() bool {
	return s.Status == "promoted" || s.Status == "held" || s.Running() && s.Reason == ""
}

// Lasted is how long the release took so far.
func (s story) Lasted() time.Duration { return s.End.Sub(s.Start).Round(time.Second) }

// versions are all that ever had a share.
func (s story) versions() []string {
	all := map[string]bool{}
	for _, e := range s.events {
		for v := range e.Shares {
			all[v] = true
		}
	}
	out := slices.Sorted(maps.Keys(all))
	rank := func(v string) int {
		switch v {
		case s.Version:
			return 0
		case s.Previous:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// stages are the steps and what became of each.
func (s story) stages() []stage {
	var out []stage
	for _, p := range s.Steps {
		st := stage{Name: percent(float64(p.Percent)), Percent: p.Percent, Pause: time.Duration(p.Pause) * time.Second, State: toCome}
		if p.Percent == 100 {
			st.Pause = time.Duration(s.Bake) * time.Second
		}
		out = append(out, st)
	}
	for _, e := range s.events {
		s.pass(out, e)
	}
	ended := !s.Running()
	for i := range out {
		switch st := &out[i]; {
		case st.State == underWay && ended && s.Good():
			st.State, st.Finished = passed, s.End
		case st.State == underWay && ended:
			st.State = stopped
		case st.State == toCome && ended:
			st.State = notReached
		}
	}
	return out
}

// pass moves the stages on to where an event stands. A target that takes the
// steps by itself shows its share only: a step that it has left behind has
// passed.
func (s story) pass(stages []stage, e Event) {
	if !slices.Contains([]string{"shifting", "pausing", "baking", "promoting"}, e.Phase) {
		return
	}
	for i := range stages {
		st := &stages[i]
		if st.State == toCome && (i == 0 || stages[i-1].State == passed) {
			st.State, st.Began = underWay, e.Time
		}
		beyond := e.Percent > float64(st.Percent) || e.Step > st.Percent
		if st.State == underWay && beyond {
			st.State, st.Finished = passed, e.Time
		}
	}
}
