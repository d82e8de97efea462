package emulator

import (
	"maps"
	"slices"
)

// autoscalingState is what Auto Scaling keeps in one region.
type autoscalingState struct {
	region    *region
	groups    map[string]*group
	deleted   []*group // their activities are described for six weeks
	listening bool
}

func newAutoScalingState(r *region) *autoscalingState {
	return &autoscalingState{region: r, groups: map[string]*group{}}
}

// autoscalingOperations are the operations of Auto Scaling that are emulated.
func autoscalingOperations() map[string]operation {
	return map[string]operation{
		"CreateAutoScalingGroup":    (*call).createAutoScalingGroup,
		"UpdateAutoScalingGroup":    (*call).updateAutoScalingGroup,
		"DeleteAutoScalingGroup":    (*call).deleteAutoScalingGroup,
		"DescribeAutoScalingGroups": (*call).describeAutoScalingGroups,
		"SetDesiredCapacity":        (*call).setDesiredCapacity,
		"SuspendProcesses":          (*call).suspendProcesses,
		"ResumeProcesses":           (*call).resumeProcesses,
		"CreateOrUpdateTags":        (*call).createOrUpdateTags,
		"DescribeTags":              (*call).autoscalingDescribeTags,

		"DescribeAutoScalingInstances":        (*call).describeAutoScalingInstances,
		"TerminateInstanceInAutoScalingGroup": (*call).terminateInstanceInGroup,
		"SetInstanceHealth":                   (*call).setInstanceHealth,
		"SetInstanceProtection":               (*call).setInstanceProtection,
		"AttachInstances":                     (*call).attachInstances,
		"DetachInstances":                     (*call).detachInstances,
		"EnterStandby":                        (*call).enterStandby,
		"ExitStandby":                         (*call).exitStandby,
		"AttachLoadBalancerTargetGroups":      (*call).attachTargetGroups,
		"DetachLoadBalancerTargetGroups":      (*call).detachTargetGroups,
		"DescribeLoadBalancerTargetGroups":    (*call).describeTargetGroupsOfGroup,
		"DescribeScalingActivities":           (*call).describeScalingActivities,

		"StartInstanceRefresh":      (*call).startInstanceRefresh,
		"CancelInstanceRefresh":     (*call).cancelInstanceRefresh,
		"RollbackInstanceRefresh":   (*call).rollbackInstanceRefresh,
		"DescribeInstanceRefreshes": (*call).describeInstanceRefreshes,

		"PutWarmPool":      (*call).putWarmPool,
		"DescribeWarmPool": (*call).describeWarmPool,
		"DeleteWarmPool":   (*call).deleteWarmPool,

		"PutLifecycleHook":               (*call).putLifecycleHook,
		"DescribeLifecycleHooks":         (*call).describeLifecycleHooks,
		"DeleteLifecycleHook":            (*call).deleteLifecycleHook,
		"CompleteLifecycleAction":        (*call).completeLifecycleAction,
		"RecordLifecycleActionHeartbeat": (*call).recordLifecycleActionHeartbeat,
	}
}

// invalid is the refusal that Auto Scaling answers most requests with that it
// cannot accept.
func invalid(format string, args ...any) *apiError { return refuse("ValidationError", format, args...) }

// notSupported is a loud refusal: AWS would have done it.
func notSupported(what string) *apiError {
	return &apiError{Code: "NotSupportedByEmulator", Message: what + " is not supported by this emulator", Status: 501}
}

// group finds a group by name.
func (c *call) group(in values) (*group, error) {
	name := in.str("AutoScalingGroupName")
	if g := c.region.autoscaling.groups[name]; g != nil {
		return g, nil
	}
	return nil, invalid("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", name)
}

// sorted are the region's groups by name.
func (s *autoscalingState) sorted() []*group {
	var out []*group
	for _, name := range slices.Sorted(maps.Keys(s.groups)) {
		out = append(out, s.groups[name])
	}
	return out
}

// listen begins to follow alarms and target health, with the first group.
func (s *autoscalingState) listen() {
	if s.listening {
		return
	}
	s.listening = true
	s.region.onAlarm(func(name, state, reason string) {
		if state != "ALARM" {
			return
		}
		for _, g := range s.sorted() {
			if r := g.active(); r != nil {
				r.alarmFired(name)
			}
		}
	})
	s.region.onTargetHealth(func(_, instanceID string) {
		if i := s.region.ec2.instances[instanceID]; i != nil && i.group != nil {
			i.group.checkHealth()
		}
	})
}

// autoscalingPage is page with Auto Scaling's limits: MaxRecords above the most
// is refused, none means the usual number.
func autoscalingPage[T any](items []T, in values, usual, most int) ([]T, string, error) {
	size := usual
	if in.has("MaxRecords") {
		size = in.integer("MaxRecords")
		if size < 1 || size > most {
			return nil, "", invalid("MaxRecords must be between 1 and %d", most)
		}
	}
	out, next, ok := page(items, in.str("NextToken"), size)
	if !ok {
		return nil, "", refuse("InvalidNextToken", "The token '%s' is invalid.", in.str("NextToken"))
	}
	return out, next, nil
}
