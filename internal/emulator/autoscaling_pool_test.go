package emulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// warm is a fleet with a pool that is filled.
func warm(t *testing.T, size, most int, pool values) *fleet {
	t.Helper()
	f := newFleet(t, fleetOptions{size: size, max: most})
	f.must("PutWarmPool", named(pool))
	f.pass(time.Minute)
	return f
}

// poolVersions are the pool's instances by state and template version.
func (f *fleet) poolVersions() string {
	f.t.Helper()
	var out []string
	for _, i := range f.must("DescribeWarmPool", named(nil)).structs("Instances") {
		out = append(out, i.str("LifecycleState")+"@"+i.sub("LaunchTemplate").str("Version"))
	}
	return strings.Join(out, " ")
}

func TestWarmPool_size(t *testing.T) {
	for _, tc := range []struct {
		pool values
		want string
	}{
		{nil, "Warmed:Stopped@1 Warmed:Stopped@1"},
		{values{"MaxGroupPreparedCapacity": 3}, "Warmed:Stopped@1"},
		{values{"MaxGroupPreparedCapacity": 3, "MinSize": 2}, "Warmed:Stopped@1 Warmed:Stopped@1"},
		{values{"PoolState": "Running", "MaxGroupPreparedCapacity": 3}, "Warmed:Running@1"},
	} {
		f := warm(t, 2, 4, tc.pool)
		check(t, fmt.Sprint(tc.pool), f.poolVersions(), tc.want)
		check(t, "in service", f.states(), "InService InService")
	}
}

func TestWarmPool_scaling(t *testing.T) {
	f := warm(t, 2, 5, values{"MinSize": 1, "MaxGroupPreparedCapacity": 4, "InstanceReusePolicy": values{"ReuseOnScaleIn": true}})
	before := f.must("DescribeWarmPool", named(nil)).structs("Instances")[0].str("InstanceId")
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 3}))
	f.pass(11 * time.Second)
	check(t, "it was warm", f.members()[2].str("InstanceId"), before)
	check(t, "in service at once", f.states(), "InService InService InService")
	check(t, "its activity", f.activities()[0].str("Description"), "Launching a new EC2 instance from warm pool: "+before)
	f.pass(time.Minute)
	check(t, "what is left", f.poolVersions(), "Warmed:Stopped@1")
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 1}))
	f.pass(5 * time.Minute)
	check(t, "scaled in", f.states(), "InService")
	check(t, "and back into the pool", f.poolVersions(), "Warmed:Stopped@1 Warmed:Stopped@1 Warmed:Stopped@1")
	f.must("DeleteWarmPool", named(values{"ForceDelete": true}))
	f.pass(time.Minute)
	check(t, "no pool any more", f.group().has("WarmPoolConfiguration"), false)
}

// The group goes first, then the pool; a roll-back takes both back.
func TestWarmPool_refresh(t *testing.T) {
	for _, skip := range []bool{false, true} {
		f := warm(t, 2, 4, nil)
		f.start(f.to(2, quick(values{"SkipMatching": skip})))
		sawLive := false
		for f.refresh().str("Status") != "Successful" {
			f.pass(5 * time.Second)
			if r := f.refresh(); r.sub("ProgressDetails").sub("LivePoolProgress").integer("PercentageComplete") < 100 && r.has("ProgressDetails") {
				sawLive = true
				if r.str("Status") == "InProgress" && strings.Contains(f.poolVersions(), "@2") {
					t.Fatalf("the pool is at %s while the group is at %v", f.poolVersions(), r)
				}
			}
		}
		check(t, "the group was seen on its way", sawLive, true)
		check(t, "the pool", f.poolVersions(), "Warmed:Stopped@2 Warmed:Stopped@2")
		check(t, "the group", f.versions()[2], 2)
		f.start(f.to(2, quick(values{"SkipMatching": true})))
		f.until("Successful", 10*time.Second)
	}
}

func TestWarmPool_staleAlone(t *testing.T) {
	f := warm(t, 2, 4, nil)
	f.start(f.to(2, quick(nil)))
	f.until("Successful", time.Hour)
	f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(1)}))
	f.start(f.to(2, quick(values{"SkipMatching": true})))
	f.until("Successful", 10*time.Second)
	f.must("UpdateAutoScalingGroup", named(values{"LaunchTemplate": f.version(3), "MaxSize": 5}))
	f.pass(time.Minute)
	f.start(f.to(2, quick(values{"SkipMatching": true})))
	f.until("Successful", 10*time.Minute)
	check(t, "the stray was replaced", f.poolVersions(), "Warmed:Stopped@2 Warmed:Stopped@2 Warmed:Stopped@2")
}

func TestWarmPool_rollback(t *testing.T) {
	f := warm(t, 2, 4, nil)
	f.start(f.to(2, quick(nil)))
	for f.refresh().sub("ProgressDetails").sub("LivePoolProgress").integer("PercentageComplete") < 100 {
		f.pass(5 * time.Second)
	}
	f.pass(15 * time.Second)
	f.must("RollbackInstanceRefresh", named(nil))
	r := f.until("RollbackSuccessful", time.Hour)
	check(t, "details are kept", r.sub("RollbackDetails").has("ProgressDetailsOnRollback"), true)
	check(t, "the pool", f.poolVersions(), "Warmed:Stopped@1 Warmed:Stopped@1")
	check(t, "the group", f.versions()[1], 2)
}
