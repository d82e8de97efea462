package emulator

import "slices"

func (g *group) checkTargets(arns []string) error {
	for _, arn := range arns {
		if !g.state.region.targetGroupExists(arn) {
			return invalid("Provided Target Groups may not be valid. Please ensure they exist and try again.")
		}
	}
	return nil
}

func (g *group) trafficSources() []values {
	out := []values{}
	for _, arn := range g.targets {
		out = append(out, values{"Identifier": arn, "Type": "elbv2"})
	}
	return out
}

func (c *call) attachTargetGroups(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	arns := in.strings("TargetGroupARNs")
	if len(arns) > 10 {
		return nil, invalid("You can specify up to 10 target groups.")
	}
	if err := g.checkTargets(arns); err != nil {
		return nil, err
	}
	for _, arn := range arns {
		if slices.Contains(g.targets, arn) {
			continue
		}
		g.targets = append(g.targets, arn)
		for _, m := range g.members {
			if m.lifecycle == "InService" && !g.isSuspended("AddToLoadBalancer") {
				g.state.region.registerTarget(arn, m.instance.id)
			}
		}
	}
	g.poke()
	return values{}, nil
}

func (c *call) detachTargetGroups(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	arns := in.strings("TargetGroupARNs")
	if len(arns) > 10 {
		return nil, invalid("You can specify up to 10 target groups.")
	}
	for _, arn := range arns {
		at := slices.Index(g.targets, arn)
		if at < 0 {
			return nil, invalid("The target group %s is not attached to the Auto Scaling group.", arn)
		}
		g.targets = slices.Delete(g.targets, at, at+1)
		for _, m := range g.members {
			g.state.region.deregisterTarget(arn, m.instance.id)
		}
	}
	for _, m := range slices.Clone(g.members) {
		m.checkHealth()
	}
	return values{}, nil
}

// describeTargetGroupsOfGroup shows a target group as InService once one of the
// group's instances passed its health checks.
func (c *call) describeTargetGroupsOfGroup(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	all := []values{}
	for _, arn := range g.targets {
		state := "Added"
		if slices.ContainsFunc(g.members, func(m *member) bool {
			health, _, _ := c.region.targetHealth(arn, m.instance.id)
			return health == "healthy"
		}) {
			state = "InService"
		}
		all = append(all, values{"LoadBalancerTargetGroupARN": arn, "State": state})
	}
	all, next, err := autoscalingPage(all, in, 100, 100)
	if err != nil {
		return nil, err
	}
	return ec2Answer("LoadBalancerTargetGroups", all, next), nil
}
