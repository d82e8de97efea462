package emulator

import (
	"fmt"
	"time"
)

// plan makes the next moves of the refresh. It reports whether it took care of
// the group's capacity.
func (r *refresh) plan() bool {
	switch r.status {
	case "InProgress", "RollbackInProgress":
	case "Baking":
		return r.bake()
	case "Cancelling":
		return r.settleCancel()
	default:
		return false
	}
	if r.group.isSuspended("InstanceRefresh") {
		r.reason, r.paused = "The InstanceRefresh process is suspended.", true
		return false
	}
	if r.paused {
		r.paused = false
		r.progressed()
	}
	p := r.progress()
	r.show(p)
	if !p.earliest.IsZero() {
		e := r.group.state.region.emulator
		e.after(p.earliest.Sub(e.now), r.group.poke)
	}
	goal := r.goal(p)
	if r.move(p, goal) {
		p = r.progress() // of what the moves left
		r.show(p)
	}
	r.explain(p)
	if r.arrived(p, goal) {
		r.reach(p)
		return !r.ended.IsZero() || r.status == "Baking"
	}
	r.lookAtPatience(p)
	return r.ended.IsZero()
}

// goal is how many units are to be updated before the refresh stops, at a
// checkpoint or for good.
func (r *refresh) goal(p progress) int {
	points := r.prefs.checkpoints
	if r.rollback != nil || len(points) == 0 {
		return p.total
	}
	// A group that grew counts its checkpoints anew.
	if r.resumes.IsZero() && p.total > r.sizeThen {
		for r.checkpoint > 0 && p.ready < p.goal(points[r.checkpoint-1]) {
			r.checkpoint--
		}
	}
	if !r.resumes.IsZero() {
		return p.goal(points[r.checkpoint-1])
	}
	return p.goal(points[min(r.checkpoint, len(points)-1)])
}

// arrived reports whether all that the goal asks for is there and settled.
func (r *refresh) arrived(p progress, goal int) bool {
	keep := max(p.total-goal, 0)
	complete := p.ready >= goal && (p.old <= keep || p.indivisible(keep)) && p.new == p.ready
	if goal >= p.total {
		complete = complete && len(p.standby) == 0
	}
	complete = complete && p.leaving == 0 && p.pending == 0 && p.live >= r.group.desired
	return complete && (goal < p.total || r.updatePool(p.pool))
}

// reach is what happens when the goal is there.
func (r *refresh) reach(p progress) {
	if r.rollback != nil {
		r.percent = 0
		r.end("RollbackSuccessful", r.rollback.reason)
		return
	}
	e := r.group.state.region.emulator
	points := r.prefs.checkpoints
	if !r.resumes.IsZero() {
		if e.now.Before(r.resumes) {
			return
		}
		r.resumes = time.Time{}
		r.progressed()
	} else if r.checkpoint < len(points) {
		// A small group passes several checkpoints with one instance.
		for r.checkpoint < len(points) && p.ready >= p.goal(points[r.checkpoint]) {
			r.checkpoint++
		}
		r.sizeThen = p.total
		if r.checkpoint < len(points) || e.switches.FinalCheckpointWaits {
			r.resumes = e.now.Add(r.prefs.delay)
			r.deadline = r.resumes.Add(patience)
			r.reason = fmt.Sprintf("Checkpoint reached: %d percent of the instances are replaced. Waiting for the checkpoint delay of %d seconds.",
				points[r.checkpoint-1], int(r.prefs.delay.Seconds()))
			e.after(r.prefs.delay, r.group.poke)
			e.after(r.prefs.delay+patience, r.group.poke)
			return
		}
	}
	if r.checkpoint < len(points) {
		r.group.poke()
		return
	}
	if r.prefs.bake > 0 {
		r.status, r.baked, r.reason = "Baking", e.now.Add(r.prefs.bake), ""
		r.toUpdate = 0
		e.after(r.prefs.bake, r.group.poke)
		return
	}
	r.succeed()
}

// bake waits; the group keeps its size from the desired configuration.
func (r *refresh) bake() bool {
	if r.group.state.region.emulator.now.Before(r.baked) {
		return false
	}
	r.succeed()
	return true
}

// move terminates and launches what the healthy percentages allow now.
func (r *refresh) move(p progress, goal int) bool {
	g := r.group
	floor, ceiling := r.bounds()
	moved := r.leaveStandby(p)
	if !g.isSuspended("Terminate") {
		moved = r.replaceOld(&p, goal, floor) || moved
		if p.live-p.old-p.ignored > p.total && p.old == p.blocked || p.live > ceiling+r.heaviest()-1 {
			before := p.live
			g.scaleIn(p.live, g.desired, g.victims())
			p.live = g.capacity()
			moved = moved || p.live != before
		}
	}
	return r.launchNew(&p, goal, ceiling) || moved
}

// bounds are the preferences' bounds as the switches read them.
func (r *refresh) bounds() (floor, ceiling int) {
	g, s := r.group, r.group.state.region.emulator.switches
	if g.desired == 1 && s.SingleInstanceTerminatesFirst {
		return 0, 1
	}
	floor, ceiling = r.prefs.bounds(g.desired)
	if s.SurgeStopsAtMaxSize && ceiling > g.most {
		ceiling = g.most
		if ceiling <= g.desired && floor >= g.desired {
			floor = max(g.desired-1, 0)
		}
	}
	return floor, ceiling
}

// leaveStandby terminates standby instances that the preferences give up.
func (r *refresh) leaveStandby(p progress) bool {
	if r.prefs.standby != "Terminate" || r.group.isSuspended("Terminate") {
		return false
	}
	for _, m := range p.standby {
		r.group.terminate(m, r.causeOfEnd(m))
	}
	return len(p.standby) > 0
}

// replaceOld terminates old instances, the oldest first: those that do not
// serve at once, the others while enough serve without them.
func (r *refresh) replaceOld(p *progress, goal, floor int) bool {
	keep := max(p.total-goal, 0)
	moved := false
	for _, serving := range []bool{false, true} {
		for _, m := range p.olds {
			n := m.units()
			if m.usable() != serving || !m.live() || p.old-n < keep && !(p.new < goal && p.old > keep && p.indivisible(keep)) || m.protected && r.prefs.protected == "Wait" {
				continue
			}
			if serving && p.usable-n < floor && !r.stuck(*p) {
				continue
			}
			if serving {
				p.usable -= n
			}
			p.old, p.live = p.old-n, p.live-n
			p.leaving++
			r.group.terminate(m, r.causeOfEnd(m))
			moved = true
		}
	}
	return moved
}

// launchNew launches replacements, and whatever the capacity lacks.
func (r *refresh) launchNew(p *progress, goal, ceiling int) bool {
	g := r.group
	want := min(goal, p.total-p.blocked) - p.new
	want = max(want, g.desired-p.live)
	if want <= 0 || !g.mayLaunch() {
		return false
	}
	all, err := g.state.choices(r.launchFrom())
	if err != nil {
		g.launchFailed(err, r.causeOfLaunch())
		return false
	}
	moved := false
	for want > 0 {
		turn := g.inTurn(all)
		n := max(turn[0].weight, 1)
		room := p.live+n <= ceiling || p.live < g.desired ||
			p.pending == 0 && p.leaving == 0 && p.new == p.ready && !moved && r.prefs.least == 100
		if !room {
			break
		}
		m := g.launch(turn, r.causeOfLaunch())
		if m == nil {
			break
		}
		r.claim(m)
		moved = true
		p.live, p.new, p.pending = p.live+m.units(), p.new+m.units(), p.pending+1
		want -= m.units()
	}
	return moved
}

func (r *refresh) causeOfLaunch() string {
	if r.group.owed > 0 {
		return r.group.causeOfLaunch(0, 0)
	}
	return fmt.Sprintf("At %s an instance was launched in response to an instance refresh.", r.group.stamp())
}

func (r *refresh) causeOfEnd(m *member) string {
	return fmt.Sprintf("At %s an instance was taken out of service in response to an instance refresh.  At %s instance %s was selected for termination.",
		r.group.stamp(), r.group.stamp(), m.instance.id)
}

// show keeps what descriptions say of the progress.
func (r *refresh) show(p progress) {
	if r.rollback != nil {
		// It falls to zero as the changes are taken back.
		if r.rollback.total > 0 {
			r.percent = min(r.percent, (r.rollback.percent*(p.old+len(p.pool.olds))+r.rollback.total-1)/r.rollback.total)
		}
		return
	}
	r.percent, r.toUpdate, r.details = p.both(), p.remaining()+p.pool.left(), nil
	if r.group.pool != nil {
		r.details = p.details()
	}
}

// explain words what the refresh waits for.
func (r *refresh) explain(p progress) {
	if !r.resumes.IsZero() {
		return
	}
	switch {
	case p.awaited != nil && p.warming:
		r.reason = fmt.Sprintf("Waiting for instances to warm up before continuing. For example: %s is warming up.", p.awaited.instance.id)
	case p.awaited != nil && p.awaited.lifecycle == "Pending":
		r.reason = fmt.Sprintf("Waiting for remaining instances to be available. For example: %s is: Pending.", p.awaited.instance.id)
	case p.awaited != nil:
		r.reason = fmt.Sprintf("Waiting for remaining instances to be available. For example: %s has insufficient data to evaluate its health with Amazon EC2.", p.awaited.instance.id)
	case len(p.standby) > 0 && p.old == 0:
		r.reason = fmt.Sprintf("Waiting for remaining instances to be available. For example: %s is: Standby.", p.standby[0].instance.id)
	case p.blocked > 0 && p.old == p.blocked:
		r.reason = fmt.Sprintf("Waiting for remaining instances to be available. For example: %s is protected from scale in.", p.olds[0].instance.id)
	default:
		r.reason = ""
	}
}

// lookAtPatience fails the refresh that has not come forward for an hour.
func (r *refresh) lookAtPatience(p progress) {
	left, ready := p.old+len(p.standby)+len(p.pool.olds), p.ready+p.pool.ready
	if ready > r.bestReady || left < r.leastOld {
		r.bestReady, r.leastOld = max(ready, r.bestReady), min(left, r.leastOld)
		r.progressed()
		return
	}
	if r.group.state.region.emulator.now.Before(r.deadline) {
		return
	}
	reason := "The instance refresh made no progress for one hour."
	if r.reason != "" {
		reason += " " + r.reason
	}
	r.fail(reason)
}
