package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// pooled members wait in the group's warm pool.
func (m *member) pooled() bool { return strings.HasPrefix(m.lifecycle, "Warmed:") }

// ready members of the pool can enter service.
func (m *member) ready() bool {
	return m.lifecycle == "Warmed:Stopped" || m.lifecycle == "Warmed:Running"
}

// leavesPool reports whether a member of the pool is on its way out.
func (m *member) leavesPool() bool { return m.lifecycle == "Warmed:Terminating" }

// settlePool launches what the pool lacks and terminates what it has too much.
func (g *group) settlePool() {
	if g.pool == nil || g.pool.leaving {
		return
	}
	have, want := 0, g.wanted()
	for _, m := range g.pool.members {
		if !m.leavesPool() {
			have += m.units()
		}
	}
	for _, m := range slices.Clone(g.pool.members) {
		if have-m.units() < want || g.isSuspended("Terminate") {
			break
		}
		if !m.leavesPool() {
			have -= m.units()
			g.endWarm(m, fmt.Sprintf("At %s an instance was terminated in response to a decrease of the warm pool's size.", g.stamp()))
		}
	}
	if have >= want || !g.mayLaunch() {
		return
	}
	all, err := g.state.choices(g.launchFrom())
	if err != nil {
		return // the group's own launch tells why
	}
	for have < want {
		cause := fmt.Sprintf("At %s an instance was started in response to a difference between desired and actual warm pool size.", g.stamp())
		m := g.launch(g.inTurn(all), cause)
		if m == nil {
			return
		}
		g.active().claim(m)
		g.members = g.members[:len(g.members)-1]
		m.lifecycle = "Warmed:Pending"
		m.activity.description = "Launching a new EC2 instance into warm pool: " + m.instance.id
		g.pool.members = append(g.pool.members, m)
		have += m.units()
	}
}

// warmUp puts an instance that is prepared into the state in which it waits.
func (m *member) warmUp() {
	g := m.group
	if g.pool == nil || g.pool.state == "Running" {
		m.warmed("Warmed:Running")
		return
	}
	g.state.region.ec2.stop(m.instance)
}

func (m *member) warmed(state string) {
	m.lifecycle = state
	m.group.finish(m.activity, "Successful", "")
	m.activity = nil
	m.group.poke()
}

// stopped is EC2's word that the instance has stopped.
func (m *member) stopped() {
	if m.lifecycle == "Warmed:Pending" {
		m.warmed("Warmed:Stopped")
		return
	}
	m.checkHealth()
}

// endWarm terminates an instance of the pool.
func (g *group) endWarm(m *member, cause string) {
	if m.leavesPool() {
		return
	}
	g.finish(m.activity, "Cancelled", "")
	m.release()
	m.lifecycle = "Warmed:Terminating"
	m.activity = g.begin("Terminating EC2 instance from warm pool: "+m.instance.id, cause, "InProgress", 0, m.instance.subnet)
	m.await(terminating, func() {
		if m.instance.state == "terminated" {
			m.gone()
			return
		}
		g.state.region.ec2.terminate(m.instance, "User initiated")
	})
}

// fromPool takes an instance of the pool into the group; nil when none is
// ready. During a refresh only what matches may come.
func (g *group) fromPool(all []choice, cause string) *member {
	if g.pool == nil {
		return nil
	}
	at := slices.IndexFunc(g.pool.members, func(m *member) bool {
		return m.ready() && (g.active() == nil || slices.ContainsFunc(all, func(c choice) bool { return c.matches(m) }))
	})
	if at < 0 {
		return nil
	}
	m := g.pool.members[at]
	g.pool.members = slices.Delete(g.pool.members, at, at+1)
	m.lifecycle, m.health, m.passed, m.protected = "Pending", "Healthy", false, g.protectNew
	g.members = append(g.members, m)
	m.activity = g.begin("Launching a new EC2 instance from warm pool: "+m.instance.id, cause, "PreInService", 30, m.instance.subnet)
	if m.instance.state == "running" {
		m.runs()
	} else {
		g.state.region.ec2.start(m.instance)
	}
	return m
}

// retire takes a member out of service because the group shrinks: into the
// warm pool where that takes instances back.
func (g *group) retire(m *member, cause string) {
	g.terminate(m, cause)
	m.returns = g.pool != nil && g.pool.reuse && !g.pool.leaving && g.active() == nil
}

// comeBack puts a member that left service into the pool.
func (m *member) comeBack() {
	g := m.group
	g.finish(m.activity, "Successful", "")
	g.members = slices.DeleteFunc(g.members, func(o *member) bool { return o == m })
	m.returns, m.lifecycle = false, "Warmed:Pending"
	m.activity = g.begin("Moving EC2 instance into warm pool: "+m.instance.id,
		fmt.Sprintf("At %s an instance was returned to the warm pool in response to a scale in.", g.stamp()), "InProgress", 50, m.instance.subnet)
	g.pool.members = append(g.pool.members, m)
	m.warmUp()
	g.poke()
}
