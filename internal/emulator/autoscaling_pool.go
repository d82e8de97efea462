package emulator

import (
	"fmt"
	"slices"
)

// warmPool is a group's warm pool: instances that are ready to enter service.
type warmPool struct {
	prepared int // how many instances group and pool may have; -1: the group's maximum
	least    int
	state    string // in which its instances wait
	reuse    bool   // takes back what scaling in takes out
	leaving  bool   // it is being deleted
	members  []*member
}

// putWarmPool makes a pool or changes what is given of it.
func (c *call) putWarmPool(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	if g.active() != nil {
		return nil, refuse("InstanceRefreshInProgress", "An instance refresh is in progress for Auto Scaling group %s.", g.name)
	}
	p := warmPool{prepared: -1, state: "Stopped"}
	if g.pool != nil {
		p = *g.pool
	}
	if p.leaving {
		return nil, invalid("The warm pool of Auto Scaling group %s is being deleted.", g.name)
	}
	if in.has("MaxGroupPreparedCapacity") {
		p.prepared = in.integer("MaxGroupPreparedCapacity")
	}
	if in.has("MinSize") {
		p.least = in.integer("MinSize")
	}
	if in.has("PoolState") {
		p.state = in.str("PoolState")
	}
	if in.has("InstanceReusePolicy") {
		p.reuse = in.sub("InstanceReusePolicy").boolean("ReuseOnScaleIn")
	}
	switch {
	case p.prepared >= 0 && p.prepared < g.least:
		return nil, invalid("MaxGroupPreparedCapacity must be at least the group's minimum size of %d, got %d.", g.least, p.prepared)
	case p.state == "Hibernated":
		return nil, notSupported("a warm pool of hibernated instances")
	}
	if g.pool == nil {
		g.pool = &warmPool{}
	}
	*g.pool = p
	g.poke()
	return values{}, nil
}

func (c *call) describeWarmPool(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	all := []values{}
	if g.pool != nil {
		for _, m := range g.pool.members {
			all = append(all, m.describe())
		}
	}
	all, next, err := autoscalingPage(all, in, 50, 50)
	if err != nil {
		return nil, err
	}
	out := ec2Answer("Instances", all, next)
	if g.pool != nil {
		out["WarmPoolConfiguration"] = g.pool.describe()
	}
	return out, nil
}

func (p *warmPool) describe() values {
	v := values{"MinSize": p.least, "PoolState": p.state}
	if p.prepared >= 0 {
		v["MaxGroupPreparedCapacity"] = p.prepared
	}
	if p.reuse {
		v["InstanceReusePolicy"] = values{"ReuseOnScaleIn": true}
	}
	if p.leaving {
		v["Status"] = "PendingDelete"
	}
	return v
}

// deleteWarmPool terminates what is in the pool; without force the pool stays
// until all of it is gone.
func (c *call) deleteWarmPool(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	switch {
	case g.pool == nil:
		return nil, invalid("No warm pool found for Auto Scaling group %s.", g.name)
	case g.active() != nil:
		return nil, refuse("ResourceInUse", "An instance refresh is in progress for Auto Scaling group %s.", g.name)
	}
	g.dropPool(in.boolean("ForceDelete"))
	return values{}, nil
}

func (g *group) dropPool(force bool) {
	p := g.pool
	p.leaving = true
	if force {
		g.pool = nil
	}
	for _, m := range slices.Clone(p.members) {
		g.endWarm(m, fmt.Sprintf("At %s the warm pool was deleted in response to a user request.", g.stamp()))
	}
	if len(p.members) == 0 {
		g.pool = nil
	}
}

// wanted is how many units the pool is to hold: what is missing from the
// prepared capacity, and at least its minimum.
func (g *group) wanted() int {
	if g.pool == nil || g.pool.leaving {
		return 0
	}
	most := g.most
	if g.pool.prepared >= 0 {
		most = g.pool.prepared
	}
	return max(most-g.desired, g.pool.least, 0)
}
