package emulator

import "slices"

// inTurn orders the choices for the next instance: On-Demand Instances take
// the first override that launches. What the distribution wants to be Spot is
// spread over as many overrides as there are Spot pools.
func (g *group) inTurn(all []choice) []choice {
	from := g.launchFrom()
	if len(all) < 2 || from.policy == nil {
		return all
	}
	d := from.policy.sub("InstancesDistribution")
	base, above := d.integer("OnDemandBaseCapacity"), d.integer("OnDemandPercentageAboveBaseCapacity")
	units, onDemand, spot := 0, 0, 0
	for _, m := range g.members {
		if m.live() && slices.ContainsFunc(all, func(c choice) bool { return c.matches(m) }) {
			if units += m.units(); m.spot {
				spot++
			} else {
				onDemand += m.units()
			}
		}
	}
	if onDemand < base || 100*(onDemand-base) < above*(units-base+1) {
		return all
	}
	pools := len(all) // the other strategies look for capacity everywhere
	if d.str("SpotAllocationStrategy") == "lowest-price" {
		pools = min(max(d.integer("SpotInstancePools"), 1), len(all))
	}
	at := spot % pools
	out := []choice{all[at]}
	out[0].spot = true
	return append(append(out, all[:at]...), all[at+1:]...)
}
