package emulator

import (
	"strings"
	"testing"
	"time"
)

func TestAlarmStopsRefresh(t *testing.T) {
	for _, automatic := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 10})
		f.alarm("errors", "OK")
		f.alarm("other", "OK")
		f.start(f.to(2, quick(values{"AlarmSpecification": values{"Alarms": []string{"errors"}}, "AutoRollback": automatic})))
		f.pass(time.Minute)
		f.of("cloudwatch").must("SetAlarmState", values{"AlarmName": "other", "StateValue": "ALARM", "StateReason": "test"})
		f.pass(time.Second)
		check(t, "status after another's alarm", f.refresh().str("Status"), "InProgress")
		before := f.refresh()
		f.of("cloudwatch").must("SetAlarmState", values{"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "test"})
		if !automatic {
			r := f.refresh()
			check(t, "status", r.str("Status"), "Failed")
			check(t, "names the alarm", strings.Contains(r.str("StatusReason"), "errors"), true)
			f.pass(5 * time.Minute)
			check(t, "nothing is reverted", f.versions()[2] > 0, true)
			check(t, "size", f.versions()[1]+f.versions()[2], 10)
			continue
		}
		r := f.refresh()
		check(t, "status", r.str("Status"), "RollbackInProgress")
		details := r.sub("RollbackDetails")
		check(t, "names the alarm", strings.Contains(details.str("RollbackReason"), "errors"), true)
		check(t, "percent then", details.integer("PercentageCompleteOnRollback"), before.integer("PercentageComplete"))
		check(t, "to update then", details.integer("InstancesToUpdateOnRollback"), before.integer("InstancesToUpdate"))
		r = f.until("RollbackSuccessful", time.Hour)
		check(t, "percent", r.integer("PercentageComplete"), 0)
		check(t, "to update stays", r.integer("InstancesToUpdate"), before.integer("InstancesToUpdate"))
		check(t, "old instances", f.versions()[1], 10)
		check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "1")
		check(t, "floor", f.LowestInService(testRegion, fleetName), 10)
	}
}

func TestAlarmStateAtStart(t *testing.T) {
	for _, ignored := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 2, switches: Switches{AlarmStateAtStartIgnored: ignored}})
		f.alarm("errors", "ALARM")
		f.start(f.to(2, quick(values{"AlarmSpecification": values{"Alarms": []string{"errors"}}})))
		if ignored {
			f.until("Successful", time.Hour)
			check(t, "new instances", f.versions()[2], 2)
		} else {
			f.until("Failed", time.Minute)
			check(t, "old instances", f.versions()[1], 2)
		}
	}
}

// The alarm that fires while the refresh bakes takes it back from 100 percent.
func TestAlarmWhileBaking(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 3})
	f.alarm("errors", "OK")
	f.start(f.to(2, quick(values{"AlarmSpecification": values{"Alarms": []string{"errors"}}, "AutoRollback": true, "BakeTime": 3600})))
	f.until("Baking", time.Hour)
	f.of("cloudwatch").must("SetAlarmState", values{"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "test"})
	r := f.until("RollbackSuccessful", time.Hour)
	check(t, "percent then", r.sub("RollbackDetails").integer("PercentageCompleteOnRollback"), 100)
	check(t, "old instances", f.versions()[1], 3)
}

func TestRollbackFallsToZero(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 10})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50, 100}, "CheckpointDelay": 7200})))
	f.pass(30 * time.Minute)
	check(t, "percent", f.refresh().integer("PercentageComplete"), 50)
	id := f.must("RollbackInstanceRefresh", named(nil)).str("InstanceRefreshId")
	check(t, "id", id, f.refresh().str("InstanceRefreshId"))
	check(t, "status", f.refresh().str("Status"), "RollbackInProgress")
	f.refused("ActiveInstanceRefreshNotFound", "RollbackInstanceRefresh", named(nil))
	last := 50
	for f.refresh().str("Status") == "RollbackInProgress" {
		now := f.refresh().integer("PercentageComplete")
		check(t, "never rises", now <= last, true)
		check(t, "to update", f.refresh().integer("InstancesToUpdate"), 5)
		last = now
		f.pass(5 * time.Second)
	}
	check(t, "status", f.refresh().str("Status"), "RollbackSuccessful")
	check(t, "old instances", f.versions()[1], 10)
	f.refused("ActiveInstanceRefreshNotFound", "RollbackInstanceRefresh", named(nil))
	f.refused("ActiveInstanceRefreshNotFound", "CancelInstanceRefresh", named(nil))
}

// What an earlier, cancelled refresh replaced is taken back or kept.
func TestRollbackKeepsEarlier(t *testing.T) {
	for keeps, want := range map[bool]int{false: 0, true: 3} {
		f := newFleet(t, fleetOptions{size: 10, switches: Switches{RollbackKeepsEarlier: keeps}})
		f.start(f.to(2, quick(values{"CheckpointPercentages": []int{30, 100}, "CheckpointDelay": 7200})))
		f.pass(30 * time.Minute)
		f.must("CancelInstanceRefresh", named(nil))
		f.until("Cancelled", time.Minute)
		f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50, 100}, "CheckpointDelay": 7200, "SkipMatching": true})))
		f.pass(30 * time.Minute)
		check(t, "new instances", f.versions()[2], 5)
		f.must("RollbackInstanceRefresh", named(nil))
		f.until("RollbackSuccessful", time.Hour)
		check(t, "new instances after", f.versions()[2], want)
	}
}

func TestRollbackToWhatCannotBeLaunched(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 4})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50, 100}, "CheckpointDelay": 7200})))
	f.pass(30 * time.Minute)
	f.ec2("DeregisterImage", values{"ImageId": ami(1)})
	f.must("RollbackInstanceRefresh", named(nil))
	f.until("RollbackFailed", 2*time.Hour)
	check(t, "floor", f.LowestInService(testRegion, fleetName), 4)
	check(t, "new instances", f.versions()[2], 2)
}

func TestCancelSettlesWhatIsInFlight(t *testing.T) {
	for name, preferences := range map[string]values{
		"launching first":   {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 120, "InstanceWarmup": 30},
		"terminating first": {"MinHealthyPercentage": 80, "MaxHealthyPercentage": 100, "InstanceWarmup": 30},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 10})
			f.start(f.to(2, preferences))
			f.pass(8 * time.Second)
			check(t, "in flight", f.versions()[2], 2)
			f.must("CancelInstanceRefresh", named(nil))
			check(t, "status", f.refresh().str("Status"), "Cancelling")
			f.refused("ActiveInstanceRefreshNotFound", "CancelInstanceRefresh", named(nil))
			f.refused("ActiveInstanceRefreshNotFound", "RollbackInstanceRefresh", named(nil))
			f.refused("InstanceRefreshInProgress", "StartInstanceRefresh", f.to(2, nil))
			f.until("Cancelled", time.Minute)
			check(t, "has an end", f.refresh().has("EndTime"), true)
			f.pass(time.Hour)
			check(t, "new instances", f.versions()[2], 2)
			check(t, "old instances", f.versions()[1], 8)
			check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "1")
		})
	}
}

func TestCancelWithoutWaiting(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 10})
	f.start(f.to(2, quick(nil)))
	f.pass(8 * time.Second)
	f.must("CancelInstanceRefresh", named(values{"WaitForTransitioningInstances": false}))
	check(t, "status", f.refresh().str("Status"), "Cancelled")
}

func TestCancelStopsARollback(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 10})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50, 100}, "CheckpointDelay": 7200})))
	f.pass(30 * time.Minute)
	f.must("RollbackInstanceRefresh", named(nil))
	f.pass(20 * time.Second)
	f.must("CancelInstanceRefresh", named(nil))
	f.until("Cancelled", time.Minute)
	f.pass(time.Hour)
	n := f.versions()[2]
	check(t, "taken back in part", n > 0 && n < 5, true)
	check(t, "size", n+f.versions()[1], 10)
}
