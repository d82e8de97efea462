package emulator

import (
	"strings"
	"testing"
	"time"
)

// hooked is a fleet with a hook of that transition.
func hooked(t *testing.T, transition, result string) *fleet {
	t.Helper()
	f := newFleet(t, fleetOptions{size: 2, max: 6})
	f.must("PutLifecycleHook", named(values{"LifecycleHookName": "hook", "LifecycleTransition": transition, "HeartbeatTimeout": 120, "DefaultResult": result}))
	return f
}

// states are the lifecycle states of the group's instances.
func (f *fleet) states() string {
	var out []string
	for _, i := range f.members() {
		out = append(out, i.str("LifecycleState"))
	}
	return strings.Join(out, " ")
}

// action answers for the hook of the last instance.
func (f *fleet) action(operation string, more values) {
	f.t.Helper()
	all := f.members()
	in := named(values{"LifecycleHookName": "hook", "InstanceId": all[len(all)-1].str("InstanceId")})
	for k, v := range more {
		in[k] = v
	}
	f.must(operation, in)
}

func TestLaunchingHook(t *testing.T) {
	for _, tc := range []struct {
		name, result string // the default
		heartbeat    bool
		answer       string
		after        time.Duration // from the wait
		want         string
		says         string // of the launch's activity
	}{
		{"nobody answers, and the default goes on", "CONTINUE", false, "", 125 * time.Second, "InService InService InService", ""},
		{"nobody answers, and the default abandons", "ABANDON", false, "", 121 * time.Second, "InService InService Terminating Pending", "was abandoned: Heartbeat Timeout"},
		{"a heartbeat gives the whole time again", "ABANDON", true, "", 119 * time.Second, "InService InService Pending:Wait", ""},
		{"it is answered", "ABANDON", false, "CONTINUE", 2 * time.Second, "InService InService InService", ""},
		{"it is abandoned", "CONTINUE", false, "ABANDON", time.Second, "InService InService Terminating Pending", "was abandoned: Lifecycle Action Completed with ABANDON Result"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := hooked(t, launching, tc.result)
			f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 3}))
			f.pass(10 * time.Second)
			check(t, "held", f.states(), "InService InService Pending:Wait")
			check(t, "activity", f.activities()[0].str("StatusCode"), "MidLifecycleAction")
			if tc.heartbeat {
				f.pass(time.Minute)
				f.action("RecordLifecycleActionHeartbeat", nil)
			}
			if tc.answer != "" {
				f.action("CompleteLifecycleAction", values{"LifecycleActionResult": tc.answer})
			}
			f.pass(tc.after)
			check(t, "then", f.states(), tc.want)
			for _, a := range f.activities() {
				if a.str("StatusCode") == "Cancelled" && (tc.says == "" || !strings.HasSuffix(a.str("StatusMessage"), tc.says) || !strings.Contains(a.str("Description"), tc.says)) {
					t.Errorf("the activity says %v", a)
				}
			}
		})
	}
}

func TestTerminatingHook(t *testing.T) {
	f := hooked(t, terminating, "CONTINUE")
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 1}))
	f.pass(time.Minute)
	if got := f.states(); !strings.Contains(got, "Terminating:Wait") || !strings.Contains(got, "InService") {
		t.Errorf("states %s, want one held", got)
	}
	f.pass(time.Minute + 10*time.Second)
	check(t, "gone after the default", f.states(), "InService")
	f.must("TerminateInstanceInAutoScalingGroup", values{"InstanceId": f.members()[0].str("InstanceId"), "ShouldDecrementDesiredCapacity": false})
	f.pass(30 * time.Second)
	f.must("DeleteLifecycleHook", named(values{"LifecycleHookName": "hook"}))
	f.pass(10 * time.Second)
	check(t, "a hook that is deleted lets go", f.states(), "InService")
}

// A refresh waits for hooks, and fails when every launch is abandoned.
func TestRefreshWithHooks(t *testing.T) {
	f := hooked(t, launching, "ABANDON")
	f.start(f.to(2, quick(nil)))
	r := f.until("Failed", 2*time.Hour)
	if !strings.Contains(r.str("StatusReason"), "no progress for one hour") {
		t.Errorf("failed because %s", r.str("StatusReason"))
	}
	check(t, "nothing was replaced", f.versions()[1], 2)
	f.must("PutLifecycleHook", named(values{"LifecycleHookName": "hook", "DefaultResult": "CONTINUE"}))
	f.start(f.to(2, quick(nil)))
	f.until("Successful", time.Hour)
}

func TestHookOfANewGroup(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 1, group: values{"LifecycleHookSpecificationList": []values{
		{"LifecycleHookName": "hook", "LifecycleTransition": launching, "DefaultResult": "CONTINUE", "HeartbeatTimeout": 300}}}})
	check(t, "held from the first", f.states(), "Pending:Wait")
	f.refused("ValidationError", "PutLifecycleHook", named(values{"LifecycleHookName": "hook", "NotificationTargetARN": "arn:aws:sns:eu-west-1:1:x"}))
	f.refused("ValidationError", "CompleteLifecycleAction", named(values{"LifecycleHookName": "hook", "LifecycleActionResult": "CONTINUE"}))
}
