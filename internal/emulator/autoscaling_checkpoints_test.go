package emulator

import (
	"strings"
	"testing"
	"time"
)

// quick are preferences that replace fast and one at a time.
func quick(more values) values {
	out := values{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "InstanceWarmup": 0}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestCheckpointsHold(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 10})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{10, 50, 100}, "CheckpointDelay": 1800})))
	for _, share := range []int{10, 50} {
		f.pass(20 * time.Minute) // of the delay at the one before only two thirds
		r := f.refresh()
		check(t, "status", r.str("Status"), "InProgress")
		check(t, "percent", r.integer("PercentageComplete"), share)
		check(t, "to update", r.integer("InstancesToUpdate"), 10-share/10)
		check(t, "says so", strings.Contains(r.str("StatusReason"), "Checkpoint"), true)
		check(t, "new instances", f.versions()[2], share/10)
		check(t, "old instances", f.versions()[1], 10-share/10)
		f.pass(15 * time.Minute)
	}
	r := f.until("Successful", 30*time.Minute)
	check(t, "percent", r.integer("PercentageComplete"), 100)
}

// One instance of two is half the group: the notice is that of 40 percent.
func TestSmallGroupSkipsCheckpoints(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{10, 40, 100}, "CheckpointDelay": 3600})))
	f.pass(10 * time.Minute)
	check(t, "percent", f.refresh().integer("PercentageComplete"), 50)
	check(t, "says 40", strings.Contains(f.refresh().str("StatusReason"), "40 percent"), true)
	f.until("Successful", 70*time.Minute)
}

func TestPartialRefreshSucceedsAndSavesTheConfiguration(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 4})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50}, "CheckpointDelay": 60})))
	r := f.until("Successful", time.Hour)
	check(t, "percent", r.integer("PercentageComplete"), 50)
	check(t, "new instances", f.versions()[2], 2)
	check(t, "old instances", f.versions()[1], 2)
	check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "2")
	// Another one without skip matching begins with the oldest again.
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50}, "CheckpointDelay": 60})))
	f.until("Successful", time.Hour)
	check(t, "all new", f.versions()[2], 4)
}

func TestFinalCheckpointWaits(t *testing.T) {
	for _, waits := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 2, switches: Switches{FinalCheckpointWaits: waits}})
		f.start(f.to(2, quick(values{"CheckpointPercentages": []int{100}, "CheckpointDelay": 3600})))
		f.pass(30 * time.Minute)
		check(t, "new instances", f.versions()[2], 2)
		check(t, "still waits", f.refresh().str("Status") == "InProgress", waits)
		f.until("Successful", time.Hour)
	}
}

// Ten instances, four new already: half of the group is one more, half of the
// rest is three more.
func TestCheckpointsCount(t *testing.T) {
	for remaining, want := range map[bool]int{false: 5, true: 7} {
		f := newFleet(t, fleetOptions{size: 10, switches: Switches{CheckpointsCountRemaining: remaining}})
		f.bringTo(2, 4)
		f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50, 100}, "CheckpointDelay": 86400, "SkipMatching": true})))
		f.pass(6 * time.Second)
		check(t, "percent at the start", f.refresh().integer("PercentageComplete"), map[bool]int{false: 40, true: 0}[remaining])
		f.pass(time.Hour)
		check(t, "percent at the checkpoint", f.refresh().integer("PercentageComplete"), 50)
		check(t, "new instances", f.versions()[2], want)
	}
}

// A group that grows in mid-refresh grows with new instances, and its
// checkpoint may fire again.
func TestScaleOutDuringRefresh(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 4, max: 20})
	f.start(f.to(2, quick(values{"CheckpointPercentages": []int{50, 100}, "CheckpointDelay": 1800})))
	f.pass(20 * time.Minute)
	check(t, "new at the checkpoint", f.versions()[2], 2)
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 8}))
	f.pass(5 * time.Minute)
	check(t, "new after scaling out", f.versions()[2], 6)
	check(t, "old after scaling out", f.versions()[1], 2)
	check(t, "percent", f.refresh().integer("PercentageComplete"), 75)
	f.until("Successful", time.Hour)
	check(t, "all new", f.versions()[2], 8)
}

func TestScaleInDuringRefresh(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 8})
	f.start(f.to(2, quick(nil)))
	f.pass(70 * time.Second)
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 3}))
	f.until("Successful", time.Hour)
	check(t, "new", f.versions()[2], 3)
	check(t, "old", f.versions()[1], 0)
}

func TestBaking(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.start(f.to(2, quick(values{"BakeTime": 600})))
	r := f.until("Baking", 10*time.Minute)
	check(t, "percent", r.integer("PercentageComplete"), 100)
	check(t, "to update", r.integer("InstancesToUpdate"), 0)
	check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "1")
	f.pass(590 * time.Second)
	check(t, "status", f.refresh().str("Status"), "Baking")
	f.pass(10 * time.Second)
	check(t, "status", f.refresh().str("Status"), "Successful")
	check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "2")
}

func TestBakingCancelledOrRolledBack(t *testing.T) {
	for _, refused := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 2, switches: Switches{BakingCannotBeCancelled: refused}})
		f.start(f.to(2, quick(values{"BakeTime": 3600})))
		f.until("Baking", 10*time.Minute)
		if refused {
			f.refused("ActiveInstanceRefreshNotFound", "CancelInstanceRefresh", named(nil))
			f.until("Successful", time.Hour)
		} else {
			f.must("CancelInstanceRefresh", named(nil))
			f.until("Cancelled", time.Minute)
			check(t, "saved version", f.Group(testRegion, fleetName).LaunchTemplateVersion, "1")
			check(t, "new instances", f.versions()[2], 2)
		}
		f = newFleet(t, fleetOptions{size: 2, switches: Switches{BakingCannotBeRolledBack: refused}})
		f.start(f.to(2, quick(values{"BakeTime": 3600})))
		f.until("Baking", 10*time.Minute)
		if refused {
			f.refused("IrreversibleInstanceRefresh", "RollbackInstanceRefresh", named(nil))
			f.until("Successful", time.Hour)
		} else {
			f.must("RollbackInstanceRefresh", named(nil))
			f.until("RollbackSuccessful", time.Hour)
			check(t, "old instances", f.versions()[1], 2)
		}
	}
}

func TestSkipMatching(t *testing.T) {
	t.Run("succeeds at once with nothing to do", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 3})
		before := f.members()[0].str("InstanceId")
		f.start(f.to(1, values{"SkipMatching": true, "BakeTime": 3600}))
		f.pass(6 * time.Second)
		r := f.refresh()
		check(t, "status", r.str("Status"), "Successful")
		check(t, "percent", r.integer("PercentageComplete"), 100)
		check(t, "instance", f.members()[0].str("InstanceId"), before)
	})
	t.Run("replaces what does not match", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 3})
		f.bringTo(2, 1)
		kept := f.members()[0].str("InstanceId")
		f.start(f.to(2, quick(values{"SkipMatching": true})))
		f.until("Successful", time.Hour)
		check(t, "kept", f.members()[0].str("InstanceId"), kept)
		check(t, "all new", f.versions()[2], 3)
	})
	t.Run("looks at the instance type too", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 2})
		f.ec2("CreateLaunchTemplateVersion", values{"LaunchTemplateId": f.template, "SourceVersion": "1", "LaunchTemplateData": values{"InstanceType": "t3.large"}})
		f.bringTo(4, 2)
		f.start(f.to(4, quick(values{"SkipMatching": true})))
		f.until("Successful", time.Hour)
		check(t, "type", f.members()[0].str("InstanceType"), "t3.large")
	})
	t.Run("without it everything is replaced", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 2})
		before := f.members()[0].str("InstanceId")
		f.start(f.to(1, quick(nil)))
		f.until("Successful", time.Hour)
		check(t, "replaced", f.members()[0].str("InstanceId") != before, true)
	})
	t.Run("follows $Latest while it runs", func(t *testing.T) {
		f := newFleet(t, fleetOptions{size: 4})
		f.start(f.to("$Latest", quick(values{"SkipMatching": true})))
		f.pass(25 * time.Second)
		f.ec2("CreateLaunchTemplateVersion", values{"LaunchTemplateId": f.template, "SourceVersion": "3", "LaunchTemplateData": values{}})
		f.until("Successful", time.Hour)
		check(t, "all of the newest", f.versions()[4], 4)
	})
}
