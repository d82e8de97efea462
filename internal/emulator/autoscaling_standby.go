package emulator

import (
	"fmt"
	"time"
)

// exitTakes is how long an instance is pending on its way out of standby.
const exitTakes = 10 * time.Second

func (c *call) enterStandby(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	members, err := g.membersOf(in.strings("InstanceIds"), 20)
	if err != nil {
		return nil, err
	}
	units := 0
	for _, m := range members {
		if m.lifecycle != "InService" {
			return nil, invalid("The instance %s is not in InService.", m.instance.id)
		}
		units += m.units()
	}
	before := g.desired
	if in.boolean("ShouldDecrementDesiredCapacity") {
		if g.desired-units < g.least {
			return nil, invalid("AutoScalingGroup %s has min-size=%d, max-size=%d, and desired-size=%d. To place into standby %d more instances, please update the AutoScalingGroup sizes appropriately.",
				g.name, g.least, g.most, g.desired, len(members))
		}
		g.desired -= units
	}
	out := []values{}
	for _, m := range members {
		for _, arn := range g.targets {
			g.state.region.deregisterTarget(arn, m.instance.id)
		}
		m.lifecycle = "Standby"
		a := g.begin("Moving EC2 instance to Standby: "+m.instance.id,
			fmt.Sprintf("At %s instance %s was moved to standby in response to a user request, shrinking the capacity from %d to %d.",
				g.stamp(), m.instance.id, before, before-m.units()), "InProgress", 50, m.instance.subnet)
		before -= m.units()
		out = append(out, g.describeActivity(a))
		g.finish(a, "Successful", "")
	}
	g.poke()
	return values{"Activities": out}, nil
}

func (c *call) exitStandby(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	members, err := g.membersOf(in.strings("InstanceIds"), 20)
	if err != nil {
		return nil, err
	}
	units := 0
	for _, m := range members {
		if m.lifecycle != "Standby" {
			return nil, invalid("The instance %s is not in Standby.", m.instance.id)
		}
		units += m.units()
	}
	if g.desired+units > g.most {
		return nil, invalid("AutoScalingGroup %s has min-size=%d, max-size=%d, and desired-size=%d. To take %d more instances out of standby, please update the AutoScalingGroup sizes appropriately.",
			g.name, g.least, g.most, g.desired, len(members))
	}
	out := []values{}
	for _, m := range members {
		m.lifecycle = "Pending"
		m.passed, m.health = false, "Healthy"
		g.desired += m.units()
		m.activity = g.begin("Moving EC2 instance out of Standby: "+m.instance.id,
			fmt.Sprintf("At %s instance %s was moved out of standby in response to a user request, increasing the capacity from %d to %d.",
				g.stamp(), m.instance.id, g.desired-m.units(), g.desired), "PreInService", 30, m.instance.subnet)
		out = append(out, g.describeActivity(m.activity))
		c.after(exitTakes, func() {
			if m.lifecycle == "Pending" {
				m.enterService() // hooks are for what was launched
			}
		})
	}
	g.poke()
	return values{"Activities": out}, nil
}
