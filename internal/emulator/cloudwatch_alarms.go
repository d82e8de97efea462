package emulator

import (
	"slices"
	"strings"
	"time"
)

const (
	alarmOK           = "OK"
	alarmFiring       = "ALARM"
	alarmInsufficient = "INSUFFICIENT_DATA"
)

// alarm is a metric alarm, or a composite one when it has a rule.
type alarm struct {
	name       string
	arn        string
	settings   values // what the user put, with defaults
	rule       alarmRule
	configured time.Time

	state        string
	reason       string
	reasonData   string
	updated      time.Time // the state or its reason was set
	transitioned time.Time // the state's value changed

	generation int // an evaluation that was scheduled for an older configuration does nothing
}

func (a *alarm) composite() bool { return a.rule != nil }

func (a *alarm) described() values {
	out := cloneValues(a.settings)
	out["AlarmName"] = a.name
	out["AlarmArn"] = a.arn
	out["AlarmConfigurationUpdatedTimestamp"] = a.configured
	out["StateValue"] = a.state
	out["StateReason"] = a.reason
	out["StateUpdatedTimestamp"] = a.updated
	out["StateTransitionedTimestamp"] = a.transitioned
	if a.reasonData != "" {
		out["StateReasonData"] = a.reasonData
	}
	return out
}

// put creates the alarm, or replaces the configuration of the one with its
// name: then the state stays.
func (c *call) put(name string, settings values, rule alarmRule) (*alarm, error) {
	cw := c.region.cloudwatch
	a := cw.alarms[name]
	action := "updated"
	if a != nil && a.composite() != (rule != nil) {
		return nil, invalidAlarm("An alarm with the name %s exists and is of another type", name)
	}
	if a == nil {
		action = "created"
		a = &alarm{name: name, state: alarmInsufficient, reason: "Unchecked: Initial alarm creation",
			arn:     "arn:aws:cloudwatch:" + c.region.name + ":" + c.account + ":alarm:" + name,
			updated: c.now, transitioned: c.now}
		cw.alarms[name] = a
	}
	a.settings, a.rule, a.configured = settings, rule, c.now
	a.generation++
	c.region.recordAlarm(a, "ConfigurationUpdate", `Alarm "`+name+`" `+action, "{}")
	return a, nil
}

// setState gives an alarm a state, tells who watches, and evaluates the
// composite alarms that name it. An evaluation that confirms the state leaves
// the reason of the transition.
func (r *region) setState(a *alarm, state, reason, data string) {
	if a.state == state {
		return
	}
	old := *a
	a.state, a.reason, a.reasonData = state, reason, data
	a.updated, a.transitioned = r.emulator.now, r.emulator.now
	r.recordTransition(&old, a)
	for _, watch := range r.cloudwatch.watchers {
		watch(a.name, a.state, a.reason)
	}
	r.evaluateParents(a)
}

// setAlarmState lasts until the alarm's next evaluation; a composite alarm's
// until one of its children changes.
func (c *call) setAlarmState(in values) (values, error) {
	a := c.region.cloudwatch.alarms[in.str("AlarmName")]
	if a == nil {
		return nil, refuse("ResourceNotFound", "Unknown alarm: %s", in.str("AlarmName"))
	}
	if a.state == in.str("StateValue") {
		a.reason, a.reasonData, a.updated = in.str("StateReason"), in.str("StateReasonData"), c.now
	}
	c.region.setState(a, in.str("StateValue"), in.str("StateReason"), in.str("StateReasonData"))
	return values{}, nil
}

func (c *call) describeAlarms(in values) (values, error) {
	if in.has("ChildrenOfAlarmName") || in.has("ParentsOfAlarmName") {
		return nil, invalidAlarm("ChildrenOfAlarmName and ParentsOfAlarmName are not supported by this emulator")
	}
	if in.has("AlarmNames") && in.has("AlarmNamePrefix") {
		return nil, refuse("InvalidParameterCombination", "AlarmNames and AlarmNamePrefix must not both be specified")
	}
	matching := c.region.matchingAlarms(in)
	limit := 50
	if in.has("AlarmNames") {
		limit = 100 // as many as can be named
	}
	from, to, next, err := cloudwatchPage(in, "MaxRecords", limit, len(matching))
	if err != nil {
		return nil, err
	}
	metric, composite := []any{}, []any{}
	for _, a := range matching[from:to] {
		if a.composite() {
			composite = append(composite, a.described())
		} else {
			metric = append(metric, a.described())
		}
	}
	out := values{"MetricAlarms": metric, "CompositeAlarms": composite}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// matchingAlarms are the alarms that a description asks for, by name. Without
// AlarmTypes AWS leaves composite alarms out, even those that are named.
func (r *region) matchingAlarms(in values) []*alarm {
	types, names := in.strings("AlarmTypes"), in.strings("AlarmNames")
	if len(types) == 0 {
		types = []string{"MetricAlarm"}
	}
	var out []*alarm
	for _, name := range sortedKeys(r.cloudwatch.alarms) {
		a := r.cloudwatch.alarms[name]
		kind := "MetricAlarm"
		if a.composite() {
			kind = "CompositeAlarm"
		}
		switch {
		case !slices.Contains(types, kind):
		case len(names) > 0 && !slices.Contains(names, name):
		case !strings.HasPrefix(name, in.str("AlarmNamePrefix")):
		case in.has("StateValue") && a.state != in.str("StateValue"):
		case in.has("ActionPrefix") && !a.hasAction(in.str("ActionPrefix")):
		default:
			out = append(out, a)
		}
	}
	return out
}

func (a *alarm) hasAction(prefix string) bool {
	for _, member := range [...]string{"OKActions", "AlarmActions", "InsufficientDataActions"} {
		for _, action := range a.settings.strings(member) {
			if strings.HasPrefix(action, prefix) {
				return true
			}
		}
	}
	return false
}

// deleteAlarms deletes those that exist. An alarm that a composite alarm
// names cannot be deleted before that one.
func (c *call) deleteAlarms(in values) (values, error) {
	cw := c.region.cloudwatch
	names := in.strings("AlarmNames")
	composites := 0
	for _, name := range names {
		if a := cw.alarms[name]; a != nil && a.composite() {
			composites++
		}
		for _, other := range sortedKeys(cw.alarms) {
			if rule := cw.alarms[other].rule; rule != nil && slices.Contains(rule.alarms(), name) && cw.alarms[name] != nil {
				return nil, invalidAlarm("Cannot delete %s as there are composite alarm(s) depending on it: %s", name, other)
			}
		}
	}
	if composites > 1 {
		return nil, invalidAlarm("A maximum of one composite alarm can be deleted in one request")
	}
	for _, name := range names {
		if a := cw.alarms[name]; a != nil {
			a.generation++
			delete(cw.alarms, name)
			c.region.recordAlarm(a, "ConfigurationUpdate", `Alarm "`+name+`" deleted`, "{}")
		}
	}
	return values{}, nil
}

func (c *call) enableAlarmActions(in values) (values, error)  { return c.switchActions(in, true) }
func (c *call) disableAlarmActions(in values) (values, error) { return c.switchActions(in, false) }

// switchActions records whether actions are on. None is run here: they go to
// services that are not emulated.
func (c *call) switchActions(in values, on bool) (values, error) {
	for _, name := range in.strings("AlarmNames") {
		if a := c.region.cloudwatch.alarms[name]; a != nil {
			a.settings = cloneValues(a.settings)
			a.settings["ActionsEnabled"] = on
			a.configured = c.now
		}
	}
	return values{}, nil
}
