package simulate

import "time"

// reading is one of the ways to read what AWS does.
type reading struct {
	remaining bool // checkpoints count what does not match yet, not the whole
	surge     bool // the surge stops at the group's maximum size
	single    bool // a single instance is terminated before it is replaced
	final     bool // the pause passes after the last checkpoint too
}

// readings are all that can matter for the group, the likeliest first.
func readings(g Group) []reading {
	out := []reading{{}, {final: true}}
	double := func(change func(*reading)) {
		for _, r := range out {
			change(&r)
			out = append(out, r)
		}
	}
	if g.Matching > 0 {
		double(func(r *reading) { r.remaining = true })
	}
	if g.MaxSize > 0 {
		double(func(r *reading) { r.surge = true })
	}
	if g.Desired == 1 {
		double(func(r *reading) { r.single = true })
	}
	return out
}

// bounds are how many instances stay in service, and how many there are at
// most. A minimum of 100 launches first and a maximum of 100 terminates first;
// where rounding leaves no room, one instance moves all the same.
func (s Strategy) bounds(g Group, r reading) (floor, ceiling int) {
	n := g.Desired
	if n == 1 && r.single {
		return 0, 1
	}
	floor, ceiling = (n*s.MinHealthy+99)/100, n*s.MaxHealthy/100
	switch {
	case s.MinHealthy == 100 || s.MaxHealthy > 100:
		ceiling = max(ceiling, n+1)
	case floor == n:
		floor = n - 1
	}
	if r.surge && ceiling > g.MaxSize {
		ceiling = g.MaxSize
		if ceiling <= n && floor >= n {
			floor = n - 1
		}
	}
	return max(floor, 0), ceiling
}

// course is a release under one reading.
type course struct {
	group    Group
	strategy Strategy
	reading  reading

	floor, ceiling int
	updated        int  // instances that run the version
	moved          bool // some were replaced since the last pause
	waited         bool // at the checkpoints that were reached at the start

	steps             []Step
	batches           []Batch
	skipped           []int
	least, most       int
	shortest, longest time.Duration
}

// walk takes a release through its steps.
func walk(g Group, s Strategy, r reading) course {
	c := course{group: g, strategy: s, reading: r, updated: g.Matching, least: g.Desired, most: g.Desired}
	c.floor, c.ceiling = s.bounds(g, r)
	points := s.points()
	if g.Desired-g.Ignored <= g.Matching {
		return c.idle(points)
	}
	refreshes := 0
	for i, p := range points {
		goal := c.goal(p)
		replaced := max(goal-c.updated, 0)
		c.replace(p, replaced)
		if replaced > 0 && s.Stepwise {
			refreshes++
		}
		last := i == len(points)-1
		next := !last && c.goal(points[i+1]) > goal
		c.moved = c.moved || replaced > 0
		c.pause(p, next, last)
	}
	if !s.Stepwise {
		refreshes = 1
	}
	if c.whole(points) {
		c.shortest += s.Bake
		c.longest += s.Bake
	}
	c.longest += time.Duration(refreshes) * perRefresh
	return c
}

// points are the steps that are taken, to where the release ends.
func (s Strategy) points() []int {
	var out []int
	for _, p := range append(append([]int{}, s.Steps...), 100) {
		if p <= s.From || len(out) > 0 && p <= out[len(out)-1] {
			continue
		}
		if out = append(out, p); s.HoldAt > 0 && p >= s.HoldAt {
			break
		}
	}
	return out
}

func (c *course) whole(points []int) bool { return len(points) > 0 && points[len(points)-1] == 100 }

// goal is how many instances run the version at a percentage: the least number
// that reaches it.
func (c *course) goal(percent int) int {
	fixed, total := 0, c.group.Desired-c.group.Ignored
	if c.reading.remaining {
		fixed = c.group.Matching
	}
	return fixed + (percent*(total-fixed)+99)/100
}

// replace adds the batches that bring so many instances.
func (c *course) replace(percent, count int) {
	room := max(c.ceiling-c.floor, 1)
	batches := 0
	for left := count; left > 0; left -= room {
		b := Batch{Percent: percent, Instances: min(left, room)}
		b.Least, b.Most = max(c.floor, c.group.Desired-b.Instances), min(c.ceiling, c.group.Desired+b.Instances)
		c.least, c.most = min(c.least, b.Least), max(c.most, b.Most)
		c.batches = append(c.batches, b)
		batches++
	}
	c.updated += count
	c.steps = append(c.steps, Step{Percent: percent, Instances: max(c.updated, c.goal(percent)), Replaced: count, Batches: batches})
	c.shortest += time.Duration(batches) * c.strategy.Warmup
	c.longest += time.Duration(batches) * (c.strategy.Warmup + c.strategy.Replacement)
}

// pause waits at a step, where a group of this size does.
func (c *course) pause(percent int, next, last bool) {
	s, step := c.strategy, &c.steps[len(c.steps)-1]
	switch {
	case last && s.HoldAt == 0:
		if len(c.steps) > 1 && !s.Stepwise && c.reading.final {
			c.longest += s.Pause
			c.shortest += s.Pause
		}
	case s.Stepwise:
		step.Paused = true
		if c.longest += s.Pause; c.moved || c.group.Matching == 0 {
			c.shortest += s.Pause
		}
		c.moved = false
	case !next: // the next step's notice is this one's too
		c.skipped = append(c.skipped, percent)
	case c.moved:
		step.Paused, c.moved = true, false
		c.shortest += s.Pause
		c.longest += s.Pause
	case !c.waited: // reached before it began: AWS may wait there or not
		step.Paused, c.waited = true, true
		c.longest += s.Pause
	}
}

// idle is a release that finds nothing to replace. AWS calls it successful at
// once; whether it waits first is not established.
func (c course) idle(points []int) course {
	for _, p := range points {
		c.steps = append(c.steps, Step{Percent: p, Instances: c.group.Desired - c.group.Ignored})
		if c.strategy.Stepwise {
			c.longest += c.strategy.Pause
		}
	}
	c.longest += perRefresh
	if c.whole(points) {
		c.longest += c.strategy.Bake
	}
	return c
}
