package emulator

import (
	"fmt"
	"slices"
)

// member finds a group's instance by its id.
func (s *autoscalingState) member(id string) (*member, error) {
	if i := s.region.ec2.instances[id]; i != nil && i.group != nil {
		return i.group, nil
	}
	return nil, invalid("Instance Id not found - No managed instance found for instance ID %s", id)
}

// membersOf finds instances of one group, at most so many a call.
func (g *group) membersOf(ids []string, most int) ([]*member, error) {
	if len(ids) > most {
		return nil, invalid("The number of instance ids that are passed in may not exceed %d", most)
	}
	var out []*member
	for _, id := range ids {
		m, err := g.state.member(id)
		if err != nil || m.group != g {
			return nil, invalid("The instance %s is not part of Auto Scaling group %s.", id, g.name)
		}
		out = append(out, m)
	}
	return out, nil
}

func (c *call) describeAutoScalingInstances(in values) (values, error) {
	ids := in.strings("InstanceIds")
	if len(ids) > 50 {
		return nil, invalid("The number of instance ids that are passed in may not exceed 50")
	}
	all := []values{}
	for _, g := range c.region.autoscaling.sorted() {
		for _, m := range g.everybody() {
			if len(ids) == 0 || slices.Contains(ids, m.instance.id) {
				v := m.describe()
				v["AutoScalingGroupName"] = g.name
				v["HealthStatus"] = map[string]string{"Healthy": "HEALTHY", "Unhealthy": "UNHEALTHY"}[m.health]
				all = append(all, v)
			}
		}
	}
	all, next, err := autoscalingPage(all, in, 50, 50)
	if err != nil {
		return nil, err
	}
	return ec2Answer("AutoScalingInstances", all, next), nil
}

func (c *call) terminateInstanceInGroup(in values) (values, error) {
	m, err := c.region.autoscaling.member(in.str("InstanceId"))
	if err != nil {
		return nil, err
	}
	g := m.group
	cause := fmt.Sprintf("At %s instance %s was taken out of service in response to a user request.", g.stamp(), m.instance.id)
	if in.boolean("ShouldDecrementDesiredCapacity") {
		if g.desired-m.units() < g.least {
			return nil, invalid("Currently, desiredSize equals minSize (%d). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.", g.least)
		}
		g.desired -= m.units()
		cause = fmt.Sprintf("At %s instance %s was taken out of service in response to a user request, shrinking the capacity from %d to %d.",
			g.stamp(), m.instance.id, g.desired+m.units(), g.desired)
	}
	a := g.terminate(m, cause)
	return values{"Activity": g.describeActivity(a)}, nil
}

func (c *call) setInstanceHealth(in values) (values, error) {
	m, err := c.region.autoscaling.member(in.str("InstanceId"))
	if err != nil {
		return nil, err
	}
	respect := !in.has("ShouldRespectGracePeriod") || in.boolean("ShouldRespectGracePeriod")
	switch in.str("HealthStatus") {
	case "Healthy":
		m.health = "Healthy"
		m.group.poke()
	case "Unhealthy":
		if !respect || m.graceOver() {
			m.fail("a user health-check")
		}
	default:
		return nil, invalid("The health status must be Healthy or Unhealthy, got '%s'.", in.str("HealthStatus"))
	}
	return nil, nil
}

func (c *call) setInstanceProtection(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	members, err := g.membersOf(in.strings("InstanceIds"), 50)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.lifecycle != "InService" && m.lifecycle != "Standby" && m.lifecycle != "Pending" {
			return nil, invalid("The instance %s is not in InService or EnteringStandby or Standby.", m.instance.id)
		}
	}
	for _, m := range members {
		m.protected = in.boolean("ProtectedFromScaleIn")
	}
	g.poke()
	return values{}, nil
}

func (c *call) attachInstances(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	ids := in.strings("InstanceIds")
	if len(ids) > 20 {
		return nil, invalid("The number of instance ids that are passed in may not exceed 20")
	}
	if g.desired+len(ids) > g.most {
		return nil, invalid("AutoScalingGroup %s has max-size=%d, attaching %d instances would exceed it.", g.name, g.most, len(ids))
	}
	for _, id := range ids {
		i := c.region.ec2.instances[id]
		if i == nil || i.state != "running" {
			return nil, invalid("Invalid Instance ID(s): [%s] specified or the instance is not running", id)
		}
		if i.group != nil {
			return nil, invalid("Instance %s is already part of an Auto Scaling group", id)
		}
	}
	for _, id := range ids {
		i := c.region.ec2.instances[id]
		m := &member{group: g, instance: i, lifecycle: "Pending", health: "Healthy", attached: true, protected: g.protectNew}
		i.group = m
		g.members = append(g.members, m)
		g.desired++
		m.activity = g.begin("Attaching an existing EC2 instance: "+id,
			fmt.Sprintf("At %s an instance was attached in response to a user request, increasing the capacity from %d to %d.", g.stamp(), g.desired-1, g.desired),
			"InProgress", 50, i.subnet)
		m.enterService()
	}
	return nil, nil
}

func (c *call) detachInstances(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	members, err := g.membersOf(in.strings("InstanceIds"), 20)
	if err != nil {
		return nil, err
	}
	decrement := in.boolean("ShouldDecrementDesiredCapacity")
	units := 0
	for _, m := range members {
		if m.lifecycle != "InService" && m.lifecycle != "Standby" {
			return nil, invalid("The instance %s is not in InService or Standby.", m.instance.id)
		}
		if m.lifecycle == "InService" {
			units += m.units()
		}
	}
	if decrement {
		if g.desired-units < g.least {
			return nil, invalid("Currently, desiredSize equals %d and minSize equals %d. Detaching %d instances without replacement would violate the group's min size constraint.", g.desired, g.least, len(members))
		}
		g.desired -= units
	}
	out := []values{}
	for _, m := range members {
		for _, arn := range g.targets {
			g.state.region.deregisterTarget(arn, m.instance.id)
		}
		a := g.begin("Detaching EC2 instance: "+m.instance.id,
			fmt.Sprintf("At %s instance %s was detached in response to a user request.", g.stamp(), m.instance.id), "InProgress", 50, m.instance.subnet)
		out = append(out, g.describeActivity(a))
		g.finish(a, "Successful", "")
		g.drop(m)
	}
	return values{"Activities": out}, nil
}
