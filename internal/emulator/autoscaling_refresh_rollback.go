package emulator

import (
	"fmt"
	"slices"
	"time"
)

// turnBack begins a roll-back to the configuration that the group has saved.
func (r *refresh) turnBack(reason string) {
	g, e := r.group, r.group.state.region.emulator
	r.rollback = &rollback{reason: reason, started: e.now, percent: r.percent, toUpdate: r.toUpdate, details: r.details}
	r.status, r.reason = "RollbackInProgress", reason
	r.resumes = time.Time{}
	g.failures, g.notBefore = 0, time.Time{}
	p := r.progress()
	r.rollback.total = p.old + len(p.pool.olds)
	r.bestReady, r.leastOld = p.ready+p.pool.ready, r.rollback.total
	r.progressed()
	g.poke()
}

// isTakenBack tells the members that a roll-back leaves alone from those that
// it replaces: what this refresh launched, and in the one reading of the API
// also what does not match the saved configuration.
func (r *refresh) isTakenBack() func(*member) bool {
	keepsEarlier := r.group.state.region.emulator.switches.RollbackKeepsEarlier
	all, err := r.group.state.choices(r.group.saved)
	return func(m *member) bool {
		if m.refreshID == r.id {
			return m.undone
		}
		return keepsEarlier || err != nil ||
			slices.ContainsFunc(all, func(c choice) bool { return c.matches(m) })
	}
}

func (c *call) rollbackInstanceRefresh(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	r := g.active()
	if r == nil || r.status == "Cancelling" || r.status == "RollbackInProgress" {
		return nil, noActiveRefresh(g)
	}
	if err := r.reversible("IrreversibleInstanceRefresh"); err != nil {
		return nil, err
	}
	if r.status == "Baking" && c.switches.BakingCannotBeRolledBack {
		return nil, refuse("IrreversibleInstanceRefresh", "The instance refresh is baking and cannot be rolled back.")
	}
	r.turnBack("A manual rollback was initiated.")
	return values{"InstanceRefreshId": r.id}, nil
}

func noActiveRefresh(g *group) error {
	return refuse("ActiveInstanceRefreshNotFound",
		"No in progress or pending Instance Refresh found for Auto Scaling group %s", g.name)
}

func (c *call) cancelInstanceRefresh(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	r := g.active()
	if r == nil || r.status == "Cancelling" || r.status == "Baking" && c.switches.BakingCannotBeCancelled {
		return nil, noActiveRefresh(g)
	}
	r.status, r.reason = "Cancelling", "Cancellation was requested by a user."
	r.settled = c.now.Add(cancelTakes)
	if in.has("WaitForTransitioningInstances") && !in.boolean("WaitForTransitioningInstances") {
		r.end("Cancelled", "Cancelled due to user request.")
	} else {
		c.after(cancelTakes, g.poke)
	}
	return values{"InstanceRefreshId": r.id}, nil
}

// settleCancel finishes the replacements under way and begins no others: what
// was launched enters service, and the instance that it replaces goes.
func (r *refresh) settleCancel() bool {
	g := r.group
	p := r.progress()
	r.show(p)
	switch {
	case p.pending > 0, p.awaited != nil && !p.warming && p.awaited.health == "Healthy":
		return p.live >= g.desired // what was launched is waited for, and then what it replaces goes
	case p.live > g.desired && !g.isSuspended("Terminate") && r.trim(p):
		return true
	case p.live < g.desired:
		return false
	case p.leaving > 0 || g.state.region.emulator.now.Before(r.settled):
		return true
	}
	r.end("Cancelled", "Cancelled due to user request.")
	return true
}

// trim terminates what is too much, old instances first. It reports whether
// there was any: weights may leave capacity that nothing can be taken from.
func (r *refresh) trim(p progress) bool {
	g, before := r.group, p.live
	var victims []*member
	for _, m := range p.olds {
		if !m.protected {
			victims = append(victims, m)
		}
	}
	for _, m := range append(victims, g.victims()...) {
		if p.live-m.units() >= g.desired && m.live() {
			p.live -= m.units()
			g.terminate(m, r.causeOfEnd(m))
		}
	}
	return p.live != before
}

func (c *call) describeInstanceRefreshes(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	ids := in.strings("InstanceRefreshIds")
	since := c.now.Add(-historyKept)
	var wanted []*refresh
	for _, r := range slices.Backward(g.refreshes) {
		if r.started.After(since) && (len(ids) == 0 || slices.Contains(ids, r.id)) {
			wanted = append(wanted, r)
		}
	}
	wanted, next, err := autoscalingPage(wanted, in, 50, 100)
	if err != nil {
		return nil, err
	}
	out := []values{}
	for _, r := range wanted {
		out = append(out, r.describe())
	}
	return ec2Answer("InstanceRefreshes", out, next), nil
}

func (r *refresh) describe() values {
	v := values{
		"InstanceRefreshId": r.id, "AutoScalingGroupName": r.group.name, "Status": r.status,
		"StartTime": r.started, "Preferences": r.prefs.shown, "Strategy": "Rolling",
	}
	if r.reason != "" {
		v["StatusReason"] = r.reason
	}
	if !r.ended.IsZero() {
		v["EndTime"] = r.ended
	}
	if r.status != "Pending" {
		v["PercentageComplete"], v["InstancesToUpdate"] = r.percent, r.toUpdate
		if r.details != nil {
			v["ProgressDetails"] = r.details
		}
	}
	if r.given != nil {
		v["DesiredConfiguration"] = r.shownConfiguration()
	}
	if b := r.rollback; b != nil {
		v["RollbackDetails"] = values{
			"RollbackReason": b.reason, "RollbackStartTime": b.started,
			"PercentageCompleteOnRollback": b.percent, "InstancesToUpdateOnRollback": b.toUpdate,
		}
		if b.details != nil {
			v.sub("RollbackDetails")["ProgressDetailsOnRollback"] = b.details
		}
	}
	return v
}

// shownConfiguration is the desired configuration as it was given, or with
// both names of its template.
func (r *refresh) shownConfiguration() values {
	if r.group.state.region.emulator.switches.ConfigurationEchoesName {
		return r.target.describe()
	}
	return r.given
}

// String helps tests to say what they saw.
func (r *refresh) String() string { return fmt.Sprintf("%s %d%% (%s)", r.status, r.percent, r.reason) }
