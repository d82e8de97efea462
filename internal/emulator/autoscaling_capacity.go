package emulator

import (
	"fmt"
	"slices"
)

// poke makes the group look at itself once everything of this moment has
// happened, so that a hundred instances that start together cost one look.
func (g *group) poke() {
	if g.poked {
		return
	}
	g.poked = true
	g.state.region.emulator.after(0, func() {
		g.poked = false
		g.settle()
	})
}

// settle moves the group towards what it should be.
func (g *group) settle() {
	if !g.deletedAt.IsZero() {
		return
	}
	g.replaceUnhealthy()
	if r := g.active(); r == nil || !r.plan() {
		g.scale()
	}
	g.settlePool()
	g.recordFloor()
}

// replaceUnhealthy terminates what failed its checks. Capacity then falls
// short, and what fills it up is the replacement.
func (g *group) replaceUnhealthy() {
	if g.isSuspended("ReplaceUnhealthy") || g.isSuspended("Terminate") {
		return
	}
	for _, m := range slices.Clone(g.members) {
		if m.live() && m.health == "Unhealthy" {
			g.owed++
			g.terminate(m, fmt.Sprintf("At %s an instance was taken out of service in response to %s.", g.stamp(), m.unhealthyBy))
		}
	}
}

// capacity is the units of the live members.
func (g *group) capacity() int {
	n := 0
	for _, m := range g.members {
		if m.live() {
			n += m.units()
		}
	}
	return n
}

// scale launches what is missing and terminates what is too much.
func (g *group) scale() {
	have := g.capacity()
	if have < g.desired {
		g.fill(have, g.launchFrom())
		return
	}
	if !g.isSuspended("Terminate") {
		g.scaleIn(have, g.desired, g.victims())
	}
}

// launchFrom is what new instances are launched from now: during a refresh,
// its desired configuration already.
func (g *group) launchFrom() configuration {
	if r := g.active(); r != nil {
		return r.launchFrom()
	}
	return g.saved
}

// fill launches until have units have become the desired capacity.
func (g *group) fill(have int, from configuration) {
	if !g.mayLaunch() {
		return
	}
	all, err := g.state.choices(from)
	if err != nil {
		g.launchFailed(err, g.causeOfLaunch(have, g.desired))
		return
	}
	for before := have; have < g.desired; {
		cause := g.causeOfLaunch(before, g.desired)
		m := g.fromPool(all, cause)
		if m == nil {
			m = g.launch(g.inTurn(all), cause)
			if m == nil {
				return
			}
			g.active().claim(m)
		}
		have += m.units()
	}
	g.request = ""
}

func (g *group) causeOfLaunch(from, to int) string {
	if g.owed > 0 {
		g.owed--
		return fmt.Sprintf("At %s an instance was launched in response to an unhealthy instance needing to be replaced.", g.stamp())
	}
	cause := fmt.Sprintf("At %s an instance was started in response to a difference between desired and actual capacity, increasing the capacity from %d to %d.",
		g.stamp(), from, to)
	if g.request != "" {
		cause = g.request + "  " + cause
	}
	return cause
}

// scaleIn terminates victims, the first first, while the capacity stays at
// least what it should be.
func (g *group) scaleIn(have, want int, victims []*member) {
	before := have
	for _, m := range victims {
		if have-m.units() < want {
			continue
		}
		have -= m.units()
		cause := fmt.Sprintf("At %s an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from %d to %d.  At %s instance %s was selected for termination.",
			g.stamp(), before, want, g.stamp(), m.instance.id)
		if g.request != "" {
			cause = g.request + "  " + cause
		}
		g.retire(m, cause)
	}
	if have <= want {
		g.request = ""
	}
}

// victims are the live members that scaling in may terminate, in the order of
// the group's termination policy. The default takes from the fullest zone, and
// there what was launched from another template version, then the oldest.
func (g *group) victims() []*member {
	policy := "Default"
	if p := g.settings.strings("TerminationPolicies"); len(p) > 0 {
		policy = p[0]
	}
	var out []*member
	for _, m := range g.members {
		if m.live() && !m.protected {
			out = append(out, m)
		}
	}
	all, err := g.state.choices(g.launchFrom())
	stale := func(m *member) bool {
		return err == nil && !slices.ContainsFunc(all, func(c choice) bool { return c.matches(m) })
	}
	switch policy {
	case "NewestInstance":
		slices.Reverse(out)
	case "OldestInstance":
	default:
		slices.SortStableFunc(out, func(a, b *member) int {
			return first(stale(a), stale(b))
		})
		out = g.byFullestZone(out, stale)
	}
	return out
}

// first orders what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// byFullestZone orders members so that each termination takes from the zone
// that then has the most; stale members of any zone go before others.
func (g *group) byFullestZone(in []*member, stale func(*member) bool) []*member {
	counts := map[string]int{}
	queues := map[string][]*member{}
	var zones []string
	for _, s := range g.subnets {
		if !slices.Contains(zones, s.zone) {
			zones = append(zones, s.zone)
		}
	}
	for _, m := range in {
		z := m.instance.subnet.zone
		if !slices.Contains(zones, z) {
			zones = append(zones, z)
		}
		counts[z]++
		queues[z] = append(queues[z], m)
	}
	var out []*member
	for len(out) < len(in) {
		best := ""
		for _, z := range zones {
			if len(queues[z]) == 0 {
				continue
			}
			if best == "" || counts[z] > counts[best] || counts[z] == counts[best] && stale(queues[z][0]) && !stale(queues[best][0]) {
				best = z
			}
		}
		out = append(out, queues[best][0])
		queues[best] = queues[best][1:]
		counts[best]--
	}
	return out
}
