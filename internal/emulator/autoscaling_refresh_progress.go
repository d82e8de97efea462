package emulator

import (
	"slices"
	"time"
)

// progress is where a refresh stands, in units of capacity.
type progress struct {
	total    int // what the refresh covers
	fixed    int // of that, matching already when it began and not counted
	old      int // live and to be replaced
	blocked  int // of old, protected: to be waited for
	ignored  int // protected, and to be left alone
	new      int // live and updated
	ready    int // of new, healthy and warmed up
	usable   int // all that serve
	live     int
	pending  int // instances on their way in
	leaving  int // instances on their way out
	olds     []*member
	updated  []*member
	standby  []*member // in standby and not to be ignored
	awaited  *member   // an instance that is not ready yet
	warming  bool      // awaited only has to warm up
	earliest time.Time // when the next instance is warm
	pool     poolProgress
}

// progress counts the group's members for the refresh.
func (r *refresh) progress() progress {
	g := r.group
	p := progress{total: g.desired}
	done := r.isDone()
	for _, m := range g.members {
		updated := done(m)
		switch m.lifecycle {
		case "Terminating":
			p.leaving++
			continue
		case "Standby":
			if r.prefs.standby != "Ignore" && !updated {
				p.standby = append(p.standby, m)
			}
			continue
		}
		p.live += m.units()
		if m.lifecycle == "Pending" {
			p.pending++
		}
		if updated {
			p.count(r, m)
			continue
		}
		if m.usable() {
			p.usable += m.units()
		}
		if m.protected && r.prefs.protected == "Ignore" && r.rollback == nil {
			p.ignored += m.units()
			continue
		}
		p.old += m.units()
		p.olds = append(p.olds, m)
		if m.protected && r.prefs.protected == "Wait" {
			p.blocked += m.units()
		}
	}
	p.pool = r.pool(done)
	p.total = max(p.total-p.ignored, 0)
	p.fixed = min(p.fixed, p.total)
	return p
}

// count takes in an updated member.
func (p *progress) count(r *refresh, m *member) {
	p.new += m.units()
	p.updated = append(p.updated, m)
	warm := m.since
	if m.refreshID == r.id {
		warm = m.since.Add(r.prefs.warmup)
	}
	now := r.group.state.region.emulator.now
	switch {
	case !m.usable():
		p.awaited, p.warming = m, false
	case now.Before(warm):
		if p.awaited == nil {
			p.awaited, p.warming = m, true
		}
		if p.earliest.IsZero() || warm.Before(p.earliest) {
			p.earliest = warm
		}
	default:
		p.ready += m.units()
		p.usable += m.units()
	}
	if m.matched == r.id && r.countsRemaining() {
		p.fixed += m.units()
	}
}

// countsRemaining reports whether percentages leave out what matched already.
func (r *refresh) countsRemaining() bool {
	return r.prefs.skipMatching && r.group.state.region.emulator.switches.CheckpointsCountRemaining
}

// isDone is the test that tells updated members from those to be replaced.
func (r *refresh) isDone() func(*member) bool {
	if r.rollback != nil {
		return r.isTakenBack()
	}
	launched := func(m *member) bool { return m.refreshID == r.id }
	if !r.prefs.skipMatching {
		return launched
	}
	want := r.group.saved
	if r.target != nil {
		want = *r.target
	}
	// With $Latest or $Default this looks at the version anew each time.
	all, err := r.group.state.choices(want)
	if err != nil {
		return launched
	}
	return func(m *member) bool {
		return slices.ContainsFunc(all, func(c choice) bool { return c.matches(m) })
	}
}

// share is the percentage of the refresh that is complete.
func (p progress) share() int {
	if p.total <= p.fixed {
		return 100
	}
	return min(100*max(p.ready-p.fixed, 0)/(p.total-p.fixed), 100)
}

// goal is how many units are updated at a percentage: the least number that
// reaches it.
func (p progress) goal(percent int) int {
	return p.fixed + (percent*(p.total-p.fixed)+99)/100
}

// remaining is how many instances are still to be updated.
func (p progress) remaining() int {
	return max(p.total-p.ready, 0)
}
