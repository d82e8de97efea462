package emulator

import (
	"slices"
	"strings"
)

func (c *call) describeAutoScalingGroups(in values) (values, error) {
	names := in.strings("AutoScalingGroupNames")
	var wanted []*group
	for _, g := range c.region.autoscaling.sorted() {
		if len(names) > 0 && !slices.Contains(names, g.name) {
			continue
		}
		keep, err := g.tagged(in.structs("Filters"))
		if err != nil {
			return nil, err
		}
		if keep {
			wanted = append(wanted, g)
		}
	}
	wanted, next, err := autoscalingPage(wanted, in, 50, 100)
	if err != nil {
		return nil, err
	}
	out := []values{}
	for _, g := range wanted {
		out = append(out, g.describe(!in.has("IncludeInstances") || in.boolean("IncludeInstances")))
	}
	return ec2Answer("AutoScalingGroups", out, next), nil
}

// tagged reports whether the group's tags match all filters of a request.
func (g *group) tagged(filters []values) (bool, error) {
	for _, f := range filters {
		name, wanted := f.str("Name"), f.strings("Values")
		match := func(t values) bool {
			switch name {
			case "tag-key":
				return slices.Contains(wanted, t.str("Key"))
			case "tag-value":
				return slices.Contains(wanted, t.str("Value"))
			}
			return "tag:"+t.str("Key") == name && slices.Contains(wanted, t.str("Value"))
		}
		if name != "tag-key" && name != "tag-value" && !strings.HasPrefix(name, "tag:") {
			return false, invalid("Filter type %s is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>", name)
		}
		if !slices.ContainsFunc(g.tags, match) {
			return false, nil
		}
	}
	return true, nil
}

func (g *group) describe(withInstances bool) values {
	v := g.saved.describe()
	for k, s := range g.settings {
		v[k] = s
	}
	v["AutoScalingGroupName"], v["AutoScalingGroupARN"] = g.name, g.arn
	v["MinSize"], v["MaxSize"], v["DesiredCapacity"] = g.least, g.most, g.desired
	v["CreatedTime"], v["HealthCheckType"] = g.created, g.checkType
	v["HealthCheckGracePeriod"] = int(g.grace.Seconds())
	v["NewInstancesProtectedFromScaleIn"] = g.protectNew
	var zones, ids []string
	for _, s := range g.subnets {
		ids = append(ids, s.id)
		if !slices.Contains(zones, s.zone) {
			zones = append(zones, s.zone)
		}
	}
	v["AvailabilityZones"] = zones
	v["VPCZoneIdentifier"] = ""
	if !g.byZone {
		v["VPCZoneIdentifier"] = strings.Join(ids, ",")
	}
	v["LoadBalancerNames"], v["TargetGroupARNs"] = []string{}, g.targets
	v["TrafficSources"] = g.trafficSources()
	v["Tags"], v["EnabledMetrics"] = g.tags, []values{}
	v["SuspendedProcesses"] = g.describeSuspended()
	if g.warmup >= 0 {
		v["DefaultInstanceWarmup"] = g.warmup
	}
	if g.maintenance != nil {
		v["InstanceMaintenancePolicy"] = values{
			"MinHealthyPercentage": g.maintenance.least, "MaxHealthyPercentage": g.maintenance.most,
		}
	}
	for member, usual := range map[string]any{
		"DefaultCooldown":     300,
		"TerminationPolicies": []string{"Default"},
		"CapacityRebalance":   false,
		"ServiceLinkedRoleARN": "arn:aws:iam::" + g.state.region.emulator.account +
			":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
	} {
		if !v.has(member) {
			v[member] = usual
		}
	}
	if g.pool != nil {
		v["WarmPoolConfiguration"], v["WarmPoolSize"] = g.pool.describe(), len(g.pool.members)
	}
	v["Instances"] = []values{}
	if withInstances {
		v["Instances"] = g.describeMembers()
	}
	return v
}

func (g *group) describeMembers() []values {
	out := []values{}
	for _, m := range g.members {
		out = append(out, m.describe())
	}
	return out
}

// groupTags puts the tags of a request over a group's own.
func groupTags(g *group, tags, over []values) []values {
	out := slices.Clone(tags)
	for _, t := range over {
		kept := values{
			"Key": t.str("Key"), "Value": t.str("Value"), "PropagateAtLaunch": t.boolean("PropagateAtLaunch"),
			"ResourceId": g.name, "ResourceType": "auto-scaling-group",
		}
		if i := slices.IndexFunc(out, func(o values) bool { return o.str("Key") == t.str("Key") }); i >= 0 {
			out[i] = kept
		} else {
			out = append(out, kept)
		}
	}
	return out
}

func (c *call) createOrUpdateTags(in values) (values, error) {
	s := c.region.autoscaling
	for _, t := range in.structs("Tags") {
		if t.str("ResourceType") != "auto-scaling-group" {
			return nil, invalid("Tag resource type must be auto-scaling-group.")
		}
		if s.groups[t.str("ResourceId")] == nil {
			return nil, invalid("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", t.str("ResourceId"))
		}
	}
	for _, t := range in.structs("Tags") {
		g := s.groups[t.str("ResourceId")]
		g.tags = groupTags(g, g.tags, []values{t})
	}
	return nil, nil
}

func (c *call) autoscalingDescribeTags(in values) (values, error) {
	all := []values{}
	for _, g := range c.region.autoscaling.sorted() {
		all = append(all, g.tags...)
	}
	all, err := filter(all, in, func(t values, name string) ([]string, bool) {
		switch name {
		case "auto-scaling-group":
			return []string{t.str("ResourceId")}, true
		case "key":
			return []string{t.str("Key")}, true
		case "value":
			return []string{t.str("Value")}, true
		case "propagate-at-launch":
			return []string{map[bool]string{true: "true", false: "false"}[t.boolean("PropagateAtLaunch")]}, true
		}
		return nil, false
	})
	if err != nil {
		return nil, err
	}
	all, next, err := autoscalingPage(all, in, 50, 100)
	if err != nil {
		return nil, err
	}
	return ec2Answer("Tags", all, next), nil
}
