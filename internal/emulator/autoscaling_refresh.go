package emulator

import (
	"time"
)

// refresh is an instance refresh of a group.
type refresh struct {
	group   *group
	id      string
	status  string
	reason  string
	started time.Time
	ended   time.Time

	given  values         // the desired configuration as it was given
	target *configuration // nil: what the group has
	prefs  preferences

	checkpoint int       // checkpoints reached so far
	sizeThen   int       // what the refresh covered when the last one was reached
	resumes    time.Time // the end of the delay after a checkpoint; zero: none
	baked      time.Time // the end of the bake time; zero: not baking
	deadline   time.Time // without progress until then the refresh fails
	bestReady  int       // most that was ever updated
	leastOld   int       // fewest that were ever left
	settled    time.Time // not cancelled before then
	paused     bool      // the InstanceRefresh process was suspended

	percent  int
	toUpdate int
	details  values // the same of group and warm pool apart; nil without a pool

	rollback *rollback
}

// rollback is what a refresh remembers when it turns back.
type rollback struct {
	reason   string
	started  time.Time
	percent  int
	toUpdate int
	details  values
	total    int // units to take back
}

const (
	// pendingFor is how long a refresh waits to begin.
	pendingFor = 5 * time.Second
	// patience is how long a refresh tries without any progress: for new
	// instances that do not become healthy, and for protected or standby
	// instances that it was told to wait for.
	patience = time.Hour
	// longest is how long a refresh may take in all.
	longest = 14 * 24 * time.Hour
	// cancelTakes is how long a cancellation takes at least.
	cancelTakes = 5 * time.Second
)

// active is the group's refresh under way, if any.
func (g *group) active() *refresh {
	if n := len(g.refreshes); n > 0 && g.refreshes[n-1].ended.IsZero() {
		return g.refreshes[n-1]
	}
	return nil
}

func (c *call) startInstanceRefresh(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	switch in.str("Strategy") {
	case "", "Rolling":
	case "ReplaceRootVolume":
		return nil, notSupported("the refresh strategy ReplaceRootVolume")
	default:
		return nil, invalid("The strategy '%s' is not valid.", in.str("Strategy"))
	}
	if g.active() != nil {
		return nil, refuse("InstanceRefreshInProgress",
			"An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
	}
	r := &refresh{group: g, id: c.uuid(), status: "Pending", started: c.now, given: in.sub("DesiredConfiguration")}
	if r.given != nil {
		target, err := g.desiredConfiguration(r.given)
		if err != nil {
			return nil, err
		}
		r.target = &target
	}
	if r.prefs, err = g.preferences(in.sub("Preferences")); err != nil {
		return nil, err
	}
	if r.prefs.autoRollback {
		if err := r.reversible("ValidationError"); err != nil {
			return nil, err
		}
	}
	g.refreshes = append(g.refreshes, r)
	// An empty list of checkpoints leaves the refresh Pending for ever.
	if !r.prefs.emptyCheckpoints {
		c.after(pendingFor, r.begin)
	}
	return values{"InstanceRefreshId": r.id}, nil
}

// desiredConfiguration checks the desired configuration of a refresh.
func (g *group) desiredConfiguration(in values) (configuration, error) {
	if in.has("LaunchTemplate") == in.has("MixedInstancesPolicy") {
		return configuration{}, invalid("The desired configuration must specify either a LaunchTemplate or a MixedInstancesPolicy.")
	}
	if in.has("LaunchTemplate") && g.saved.policy != nil && !g.state.region.emulator.switches.PlainTemplateReplacesPolicy {
		return configuration{}, invalid("The Auto Scaling group has a MixedInstancesPolicy: the desired configuration must specify a MixedInstancesPolicy.")
	}
	target, err := g.state.configurationOf(in)
	if err != nil {
		return configuration{}, err
	}
	return target, g.state.usable(target)
}

// reversible refuses with the code what cannot be rolled back.
func (r *refresh) reversible(code string) error {
	switch {
	case r.target == nil:
		return refuse(code, "Rollback is not supported: no desired configuration is specified for the instance refresh.")
	case !r.group.saved.numbered():
		return refuse(code, "Rollback is not supported: the Auto Scaling group uses the launch template's $Latest or $Default version.")
	case r.group.fromParameter():
		return refuse(code, "Rollback is not supported: the Auto Scaling group has a launch template that uses an AWS Systems Manager parameter instead of an AMI ID.")
	}
	return nil
}

// fromParameter reports whether the group's images come from a parameter.
func (g *group) fromParameter() bool {
	all, err := g.state.choices(g.saved)
	if err != nil {
		return false
	}
	for _, c := range all {
		if len(c.image()) > 8 && c.image()[:8] == "resolve:" {
			return true
		}
	}
	return false
}

// begin is the moment at which a pending refresh starts to work.
func (r *refresh) begin() {
	if r.status != "Pending" {
		return
	}
	e := r.group.state.region.emulator
	r.status = "InProgress"
	e.after(longest, func() { r.fail("The instance refresh exceeded the maximum time of 14 days.") })
	p := r.progress()
	for _, m := range p.updated {
		m.matched = r.id
	}
	r.bestReady, r.leastOld = 0, p.old+len(p.standby)+len(p.pool.olds)
	r.progressed()
	if r.group.saved.byRequirements() && (r.target != nil || r.prefs.skipMatching) ||
		r.target != nil && r.target.byRequirements() {
		r.fail("Desired configuration and skip matching are not supported for attribute-based instance type selection.")
		return
	}
	if !e.switches.AlarmStateAtStartIgnored {
		for _, name := range r.prefs.alarms {
			if state, _, _ := r.group.state.region.alarmState(name); state == "ALARM" {
				r.alarmFired(name)
				return
			}
		}
	}
	if p.old == 0 && len(p.standby) == 0 && len(p.pool.olds) == 0 {
		r.percent, r.toUpdate = 100, 0
		r.succeed()
		return
	}
	r.group.poke()
}

// launchFrom is what the group launches from while the refresh is active.
func (r *refresh) launchFrom() configuration {
	if r.target != nil && (r.status == "InProgress" || r.status == "Baking") {
		return *r.target
	}
	return r.group.saved
}

// claim marks a launched instance as the refresh's work.
func (r *refresh) claim(m *member) {
	if r == nil {
		return
	}
	switch r.status {
	case "InProgress", "Baking":
		m.refreshID = r.id
	case "RollbackInProgress":
		m.refreshID, m.undone = r.id, true
	}
}

// alarmFired is an alarm's change to ALARM.
func (r *refresh) alarmFired(name string) {
	for _, watched := range r.prefs.alarms {
		if watched == name && (r.status == "InProgress" || r.status == "Baking") {
			r.fail("The CloudWatch alarm " + name + " went into the ALARM state.")
			return
		}
	}
}

// fail ends the refresh, or turns it back.
func (r *refresh) fail(reason string) {
	switch r.status {
	case "RollbackInProgress":
		r.end("RollbackFailed", reason)
	case "Pending", "InProgress", "Baking":
		if r.prefs.autoRollback {
			r.turnBack("Automatic rollback was initiated. " + reason)
			return
		}
		r.end("Failed", reason)
	}
}

// succeed makes the desired configuration the group's own.
func (r *refresh) succeed() {
	if r.target != nil {
		r.group.saved = *r.target
	}
	r.toUpdate = 0
	r.end("Successful", "")
}

func (r *refresh) end(status, reason string) {
	r.status, r.reason, r.ended = status, reason, r.group.state.region.emulator.now
	r.group.failures, r.group.notBefore = 0, time.Time{}
	r.group.poke()
}

// progressed gives the refresh new patience.
func (r *refresh) progressed() {
	e := r.group.state.region.emulator
	r.deadline = e.now.Add(patience)
	e.after(patience, r.group.poke)
}
