package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPropagation bounds how far a change runs from composite alarm to
// composite alarm: AWS lets alarms name one another in a circle.
const maxPropagation = 20

func (c *call) putCompositeAlarm(in values) (values, error) {
	name := in.str("AlarmName")
	if in.has("ActionsSuppressor") {
		return nil, invalidAlarm("ActionsSuppressor is not supported by this emulator")
	}
	rule, err := parseRule(in.str("AlarmRule"))
	if err != nil {
		return nil, invalidAlarm("Invalid AlarmRule: %s", err)
	}
	var unknown []string
	for _, child := range rule.alarms() {
		if c.region.cloudwatch.alarms[child] == nil && child != name {
			unknown = append(unknown, child)
		}
	}
	if len(unknown) > 0 {
		return nil, invalidAlarm("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist",
			strings.Join(unknown, ", "))
	}
	if n := len(rule.alarms()); n > 100 {
		return nil, invalidAlarm("An alarm rule can name at most 100 alarms; this one names %d", n)
	}
	settings := values{"ActionsEnabled": true, "OKActions": []any{}, "AlarmActions": []any{}, "InsufficientDataActions": []any{}}
	for _, member := range [...]string{"ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
		"AlarmDescription", "AlarmRule"} {
		if in.has(member) {
			settings[member] = in[member]
		}
	}
	a, err := c.put(name, settings, rule)
	if err != nil {
		return nil, err
	}
	state := c.region.ruleState(a)
	c.region.setState(a, state, fmt.Sprintf("%s was created and its alarm rule evaluates to %s", a.arn, state), "")
	return values{}, nil
}

// ruleState is OK or ALARM: a composite alarm is INSUFFICIENT_DATA only until
// its rule is evaluated first.
func (r *region) ruleState(a *alarm) string {
	holds := a.rule.holds(func(name string) string {
		if child := r.cloudwatch.alarms[name]; child != nil {
			return child.state
		}
		return alarmInsufficient
	})
	if holds {
		return alarmFiring
	}
	return alarmOK
}

// evaluateParents evaluates the composite alarms that name the alarm.
func (r *region) evaluateParents(child *alarm) {
	cw := r.cloudwatch
	if cw.propagating == maxPropagation {
		return
	}
	cw.propagating++
	defer func() { cw.propagating-- }()
	for _, name := range sortedKeys(cw.alarms) {
		parent := cw.alarms[name]
		if parent == nil || !parent.composite() || !slices.Contains(parent.rule.alarms(), child.name) {
			continue
		}
		r.setState(parent, r.ruleState(parent), fmt.Sprintf("%s transitioned to %s at %s", child.arn, child.state,
			child.transitioned.UTC().Format("Monday 02 January, 2006 15:04:05 MST")), parent.triggerData(child))
	}
}

// triggerData is StateReasonData of a composite alarm.
func (a *alarm) triggerData(child *alarm) string {
	return fmt.Sprintf(`{"triggeringAlarms":[{"arn":%q,"state":{"value":%q,"timestamp":%q}}]}`,
		child.arn, child.state, child.transitioned.UTC().Format(time.RFC3339))
}
