package emulator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

func (r *region) targetGroupExists(arn string) bool { return r.elb.targetGroups[arn] != nil }

// registerTarget registers an instance as Auto Scaling does: on the group's
// port, whatever the instance's state.
func (r *region) registerTarget(targetGroupARN, instanceID string) {
	if g := r.elb.targetGroups[targetGroupARN]; g != nil {
		r.register(g, instanceID, g.port(), "")
	}
}

func (r *region) deregisterTarget(targetGroupARN, instanceID string) {
	if g := r.elb.targetGroups[targetGroupARN]; g != nil {
		r.deregister(g, instanceID, 0)
	}
}

// targetHealth is the health of an instance on the group's port.
func (r *region) targetHealth(targetGroupARN, instanceID string) (state, reason, description string) {
	if g := r.elb.targetGroups[targetGroupARN]; g != nil {
		if t := r.elb.find(g, instanceID, g.port()); t != nil {
			return t.state, t.reason, t.description
		}
	}
	return "unused", "Target.NotRegistered", "Target is not registered to the target group"
}

func (g *targetGroup) port() int64 { return int64(g.settings.integer("Port")) }

func (s *elbState) find(g *targetGroup, id string, port int64) *target {
	for _, t := range s.registrations(id) {
		if t.group == g && t.port == port {
			return t
		}
	}
	return nil
}

// register adds a target, or takes back one that is draining.
func (r *region) register(g *targetGroup, id string, port int64, zone string) {
	t := r.elb.find(g, id, port)
	if t != nil && !t.draining {
		return
	}
	if t != nil {
		r.elb.remove(g, t)
	}
	t = &target{group: g, id: id, port: port, zone: zone}
	g.targets = append(g.targets, t)
	if r.elb.targets[id] == nil {
		r.elb.targets[id] = map[*target]string{}
	}
	r.elb.targets[id][t] = g.arn
	r.begin(g, t)
}

// deregister takes a target out, on one port or, with 0, on all. While the
// deregistration delay lasts it is shown as draining.
func (r *region) deregister(g *targetGroup, id string, port int64) {
	for _, t := range r.elb.registrations(id) {
		if t.group != g || t.draining || port != 0 && t.port != port {
			continue
		}
		if g.delay() == 0 || t.state == "unused" {
			r.elb.remove(g, t)
			continue
		}
		t.draining = true
		t.stopChecks()
		t.show("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
		r.emulator.after(g.delay(), func() {
			if r.elb.targets[t.id][t] != "" {
				r.elb.remove(g, t)
				r.targetChanged(g, t)
			}
		})
	}
}

func (s *elbState) remove(g *targetGroup, t *target) {
	t.stopChecks()
	if i := slices.Index(g.targets, t); i >= 0 {
		g.targets = slices.Delete(g.targets, i, i+1)
	}
	delete(s.targets[t.id], t)
	if len(s.targets[t.id]) == 0 {
		delete(s.targets, t.id)
	}
}

func (c *call) registerTargets(in values) (values, error) {
	g, err := c.targetGroup(in)
	if err != nil {
		return nil, err
	}
	var stopped, invalid []string
	for _, t := range in.structs("Targets") {
		id := t.str("Id")
		if g.settings.str("TargetType") == "ip" {
			if _, err := netip.ParseAddr(id); err != nil {
				return nil, invalidELB("The IP address '%s' is not a valid IPv4 address", id)
			}
			continue
		}
		switch i := c.region.ec2.instances[id]; {
		case i == nil:
			invalid = append(invalid, "'"+id+"'")
		case i.state != "running":
			stopped = append(stopped, "'"+id+"'")
		}
	}
	if len(invalid) > 0 {
		return nil, refuse("InvalidTarget", "The following targets are not valid instances: %s", strings.Join(invalid, ", "))
	}
	if len(stopped) > 0 {
		return nil, refuse("InvalidTarget", "The following targets are not in a running state and cannot be registered: %s", strings.Join(stopped, ", "))
	}
	for _, t := range in.structs("Targets") {
		port := g.port()
		if t.has("Port") {
			port = int64(t.integer("Port"))
		}
		c.region.register(g, t.str("Id"), port, t.str("AvailabilityZone"))
	}
	return values{}, nil
}

// deregisterTargets succeeds for targets that are not registered.
func (c *call) deregisterTargets(in values) (values, error) {
	g, err := c.targetGroup(in)
	if err != nil {
		return nil, err
	}
	for _, t := range in.structs("Targets") {
		c.region.deregister(g, t.str("Id"), int64(t.integer("Port")))
	}
	return values{}, nil
}

func (c *call) describeTargetHealth(in values) (values, error) {
	g, err := c.targetGroup(in)
	if err != nil {
		return nil, err
	}
	rows := []any{}
	if !in.has("Targets") {
		for _, t := range g.targets {
			rows = append(rows, t.described())
		}
		return values{"TargetHealthDescriptions": rows}, nil
	}
	for _, asked := range in.structs("Targets") {
		port := g.port()
		if asked.has("Port") {
			port = int64(asked.integer("Port"))
		}
		t := c.region.elb.find(g, asked.str("Id"), port)
		if t == nil {
			t = &target{group: g, id: asked.str("Id"), port: port}
			t.show("unused", "Target.NotRegistered", "Target is not registered to the target group")
		}
		rows = append(rows, t.described())
	}
	return values{"TargetHealthDescriptions": rows}, nil
}

func (t *target) described() values {
	health := values{"State": t.state}
	if t.reason != "" {
		health["Reason"], health["Description"] = t.reason, t.description
	}
	checkPort := t.group.settings.str("HealthCheckPort")
	if checkPort == "traffic-port" {
		checkPort = fmt.Sprint(t.port)
	}
	shown := values{"Id": t.id, "Port": t.port}
	if t.zone != "" {
		shown["AvailabilityZone"] = t.zone
	}
	return values{"Target": shown, "HealthCheckPort": checkPort, "TargetHealth": health}
}
