package emulator

import (
	"strings"
	"testing"
	"time"
)

// Instances that never become healthy are replaced for an hour; then the
// refresh fails, with everything that served still serving.
func TestUnhealthyInstancesFailTheRefresh(t *testing.T) {
	for _, automatic := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 4, group: values{"HealthCheckGracePeriod": 60}})
		f.behave(2, Behaviour{Boot: 20 * time.Second, Unhealthy: true})
		f.start(f.to(2, values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 125, "AutoRollback": automatic}))
		f.pass(50 * time.Minute)
		r := f.refresh()
		check(t, "status after 50 minutes", r.str("Status"), "InProgress")
		check(t, "percent", r.integer("PercentageComplete"), 0)
		f.pass(11 * time.Minute)
		replaced := 0
		for _, a := range f.activities() {
			if strings.Contains(a.str("Cause"), "EC2 instance status checks failure") {
				check(t, "description", strings.HasPrefix(a.str("Description"), "Terminating EC2 instance: i-"), true)
				replaced++
			}
		}
		check(t, "tried again and again", replaced > 20, true)
		if automatic {
			f.until("RollbackSuccessful", 10*time.Minute)
		} else {
			r = f.until("Failed", time.Minute)
			check(t, "says why", strings.Contains(r.str("StatusReason"), "one hour"), true)
		}
		f.pass(10 * time.Minute)
		check(t, "old instances", f.versions()[1], 4)
		check(t, "new instances", f.versions()[2], 0)
		check(t, "floor", f.LowestInService(testRegion, fleetName), 4)
	}
}

// An application that fails after a while is replaced by version 2 again.
func TestInstanceThatFailsLaterIsReplaced(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.behave(2, Behaviour{Boot: time.Second, FailsAfter: 10 * time.Minute})
	f.start(f.to(2, quick(values{"BakeTime": 3600})))
	f.until("Baking", 5*time.Minute)
	before := f.members()[0].str("InstanceId")
	f.pass(15 * time.Minute)
	check(t, "replaced", f.members()[0].str("InstanceId") != before, true)
	check(t, "by the desired version", f.versions()[2], 2)
}

func TestLaunchFailures(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 10})
	f.behave(2, Behaviour{LaunchFails: "We currently do not have sufficient t3.micro capacity."})
	f.start(f.to(2, nil)) // 90/100: one is terminated first
	f.pass(30 * time.Minute)
	check(t, "status", f.refresh().str("Status"), "InProgress")
	check(t, "old instances", f.versions()[1], 9)
	a := f.activities()[0]
	check(t, "activity", a.str("StatusCode"), "Failed")
	check(t, "message", a.str("StatusMessage"), "We currently do not have sufficient t3.micro capacity. Launching EC2 instance failed.")
	check(t, "cause", strings.Contains(a.str("Cause"), "instance refresh"), true)
	check(t, "few activities", len(f.activities()) < 40, true)
	f.until("Failed", 40*time.Minute)
	f.pass(time.Minute)
	check(t, "refilled with the old", f.versions()[1], 10)
	check(t, "floor", f.LowestInService(testRegion, fleetName), 9)
}

func TestProtectedInstances(t *testing.T) {
	for choice, want := range map[string]struct {
		status string
		old    int
	}{"Wait": {"Failed", 2}, "Ignore": {"Successful", 2}, "Refresh": {"Successful", 0}} {
		t.Run(choice, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 5})
			f.protect(2, true)
			f.start(f.to(2, quick(values{"ScaleInProtectedInstances": choice})))
			f.until(want.status, 90*time.Minute)
			check(t, "old instances", f.versions()[1], want.old)
			check(t, "new instances", f.versions()[2], 5-want.old)
			check(t, "floor", f.LowestInService(testRegion, fleetName), 5)
		})
	}
	t.Run("Wait until it is taken off", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 5})
		f.protect(2, true)
		f.start(f.to(2, quick(nil)))
		f.pass(45 * time.Minute)
		check(t, "says why", strings.Contains(f.refresh().str("StatusReason"), "protected"), true)
		check(t, "to update", f.refresh().integer("InstancesToUpdate"), 2)
		f.protect(2, false)
		f.until("Successful", 10*time.Minute)
		check(t, "new instances", f.versions()[2], 5)
	})
}

// protect sets the protection of the first so many instances.
func (f *fleet) protect(count int, on bool) {
	f.t.Helper()
	var ids []string
	for _, m := range f.members()[:count] {
		ids = append(ids, m.str("InstanceId"))
	}
	f.must("SetInstanceProtection", named(values{"InstanceIds": ids, "ProtectedFromScaleIn": on}))
}

func TestStandbyInstances(t *testing.T) {
	for choice, want := range map[string]struct {
		status  string
		standby int
	}{"Wait": {"Failed", 1}, "Ignore": {"Successful", 1}, "Terminate": {"Successful", 0}} {
		t.Run(choice, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 3})
			f.must("EnterStandby", named(values{"InstanceIds": []string{f.members()[0].str("InstanceId")}, "ShouldDecrementDesiredCapacity": true}))
			f.start(f.to(2, quick(values{"StandbyInstances": choice})))
			f.until(want.status, 90*time.Minute)
			standby := 0
			for _, m := range f.members() {
				if m.str("LifecycleState") == "Standby" {
					standby++
				}
			}
			check(t, "standby", standby, want.standby)
			check(t, "new instances", f.versions()[2], 2)
		})
	}
}

func TestSuspendedProcessesStopTheRefresh(t *testing.T) {
	for process, old := range map[string]int{"InstanceRefresh": 4, "Launch": 4, "Terminate": 4} {
		t.Run(process, func(t *testing.T) {
			f := newFleet(t, fleetOptions{size: 4})
			f.must("SuspendProcesses", named(values{"ScalingProcesses": []string{process}}))
			f.start(f.to(2, quick(nil)))
			f.pass(30 * time.Minute)
			check(t, "status", f.refresh().str("Status"), "InProgress")
			check(t, "old instances", f.versions()[1], old)
			f.must("ResumeProcesses", named(values{"ScalingProcesses": []string{process}}))
			f.until("Successful", 10*time.Minute)
			check(t, "new instances", f.versions()[2], 4)
		})
	}
}

func TestUpdateDuringRefresh(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.start(f.to(2, quick(nil)))
	f.refused("ValidationError", "UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(3)}))
	f.refused("ValidationError", "UpdateAutoScalingGroup", named(values{
		"MixedInstancesPolicy": values{"LaunchTemplate": values{"LaunchTemplateSpecification": f.version(3)}},
	}))
	f.must("UpdateAutoScalingGroup", named(values{"MaxSize": 5}))
	f.refused("ResourceInUse", "DeleteAutoScalingGroup", named(nil))
	f.until("Successful", time.Hour)
	f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(3)}))
	f.start(named(nil)) // without a desired configuration
	f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(1)}))
	f.until("Successful", time.Hour)
	check(t, "replaced with the group's own", f.versions()[1], 2)
}

func TestOneInstance(t *testing.T) {
	for _, first := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 1, switches: Switches{SingleInstanceTerminatesFirst: first}})
		f.start(f.to(2, values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}))
		f.until("Successful", time.Hour)
		check(t, "new instances", f.versions()[2], 1)
		check(t, "floor", f.LowestInService(testRegion, fleetName), map[bool]int{false: 1, true: 0}[first])
	}
}

func TestSurgeAtMaxSize(t *testing.T) {
	for _, stops := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 4, max: 4, switches: Switches{SurgeStopsAtMaxSize: stops}})
		f.start(f.to(2, values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}))
		f.until("Successful", time.Hour)
		check(t, "new instances", f.versions()[2], 4)
		check(t, "floor", f.LowestInService(testRegion, fleetName), map[bool]int{false: 4, true: 3}[stops])
	}
}

// Without a load balancer, a warm-up or a grace period, EC2's status checks
// alone keep an image that does not boot from replacing the fleet.
func TestStatusChecksAreWaitedFor(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 3})
	f.behave(2, Behaviour{Boot: 2 * time.Minute, Unhealthy: true})
	f.start(f.to(2, quick(nil)))
	f.pass(20 * time.Minute)
	check(t, "percent", f.refresh().integer("PercentageComplete"), 0)
	check(t, "old instances", f.versions()[1], 3)
	check(t, "floor", f.LowestInService(testRegion, fleetName), 3)
}
