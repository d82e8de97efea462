package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// group is an Auto Scaling group.
type group struct {
	state   *autoscalingState
	name    string
	arn     string
	created time.Time

	saved                configuration
	least, most, desired int
	settings             values // members that are only kept and described
	subnets              []*subnet
	byZone               bool // made with zones, not subnets
	checkType            string
	grace                time.Duration
	warmup               int // DefaultInstanceWarmup in seconds; -1 means unset
	maintenance          *maintenance
	targets              []string // target group ARNs
	tags                 []values
	suspended            []string
	protectNew           bool

	members    []*member // in order of launch
	hooks      []*hook
	pool       *warmPool // nil: none
	activities []*activity
	refreshes  []*refresh // oldest first

	poked     bool
	owed      int       // unhealthy instances that await a replacement
	request   string    // the user's request that the next activities answer
	failures  int       // launches that failed in a row
	notBefore time.Time // of the next launch after failures
	deletedAt time.Time
	floor     int // fewest healthy instances in service; -1 before the first count
}

// maintenance is an instance maintenance policy, in percent.
type maintenance struct{ least, most int }

func (c *call) createAutoScalingGroup(in values) (values, error) {
	s, name := c.region.autoscaling, in.str("AutoScalingGroupName")
	if s.groups[name] != nil {
		return nil, refuse("AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name %s already exists", name)
	}
	if strings.Contains(name, ":") {
		return nil, invalid("Auto Scaling Group name must not contain ':'.")
	}
	saved, err := s.configurationOf(in)
	if err != nil {
		return nil, err
	}
	if err := s.usable(saved); err != nil {
		return nil, err
	}
	g := &group{
		state: s, name: name, created: c.now, saved: saved, settings: values{}, checkType: "EC2", warmup: -1, floor: -1,
		least: in.integer("MinSize"), most: in.integer("MaxSize"), desired: in.integer("MinSize"),
	}
	g.arn = fmt.Sprintf("arn:aws:autoscaling:%s:%s:autoScalingGroup:%s:autoScalingGroupName/%s",
		c.region.name, c.account, c.uuid(), name)
	if !in.has("AvailabilityZones") && !in.has("VPCZoneIdentifier") {
		return nil, invalid("At least one Availability Zone or VPC Subnet is required.")
	}
	if err := g.apply(in); err != nil {
		return nil, err
	}
	if err := g.hooksOf(in.structs("LifecycleHookSpecificationList")); err != nil {
		return nil, err
	}
	arns := in.strings("TargetGroupARNs")
	for _, source := range in.structs("TrafficSources") {
		arns = append(arns, source.str("Identifier"))
	}
	if err := g.checkTargets(arns); err != nil {
		return nil, err
	}
	g.targets = arns
	g.tags = groupTags(g, nil, in.structs("Tags"))
	s.listen()
	s.groups[name] = g
	g.request = fmt.Sprintf("At %s a user request created an AutoScalingGroup changing the desired capacity from 0 to %d.",
		g.stamp(), g.desired)
	g.poke()
	return nil, nil
}

// apply sets what both a create and an update can set. It checks everything
// before it changes anything.
func (g *group) apply(in values) error {
	least, most, desired, err := g.sizes(in)
	if err != nil {
		return err
	}
	subnets, byZone, err := g.place(in)
	if err != nil {
		return err
	}
	checkType := g.checkType
	if in.has("HealthCheckType") {
		checkType = in.str("HealthCheckType")
		for _, one := range strings.Split(checkType, ",") {
			switch strings.TrimSpace(one) {
			case "EC2", "ELB":
			case "EBS", "VPC_LATTICE":
				return notSupported("health check type " + one)
			default:
				return invalid("Invalid health check type: %s", one)
			}
		}
	}
	policy, err := g.maintenancePolicy(in)
	if err != nil {
		return err
	}
	if w := in.integer("DefaultInstanceWarmup"); in.has("DefaultInstanceWarmup") && w < -1 {
		return invalid("DefaultInstanceWarmup must be at least -1, got %d.", w)
	}
	if p := in.integer("HealthCheckGracePeriod"); in.has("HealthCheckGracePeriod") && p < 0 {
		return invalid("HealthCheckGracePeriod must not be negative, got %d.", p)
	}
	if l := in.integer("MaxInstanceLifetime"); l != 0 && l < 86400 {
		return invalid("MaxInstanceLifetime must be 0 or at least 86400 seconds, got %d.", l)
	}
	g.least, g.most, g.desired = least, most, desired
	g.subnets, g.byZone, g.checkType, g.maintenance = subnets, byZone, checkType, policy
	if in.has("HealthCheckGracePeriod") {
		g.grace = time.Duration(in.integer("HealthCheckGracePeriod")) * time.Second
	}
	if in.has("DefaultInstanceWarmup") {
		g.warmup = in.integer("DefaultInstanceWarmup")
	}
	if in.has("NewInstancesProtectedFromScaleIn") {
		g.protectNew = in.boolean("NewInstancesProtectedFromScaleIn")
	}
	for _, kept := range []string{"DefaultCooldown", "PlacementGroup", "TerminationPolicies", "ServiceLinkedRoleARN",
		"MaxInstanceLifetime", "CapacityRebalance", "Context", "DesiredCapacityType", "DeletionProtection",
		"AvailabilityZoneDistribution", "AvailabilityZoneImpairmentPolicy", "CapacityReservationSpecification"} {
		if in.has(kept) {
			g.settings[kept] = in[kept]
		}
	}
	return nil
}

// sizes are the bounds and the desired capacity after a request. An update of
// one bound alone moves a desired capacity that it passes.
func (g *group) sizes(in values) (least, most, desired int, err error) {
	least, most, desired = g.least, g.most, g.desired
	if in.has("MinSize") {
		least = in.integer("MinSize")
	}
	if in.has("MaxSize") {
		most = in.integer("MaxSize")
	}
	if least < 0 || most < 0 {
		return 0, 0, 0, invalid("MinSize and MaxSize must not be negative.")
	}
	if most < least {
		return 0, 0, 0, invalid("Max bound, %d, must be greater than or equal to min bound, %d", most, least)
	}
	if !in.has("DesiredCapacity") {
		return least, most, min(max(desired, least), most), nil
	}
	desired = in.integer("DesiredCapacity")
	if desired < least || desired > most {
		return 0, 0, 0, invalid("Desired capacity:%d must be between the specified min size:%d and max size:%d", desired, least, most)
	}
	return least, most, desired, nil
}

// place finds the subnets that a request names, by id or by zone.
func (g *group) place(in values) ([]*subnet, bool, error) {
	n := g.state.region.ec2.network
	zones := in.strings("AvailabilityZones")
	if in.str("VPCZoneIdentifier") == "" && len(zones) == 0 {
		return g.subnets, g.byZone, nil
	}
	var out []*subnet
	if list := in.str("VPCZoneIdentifier"); list != "" {
		for _, id := range strings.Split(list, ",") {
			s := n.subnet(strings.TrimSpace(id))
			if s == nil {
				return nil, false, invalid("The subnet ID '%s' does not exist", strings.TrimSpace(id))
			}
			if len(zones) > 0 && !slices.Contains(zones, s.zone) {
				return nil, false, invalid("The availability zones of the specified subnets and the Auto Scaling group do not match")
			}
			out = append(out, s)
		}
		return out, false, nil
	}
	for _, zone := range zones {
		s := n.defaultSubnet(zone)
		if s == nil {
			return nil, false, invalid("Invalid Availability Zones: [%s]", zone)
		}
		out = append(out, s)
	}
	return out, true, nil
}

// maintenancePolicy is the group's policy after a request: both percentages
// are given together, and -1 for both clears it.
func (g *group) maintenancePolicy(in values) (*maintenance, error) {
	p := in.sub("InstanceMaintenancePolicy")
	if p == nil {
		return g.maintenance, nil
	}
	if !p.has("MinHealthyPercentage") || !p.has("MaxHealthyPercentage") {
		return nil, invalid("Both MinHealthyPercentage and MaxHealthyPercentage must be specified.")
	}
	m := &maintenance{p.integer("MinHealthyPercentage"), p.integer("MaxHealthyPercentage")}
	if m.least == -1 && m.most == -1 {
		return nil, nil
	}
	if m.least < 0 || m.least > 100 || m.most < 100 || m.most > 200 {
		return nil, invalid("MinHealthyPercentage must be between 0 and 100 and MaxHealthyPercentage between 100 and 200.")
	}
	if m.most-m.least > 100 {
		return nil, invalid("The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.")
	}
	return m, nil
}

// updateAutoScalingGroup changes what it is given and nothing else.
func (c *call) updateAutoScalingGroup(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	saved, before := g.saved, g.desired
	if in.has("LaunchTemplate") || in.has("MixedInstancesPolicy") || in.has("LaunchConfigurationName") {
		if r := g.active(); r != nil && r.target != nil {
			return nil, invalid("An active instance refresh with a desired configuration exists. All configuration options derived from the desired configuration are not available for update while the instance refresh is active.")
		}
		if saved, err = g.state.configurationOf(in); err != nil {
			return nil, err
		}
		if err := g.state.usable(saved); err != nil {
			return nil, err
		}
	}
	if err := g.apply(in); err != nil {
		return nil, err
	}
	g.saved = saved
	g.failures, g.notBefore = 0, time.Time{}
	if g.desired != before {
		g.request = fmt.Sprintf("At %s a user request update of AutoScalingGroup constraints to min: %d, max: %d, desired: %d changing the desired capacity from %d to %d.",
			g.stamp(), g.least, g.most, g.desired, before, g.desired)
	}
	g.poke()
	return nil, nil
}

func (c *call) setDesiredCapacity(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	n := in.integer("DesiredCapacity")
	if n > g.most {
		return nil, invalid("New SetDesiredCapacity value %d is above max value %d for the AutoScalingGroup.", n, g.most)
	}
	if n < g.least {
		return nil, invalid("New SetDesiredCapacity value %d is below min value %d for the AutoScalingGroup.", n, g.least)
	}
	g.request = fmt.Sprintf("At %s a user request explicitly set group desired capacity changing the desired capacity from %d to %d.",
		g.stamp(), g.desired, n)
	g.desired = n
	g.poke()
	return nil, nil
}

func (c *call) deleteAutoScalingGroup(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	force := in.boolean("ForceDelete")
	switch protection := g.settings.str("DeletionProtection"); {
	case protection == "prevent-all-deletion", protection == "prevent-force-deletion" && force:
		return nil, invalid("The Auto Scaling group is protected from deletion: %s.", protection)
	}
	if !force && (len(g.members) > 0 || g.active() != nil || g.pool != nil) {
		return nil, refuse("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.")
	}
	if r := g.active(); r != nil {
		r.end("Cancelled", "The Auto Scaling group was deleted.")
	}
	delete(g.state.groups, g.name)
	g.deletedAt = c.now
	g.state.deleted = append(g.state.deleted, g)
	if g.pool != nil {
		g.dropPool(true)
	}
	for _, m := range slices.Clone(g.members) {
		g.terminate(m, fmt.Sprintf("At %s a user request force deleted AutoScalingGroup changing the desired capacity from %d to 0.", g.stamp(), g.desired))
	}
	return nil, nil
}

// stamp is the current time as activities word it.
func (g *group) stamp() string {
	return g.state.region.emulator.now.UTC().Format(time.RFC3339)
}
