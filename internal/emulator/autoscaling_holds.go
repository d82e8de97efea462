package emulator

import (
	"fmt"
	"slices"
	"time"
)

// proceedTakes is how long an instance is seen to proceed after its hooks.
const proceedTakes = time.Second

// hold is a lifecycle action: a hook that holds one instance.
type hold struct {
	hook   *hook
	member *member
	token  string
	until  time.Time // its default result then
	last   time.Time // heartbeats reach no further
}

// await lets the hooks of a transition hold the instance, then goes on.
func (m *member) await(transition string, then func()) {
	g, e := m.group, m.emulator()
	for _, h := range g.hooks {
		if h.transition == transition && g.deletedAt.IsZero() {
			m.holds = append(m.holds, &hold{hook: h, member: m, token: e.uuid(), last: e.now.Add(h.longest())})
		}
	}
	if len(m.holds) == 0 {
		then()
		return
	}
	m.stage, m.then = "Wait", then
	if m.activity != nil {
		m.activity.status = "MidLifecycleAction"
	}
	for _, w := range slices.Clone(m.holds) {
		w.beat()
	}
}

// beat gives the hold its whole timeout again.
func (w *hold) beat() {
	e := w.member.emulator()
	w.until = e.now.Add(w.hook.timeout)
	if w.until.After(w.last) {
		w.until = w.last
	}
	e.after(w.until.Sub(e.now), func() {
		if slices.Contains(w.member.holds, w) && !e.now.Before(w.until) {
			w.end(w.hook.result, "Heartbeat Timeout")
		}
	})
}

// end ends one hold. A launch that is abandoned has failed whatever other hooks
// say; a termination goes on either way.
func (w *hold) end(result, why string) {
	m := w.member
	m.holds = slices.DeleteFunc(m.holds, func(o *hold) bool { return o == w })
	switch {
	case result == "ABANDON" && w.hook.transition == launching:
		m.abandon(fmt.Sprintf("Instance failed to complete user's Lifecycle Action: Lifecycle Action with token %s was abandoned: %s", w.token, why))
		return
	case result == "ABANDON":
		m.holds = nil
	}
	if len(m.holds) > 0 || m.stage != "Wait" {
		return
	}
	m.stage = "Proceed"
	m.emulator().after(proceedTakes, func() {
		if m.stage == "Proceed" {
			then := m.then
			m.release()
			then()
		}
	})
}

// release forgets what held the instance.
func (m *member) release() { m.stage, m.holds, m.then = "", nil, nil }

// abandon ends a launch that a hook has given up.
func (m *member) abandon(message string) {
	g := m.group
	if a := m.activity; a != nil && a.ended.IsZero() {
		a.description += ".  Status Reason: " + message
		g.finish(a, "Cancelled", message)
	}
	m.release()
	cause := fmt.Sprintf("At %s an instance was taken out of service in response to a launch failure.", g.stamp())
	if m.pooled() {
		g.endWarm(m, cause)
		return
	}
	g.owed++
	g.terminate(m, cause)
}

// everybody is each instance of the group, those of its warm pool too.
func (g *group) everybody() []*member {
	if g.pool == nil {
		return slices.Clone(g.members)
	}
	return slices.Concat(g.members, g.pool.members)
}
