package emulator

import (
	"slices"
	"strings"
	"time"
)

// Transitions at which lifecycle hooks hold an instance.
const (
	launching   = "autoscaling:EC2_INSTANCE_LAUNCHING"
	terminating = "autoscaling:EC2_INSTANCE_TERMINATING"
)

const (
	// mostHooks is how many hooks a group may have.
	mostHooks = 50
	// longestHold is the most that heartbeats can hold an instance: this, or
	// a hundred timeouts.
	longestHold = 48 * time.Hour
)

// hook is a lifecycle hook of a group.
type hook struct {
	name, transition string
	result           string // when nobody answers
	timeout          time.Duration
	target           values // whom AWS would notify; nobody is here
}

// longest is how long the hook can hold one instance at most.
func (h *hook) longest() time.Duration { return min(100*h.timeout, longestHold) }

func (g *group) hook(name string) *hook {
	if at := slices.IndexFunc(g.hooks, func(h *hook) bool { return h.name == name }); at >= 0 {
		return g.hooks[at]
	}
	return nil
}

// putLifecycleHook makes a hook or changes what is given of one.
func (c *call) putLifecycleHook(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	return nil, g.putHook(in)
}

// putHook checks everything before it changes anything.
func (g *group) putHook(in values) error {
	h := hook{name: in.str("LifecycleHookName"), result: "ABANDON", timeout: time.Hour, target: values{}}
	old := g.hook(h.name)
	if old != nil {
		h = *old
	}
	if in.has("LifecycleTransition") {
		h.transition = in.str("LifecycleTransition")
	}
	if in.has("DefaultResult") {
		h.result = in.str("DefaultResult")
	}
	if in.has("HeartbeatTimeout") {
		h.timeout = time.Duration(in.integer("HeartbeatTimeout")) * time.Second
	}
	switch {
	case old == nil && len(g.hooks) >= mostHooks:
		return refuse("LimitExceeded", "You have reached the limit of %d lifecycle hooks for this Auto Scaling group.", mostHooks)
	case h.transition != launching && h.transition != terminating:
		return invalid("The lifecycle transition must be %s or %s, got '%s'.", launching, terminating, h.transition)
	case h.result != "CONTINUE" && h.result != "ABANDON":
		return invalid("The default result must be CONTINUE or ABANDON, got '%s'.", h.result)
	case h.timeout < 30*time.Second || h.timeout > 2*time.Hour:
		return invalid("The heartbeat timeout must be between 30 and 7200 seconds, got %d.", int(h.timeout.Seconds()))
	}
	target := values{}
	for _, member := range []string{"NotificationTargetARN", "RoleARN", "NotificationMetadata"} {
		switch {
		case in.str(member) != "":
			target[member] = in.str(member)
		case !in.has(member) && h.target.has(member):
			target[member] = h.target[member]
		}
	}
	if target.has("NotificationTargetARN") && !target.has("RoleARN") {
		return invalid("A notification target needs a RoleARN.")
	}
	h.target = target
	if old != nil {
		*old = h
		return nil
	}
	g.hooks = append(g.hooks, &h)
	return nil
}

func (c *call) describeLifecycleHooks(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	names, out := in.strings("LifecycleHookNames"), []values{}
	for _, h := range g.hooks {
		if len(names) > 0 && !slices.Contains(names, h.name) {
			continue
		}
		v := values{
			"LifecycleHookName": h.name, "AutoScalingGroupName": g.name, "LifecycleTransition": h.transition, "DefaultResult": h.result,
			"HeartbeatTimeout": int(h.timeout.Seconds()), "GlobalTimeout": int(h.longest().Seconds()),
		}
		for k, s := range h.target {
			v[k] = s
		}
		out = append(out, v)
	}
	return values{"LifecycleHooks": out}, nil
}

// deleteLifecycleHook ends what the hook holds: launches are abandoned and
// terminations go on.
func (c *call) deleteLifecycleHook(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	h := g.hook(in.str("LifecycleHookName"))
	if h == nil {
		return nil, invalid("No Lifecycle Hook found with name %s for Auto Scaling group %s.", in.str("LifecycleHookName"), g.name)
	}
	g.hooks = slices.DeleteFunc(g.hooks, func(o *hook) bool { return o == h })
	for _, m := range g.everybody() {
		for _, w := range slices.Clone(m.holds) {
			if w.hook == h {
				w.end(map[string]string{launching: "ABANDON", terminating: "CONTINUE"}[h.transition], "Lifecycle Hook was deleted")
			}
		}
	}
	return values{}, nil
}

func (c *call) completeLifecycleAction(in values) (values, error) {
	w, err := c.lifecycleAction(in)
	if err != nil {
		return nil, err
	}
	result := in.str("LifecycleActionResult")
	if result != "CONTINUE" && result != "ABANDON" {
		return nil, invalid("The lifecycle action result must be CONTINUE or ABANDON, got '%s'.", result)
	}
	w.end(result, "Lifecycle Action Completed with "+result+" Result")
	return values{}, nil
}

func (c *call) recordLifecycleActionHeartbeat(in values) (values, error) {
	w, err := c.lifecycleAction(in)
	if err != nil {
		return nil, err
	}
	w.beat()
	return values{}, nil
}

// lifecycleAction finds the action that a request names by its token or by
// its instance.
func (c *call) lifecycleAction(in values) (*hold, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	token, id := in.str("LifecycleActionToken"), in.str("InstanceId")
	if token == "" && id == "" {
		return nil, invalid("You must provide either a lifecycle action token or an instance ID.")
	}
	for _, m := range g.everybody() {
		for _, w := range m.holds {
			if w.hook.name == in.str("LifecycleHookName") && (w.token == token || token == "" && m.instance.id == id) {
				return w, nil
			}
		}
	}
	if token != "" {
		return nil, invalid("No active Lifecycle Action found with token %s", token)
	}
	return nil, invalid("No active Lifecycle Action found with instance ID %s", id)
}

// hooksOf makes the hooks that a new group is given.
func (g *group) hooksOf(in []values) error {
	for _, one := range in {
		if strings.TrimSpace(one.str("LifecycleHookName")) == "" {
			return invalid("A lifecycle hook needs a name.")
		}
		if err := g.putHook(one); err != nil {
			return err
		}
	}
	return nil
}
