package emulator

import "slices"

// poolProgress is where a refresh stands with the group's warm pool, in units.
// The pool's turn comes when the group itself is done.
type poolProgress struct {
	total int // what the pool is to hold
	ready int // updated, and ready to enter service
	olds  []*member
	going int // on their way into the pool or out of it
}

// pool counts the warm pool for the refresh.
func (r *refresh) pool(done func(*member) bool) (p poolProgress) {
	g := r.group
	if g.pool == nil {
		return p
	}
	p.total = g.wanted()
	for _, m := range g.pool.members {
		switch {
		case m.leavesPool():
			p.going++
		case !done(m):
			p.olds = append(p.olds, m)
		case m.ready():
			p.ready += m.units()
		default:
			p.going++
		}
	}
	return p
}

// left is how many units of the pool are still to be updated.
func (p poolProgress) left() int { return max(p.total-p.ready, 0) }

// updatePool replaces what is old in the pool: nothing there serves, so all of
// it goes at once. It reports whether the pool is done.
func (r *refresh) updatePool(p poolProgress) bool {
	g := r.group
	if g.isSuspended("Terminate") {
		return len(p.olds) == 0
	}
	for _, m := range slices.Clone(p.olds) {
		g.endWarm(m, r.causeOfEnd(m))
	}
	return len(p.olds) == 0 && p.going == 0 && p.left() == 0
}

// both is the percentage of group and pool together that is complete.
func (p progress) both() int {
	if p.pool.total == 0 {
		return p.share()
	}
	total := max(p.total-p.fixed, 0) + p.pool.total
	ready := min(max(p.ready-p.fixed, 0), max(p.total-p.fixed, 0)) + min(p.pool.ready, p.pool.total)
	return 100 * ready / total
}

// share is the percentage of the pool that is complete.
func (p poolProgress) share() int {
	if p.total == 0 {
		return 100
	}
	return min(100*p.ready/p.total, 100)
}

// details tells the progress of group and pool apart, for groups with a pool.
func (p progress) details() values {
	return values{
		"LivePoolProgress": values{"PercentageComplete": p.share(), "InstancesToUpdate": p.remaining()},
		"WarmPoolProgress": values{"PercentageComplete": p.pool.share(), "InstancesToUpdate": p.pool.left()},
	}
}
