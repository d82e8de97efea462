package emulator

import "time"

// GroupView is what a test or a demo sees of a group without asking the API.
type GroupView struct {
	Found                 bool
	Min, Max, Desired     int
	LaunchTemplateID      string // the group's own, by template or policy
	LaunchTemplateVersion string
	MixedInstancesPolicy  map[string]any // nil without a policy
	Instances             []InstanceView
	Pool                  []InstanceView // of the warm pool
}

// InstanceView is an instance in a group.
type InstanceView struct {
	ID, Lifecycle, Health string
	Serving               bool // answers health checks
	LaunchTemplateID      string
	LaunchTemplateVersion int64 // zero: launched without a template
	ImageID, InstanceType string
	Units                 int // of capacity
	Protected             bool
	Launched              time.Time
	Address               string // where its process serves, host:port; empty without one
}

// Group shows a group as it is now.
func (e *Emulator) Group(region, name string) GroupView {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	g := e.region(region).autoscaling.groups[name]
	if g == nil {
		return GroupView{}
	}
	spec := g.saved.specifications()[0]
	v := GroupView{
		Found: true, Min: g.least, Max: g.most, Desired: g.desired, MixedInstancesPolicy: g.saved.policy,
		LaunchTemplateID: spec.str("LaunchTemplateId"), LaunchTemplateVersion: spec.str("Version"),
	}
	for _, m := range g.members {
		v.Instances = append(v.Instances, m.view())
	}
	if g.pool != nil {
		for _, m := range g.pool.members {
			v.Pool = append(v.Pool, m.view())
		}
	}
	return v
}

func (m *member) view() InstanceView {
	address := ""
	if m.instance.process != nil {
		address = m.instance.process.Address()
	}
	return InstanceView{
		Address: address, ID: m.instance.id, Lifecycle: m.state(), Health: m.health, Serving: m.instance.serving,
		LaunchTemplateID: m.templateID, LaunchTemplateVersion: m.version, Units: m.units(), Protected: m.protected,
		ImageID: m.instance.imageID, InstanceType: m.instance.instanceType, Launched: m.instance.launched,
	}
}

// recordFloor keeps the fewest healthy instances in service.
func (g *group) recordFloor() {
	n := g.healthyInService()
	if g.floor < 0 || n < g.floor {
		g.floor = n
	}
}

// healthyInService counts the instances that are in service, healthy, and
// passed their first health checks.
func (g *group) healthyInService() int {
	n := 0
	for _, m := range g.members {
		if m.usable() {
			n++
		}
	}
	return n
}

// LowestInService is the fewest healthy instances that a group ever had in
// service since ResetFloor.
func (e *Emulator) LowestInService(region, group string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	if g := e.region(region).autoscaling.groups[group]; g != nil {
		return g.floor
	}
	return 0
}

// ResetFloor begins the count of LowestInService anew.
func (e *Emulator) ResetFloor(region, group string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	if g := e.region(region).autoscaling.groups[group]; g != nil {
		g.floor = g.healthyInService()
	}
}

// InstanceAddress is where an instance's process serves, host:port; empty
// without one.
func (e *Emulator) InstanceAddress(region, id string) (address string) {
	e.locked(func() {
		if i := e.region(region).ec2.instances[id]; i != nil && i.process != nil {
			address = i.process.Address()
		}
	})
	return address
}
