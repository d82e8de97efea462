package emulator

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// registrationTime is how long a target is being registered before its first
// health check; the next ones follow at the group's interval.
const registrationTime = 5 * time.Second

// target is a registration in a target group.
type target struct {
	group *targetGroup
	id    string
	port  int64
	zone  string

	state       string
	reason      string
	description string

	firstCheck time.Time // checks are at this moment and at every interval after it
	pending    int       // numbers the change of state that is coming; older ones do nothing
	awaited    string    // the answer that leads to it; empty when none is coming
	draining   bool
}

// show sets the state that DescribeTargetHealth shows.
func (t *target) show(state, reason, description string) (changed bool) {
	changed = t.state != state
	t.state, t.reason, t.description = state, reason, description
	return changed
}

// stopChecks forgets the change of state that is coming.
func (t *target) stopChecks() {
	t.pending++
	t.awaited = ""
}

// begin starts health checking a target whose group is in use, or shows it as
// unused.
func (r *region) begin(g *targetGroup, t *target) {
	if len(r.elb.balancersOf(g.arn)) == 0 {
		t.stopChecks()
		t.show("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
		return
	}
	t.stopChecks()
	t.firstCheck = r.emulator.now.Add(registrationTime)
	t.show("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
	r.emulator.after(registrationTime, func() {
		if t.reason == "Elb.RegistrationInProgress" {
			t.show("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
		}
	})
	r.watch(g, t)
}

// watch looks what the target answers from now on and schedules the change of
// state to which that leads: nothing runs while answers stay the same.
func (r *region) watch(g *targetGroup, t *target) {
	if t.draining || t.state == "unused" && t.reason == "Target.NotInUse" {
		return
	}
	serving, reason, description := r.answer(g, t)
	answer := fmt.Sprint(serving, reason, description)
	if t.awaited == answer {
		return // the checks under way go on
	}
	t.pending++
	t.awaited = ""
	if reason == "Target.InvalidState" {
		if t.show("unused", reason, description) {
			r.targetChanged(g, t)
		}
		return
	}
	if t.reason == "Target.InvalidState" { // a stopped instance runs again
		t.show("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
	}
	needed := r.checksNeeded(g, t, serving)
	if needed == 0 {
		return
	}
	t.awaited = answer
	pending := t.pending
	r.emulator.after(t.checkAfter(g, r.emulator.now, needed).Sub(r.emulator.now), func() {
		if t.pending != pending {
			return
		}
		t.awaited = ""
		changed := false
		if serving {
			changed = t.show("healthy", "", "")
		} else {
			changed = t.show("unhealthy", reason, description)
		}
		if changed {
			r.targetChanged(g, t)
		}
	})
}

// checksNeeded is how many equal answers change the target's state; 0 when
// they confirm it.
func (r *region) checksNeeded(g *targetGroup, t *target, serving bool) int {
	switch {
	case t.state == "healthy" && serving:
		return 0
	case t.state == "initial" && serving && g.usesHTTP() && !r.emulator.switches.NewTargetsNeedThreshold:
		return 1
	case serving:
		return g.settings.integer("HealthyThresholdCount")
	case t.state == "unhealthy":
		return 1 // still unhealthy, perhaps for another reason
	}
	return g.settings.integer("UnhealthyThresholdCount")
}

// usesHTTP tells the target groups of application load balancers.
func (g *targetGroup) usesHTTP() bool {
	p := g.settings.str("Protocol")
	return p == "HTTP" || p == "HTTPS"
}

// checkAfter is the moment of the n-th check after now.
func (t *target) checkAfter(g *targetGroup, now time.Time, n int) time.Time {
	interval := secondsOf(g.settings, "HealthCheckIntervalSeconds")
	next := t.firstCheck
	if now.After(next) {
		done := now.Sub(t.firstCheck) / interval
		next = t.firstCheck.Add((done + 1) * interval)
	}
	return next.Add(time.Duration(n-1) * interval)
}

// answer is what a health check of the group gets from the target: a response
// code that the group's matcher takes is a pass, and a check of the connection
// takes any.
func (r *region) answer(g *targetGroup, t *target) (serving bool, reason, description string) {
	if a, set := r.elb.answers[t.id]; set {
		serving, reason, description = a.Serving, a.Reason, a.Description
	} else if g.settings.str("TargetType") == "instance" {
		serving, reason, description = r.instanceHealth(t.id, g.settings.str("HealthCheckPath"))
	}
	if serving {
		return true, "", ""
	}
	if reason == "" {
		reason, description = "Target.FailedHealthChecks", "Health checks failed"
	}
	if reason == "Target.ResponseCodeMismatch" {
		code, known := codeIn(description)
		if g.settings.str("HealthCheckProtocol") == "TCP" || known && takesCode(g.settings.sub("Matcher").str("HttpCode"), code) {
			return true, "", ""
		}
	}
	return false, reason, description
}

// targetChanged tells who watches that a target's state is another one.
func (r *region) targetChanged(g *targetGroup, t *target) {
	for _, watch := range r.elb.watchers {
		watch(g.arn, t.id)
	}
}

// onTargetHealth calls fn after every change of a target's state.
func (r *region) onTargetHealth(fn func(targetGroupARN, instanceID string)) {
	r.elb.watchers = append(r.elb.watchers, fn)
}

// targetsChanged is told that a target answers health checks differently now.
func (r *region) targetsChanged(id string) {
	for _, t := range r.elb.registrations(id) {
		r.watch(t.group, t)
	}
}

// registrations are a target's, in a fixed order.
func (s *elbState) registrations(id string) []*target {
	return slices.SortedFunc(maps.Keys(s.targets[id]), func(a, b *target) int {
		if a.group.arn != b.group.arn {
			if a.group.arn < b.group.arn {
				return -1
			}
			return 1
		}
		return int(a.port - b.port)
	})
}
