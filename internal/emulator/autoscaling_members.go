package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// member is an instance in a group.
type member struct {
	group    *group
	instance *instance

	templateID, templateName string // empty for an attached instance
	version                  int64
	weight                   int // zero: the group has no weights
	spot                     bool
	lifecycle                string
	health                   string
	unhealthyBy              string // what an activity says about the failed check
	protected                bool
	attached                 bool
	since                    time.Time // in service since
	passed                   bool      // passed its first health checks
	refreshID                string    // the refresh that launched it
	undone                   bool      // launched by that refresh's roll-back
	matched                  string    // the refresh that found it matching when it began
	activity                 *activity // its launch or termination under way
	stage                    string    // Wait or Proceed while hooks hold it, else empty
	holds                    []*hold
	then                     func() // what follows the hooks
	returns                  bool   // on its way out of service into the warm pool
}

func (m *member) emulator() *Emulator { return m.group.state.region.emulator }

// units is what the member counts for in the group's capacity.
func (m *member) units() int { return max(m.weight, 1) }

// live members count for the capacity: those pending and those in service.
func (m *member) live() bool { return m.lifecycle == "Pending" || m.lifecycle == "InService" }

// usable members are in service and healthy, and passed their first checks.
func (m *member) usable() bool {
	return m.lifecycle == "InService" && m.health == "Healthy" && m.passed
}

func (m *member) describe() values {
	v := values{
		"InstanceId": m.instance.id, "InstanceType": m.instance.instanceType,
		"AvailabilityZone": m.instance.subnet.zone, "LifecycleState": m.state(),
		"HealthStatus": m.health, "ProtectedFromScaleIn": m.protected,
	}
	if m.templateID != "" {
		v["LaunchTemplate"] = values{
			"LaunchTemplateId": m.templateID, "LaunchTemplateName": m.templateName, "Version": strconv.FormatInt(m.version, 10),
		}
	}
	if m.weight > 0 {
		v["WeightedCapacity"] = strconv.Itoa(m.weight)
	}
	return v
}

// state is the lifecycle state as descriptions show it.
func (m *member) state() string {
	if m.stage != "" {
		return m.lifecycle + ":" + m.stage
	}
	return m.lifecycle
}

// runs is EC2's word that the instance is running: it enters service, or the
// warm pool, when its hooks let it.
func (m *member) runs() {
	switch m.lifecycle {
	case "Pending":
		m.await(launching, m.enterService)
	case "Warmed:Pending":
		m.await(launching, m.warmUp)
	}
}

func (m *member) enterService() {
	g, e := m.group, m.emulator()
	m.lifecycle, m.since = "InService", e.now
	g.finish(m.activity, "Successful", "")
	m.activity = nil
	if !g.isSuspended("AddToLoadBalancer") {
		for _, arn := range g.targets {
			g.state.region.registerTarget(arn, m.instance.id)
		}
	}
	m.checkHealth()
	if g.grace > 0 {
		e.after(g.grace, m.checkHealth)
	}
	g.poke()
}

// graceOver reports whether failed checks count. The grace period begins when
// an instance enters service.
func (m *member) graceOver() bool {
	return !m.emulator().now.Before(m.since.Add(m.group.grace))
}

// checkHealth takes in what EC2 and the load balancers say now.
func (m *member) checkHealth() {
	g := m.group
	if !m.live() || g.isSuspended("HealthCheck") {
		return
	}
	switch m.instance.state {
	case "shutting-down", "terminated", "stopping", "stopped":
		m.fail("an EC2 health check indicating it has been terminated or stopped")
		return
	}
	if m.lifecycle != "InService" {
		return
	}
	// Until its status checks have data an instance is not counted on, though
	// it is in service.
	passed := m.instance.booted
	if strings.Contains(g.checkType, "ELB") {
		for _, arn := range g.targets {
			switch state, _, _ := g.state.region.targetHealth(arn, m.instance.id); state {
			case "healthy", "unused": // what nobody checks says nothing
			case "unhealthy":
				passed = false
				if m.graceOver() {
					m.fail("an ELB system health check failure")
					return
				}
			default:
				passed = false
			}
		}
	}
	if m.instance.impaired {
		passed = false
		if m.graceOver() {
			m.fail("an EC2 instance status checks failure")
			return
		}
	}
	if passed && !m.passed {
		m.passed = true
		g.poke()
	}
}

func (m *member) fail(by string) {
	if m.health == "Healthy" {
		m.health, m.unhealthyBy = "Unhealthy", by
		m.group.poke()
	}
}

// gone is EC2's word that the instance is terminated.
func (m *member) gone() {
	g := m.group
	if m.lifecycle != "Terminating" && !m.pooled() {
		m.checkHealth()
		return
	}
	g.finish(m.activity, "Successful", "")
	g.drop(m)
}

// drop takes a member out of the group.
func (g *group) drop(m *member) {
	if at := slices.Index(g.members, m); at >= 0 {
		g.members = slices.Delete(g.members, at, at+1)
	}
	if p := g.pool; p != nil {
		p.members = slices.DeleteFunc(p.members, func(o *member) bool { return o == m })
		if p.leaving && len(p.members) == 0 {
			g.pool = nil
		}
	}
	m.instance.group = nil
	g.poke()
}

// terminate begins the end of a member: it leaves the load balancers, waits
// for its connections to drain, and is terminated.
func (g *group) terminate(m *member, cause string) *activity {
	if m.lifecycle == "Terminating" {
		return m.activity
	}
	g.finish(m.activity, "Cancelled", "")
	m.release()
	m.lifecycle = "Terminating"
	m.activity = g.begin("Terminating EC2 instance: "+m.instance.id, cause, "InProgress", 0, m.instance.subnet)
	for _, arn := range g.targets {
		g.state.region.deregisterTarget(arn, m.instance.id)
	}
	m.drain()
	g.poke()
	return m.activity
}

// drainPoll is how often a group looks whether connections have drained.
const drainPoll = 5 * time.Second

func (m *member) drain() {
	g, e := m.group, m.emulator()
	for _, arn := range g.targets {
		if state, _, _ := g.state.region.targetHealth(arn, m.instance.id); state == "draining" {
			m.activity.status, m.activity.progress = "WaitingForELBConnectionDraining", 50
			e.after(drainPoll, m.drain)
			return
		}
	}
	m.await(terminating, m.leave)
}

// leave is the end of a termination, once connections and hooks let it.
func (m *member) leave() {
	m.activity.status, m.activity.progress = "InProgress", 60
	switch {
	case m.instance.state == "terminated":
		m.gone()
	case m.returns && m.group.pool != nil && m.instance.state == "running":
		m.comeBack()
	default:
		m.group.state.region.ec2.terminate(m.instance, "User initiated")
	}
}

// launch starts one instance of a configuration, or records the failure.
func (g *group) launch(all []choice, cause string) *member {
	ec2 := g.state.region.ec2
	var refusal error
	for _, one := range all {
		l := launchRequest{
			data: one.version.data, template: one.template, templateVersion: one.version.number,
			instanceType: one.instanceType, imageID: one.imageID, subnet: g.emptiest(), tags: g.launchTags(),
		}
		if err := ec2.checkLaunch(l); err != nil {
			if refusal == nil {
				refusal = err
			}
			continue
		}
		g.failures = 0
		m := &member{
			group: g, instance: ec2.launch(l), templateID: one.template.id, templateName: one.template.name,
			version: one.version.number, weight: one.weight, spot: one.spot, lifecycle: "Pending", health: "Healthy", protected: g.protectNew,
		}
		m.instance.group = m
		g.members = append(g.members, m)
		m.activity = g.begin("Launching a new EC2 instance: "+m.instance.id, cause, "PreInService", 30, l.subnet)
		return m
	}
	g.launchFailed(refusal, cause)
	return nil
}

// launchFailed records a failed launch and puts the next one off, longer with
// every failure in a row.
func (g *group) launchFailed(refusal error, cause string) {
	message := refusal.Error()
	if r, ok := refusal.(*apiError); ok {
		message = r.Message
	}
	message = strings.TrimSuffix(message, ".") + ". Launching EC2 instance failed."
	a := g.begin("Launching a new EC2 instance.  Status Reason: "+message, cause, "Failed", 100, g.emptiest())
	g.finish(a, "Failed", message)
	e := g.state.region.emulator
	wait := min(15*time.Second<<min(g.failures, 5), 5*time.Minute)
	g.failures++
	g.notBefore = e.now.Add(wait)
	e.after(wait, g.poke)
}

// emptiest is the subnet with the fewest live members.
func (g *group) emptiest() *subnet {
	counts := map[string]int{}
	for _, m := range g.members {
		if m.live() {
			counts[m.instance.subnet.id]++
		}
	}
	best := g.subnets[0]
	for _, s := range g.subnets[1:] {
		if counts[s.id] < counts[best.id] {
			best = s
		}
	}
	return best
}

func (g *group) launchTags() []values {
	tags := []values{{"Key": "aws:autoscaling:groupName", "Value": g.name}}
	for _, t := range g.tags {
		if t.boolean("PropagateAtLaunch") {
			tags = append(tags, values{"Key": t.str("Key"), "Value": t.str("Value")})
		}
	}
	return tags
}

// mayLaunch reports whether the group may launch now.
func (g *group) mayLaunch() bool {
	return !g.isSuspended("Launch") && !g.state.region.emulator.now.Before(g.notBefore)
}
