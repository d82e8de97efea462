package simulate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/simulate"
)

// hand is a clock that moves when the test says so.
type hand struct{ now time.Time }

func (h *hand) Now() time.Time { return h.now }
func (h *hand) Sleep(_ context.Context, d time.Duration) error {
	h.now = h.now.Add(d)
	return nil
}
func (h *hand) Join() func() { return func() {} }

const (
	region = "eu-central-1"
	// most that an emulated instance takes to boot, and the one it replaces to go
	replacement = 2 * time.Minute
)

// drawn is a release of which chance decides what size does not.
func drawn(size int, random *rand.Rand) (simulate.Group, simulate.Strategy) {
	g := simulate.Group{Desired: size, MaxSize: size + []int{0, 1, 5, size}[random.IntN(4)]}
	if size > 1 && random.IntN(3) == 0 {
		g.Matching = random.IntN(size)
	}
	healthy := [][2]int{{100, 110}, {100, 200}, {90, 110}, {90, 100}, {50, 100}, {0, 100}, {75, 125}, {100, 100}}[random.IntN(8)]
	return g, simulate.Strategy{
		Steps: [][]int{nil, {50}, {10, 50}, {1, 2, 3}, {33, 66}, {99}}[random.IntN(6)],
		Pause: time.Duration(random.IntN(20)) * time.Minute, Bake: time.Duration(random.IntN(20)) * time.Minute,
		MinHealthy: healthy[0], MaxHealthy: healthy[1],
		Warmup: time.Duration(random.IntN(180)) * time.Second, Replacement: replacement,
	}
}

// TestRollout_holdsInTheEmulator: whatever the size and whichever way AWS is
// read, a refresh stays within the bounds.
func TestRollout_holdsInTheEmulator(t *testing.T) {
	all := emulator.Switches{CheckpointsCountRemaining: true, SurgeStopsAtMaxSize: true, SingleInstanceTerminatesFirst: true, FinalCheckpointWaits: true}
	turned := []emulator.Switches{{CheckpointsCountRemaining: true}, {SurgeStopsAtMaxSize: true}, {SingleInstanceTerminatesFirst: true}, {FinalCheckpointWaits: true}}
	for size := range 201 {
		g, s := drawn(size, rand.New(rand.NewPCG(uint64(size), 11)))
		want := simulate.Rollout(g, s)
		for _, switches := range []emulator.Switches{{}, all, turned[size%4]} {
			took, least, most := refreshed(t, g, s, switches)
			if took < want.Shortest || took > want.Longest || least < want.Least || most > want.Most {
				t.Fatalf("%+v, %+v under %+v took %s with %d to %d in service; the bounds are %s to %s, %d to %d",
					g, s, switches, took, least, most, want.Shortest, want.Longest, want.Least, want.Most)
			}
		}
	}
}

// refreshed drives one refresh and tells how long it took, and the fewest and
// the most instances there were.
func refreshed(t *testing.T, g simulate.Group, s simulate.Strategy, switches emulator.Switches) (took time.Duration, least, most int) {
	t.Helper()
	h := &hand{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := emulator.New(h, emulator.WithSwitches(switches))
	call := func(service, operation string, in map[string]any) map[string]any {
		out, err := e.Call(region, service, operation, in)
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		return out
	}
	template := estate(call, g)
	h.now = h.now.Add(time.Hour)
	call("autoscaling", "UpdateAutoScalingGroup", map[string]any{"AutoScalingGroupName": "web",
		"LaunchTemplate": map[string]any{"LaunchTemplateId": template, "Version": "1"}, "DesiredCapacity": g.Desired})
	h.now = h.now.Add(time.Hour)
	e.ResetFloor(region, "web")
	call("autoscaling", "StartInstanceRefresh", map[string]any{"AutoScalingGroupName": "web",
		"DesiredConfiguration": map[string]any{"LaunchTemplate": map[string]any{"LaunchTemplateId": template, "Version": "2"}},
		"Preferences":          preferences(s)})
	began := h.now
	for most = g.Desired; h.now.Sub(began) < 14*24*time.Hour; h.now = h.now.Add(10*time.Second + time.Duration(g.Desired)*2*time.Second) {
		e.Now()
		there := 0
		for _, i := range e.Group(region, "web").Instances {
			if i.Lifecycle != "Terminating" {
				there++
			}
		}
		most = max(most, there)
		r := call("autoscaling", "DescribeInstanceRefreshes", map[string]any{"AutoScalingGroupName": "web"})["InstanceRefreshes"].([]any)[0].(map[string]any)
		if r["EndTime"] != nil {
			if r["Status"] != "Successful" {
				t.Fatalf("%+v, %+v ended %v", g, s, r)
			}
			return r["EndTime"].(time.Time).Sub(began), e.LowestInService(region, "web"), most
		}
	}
	t.Fatalf("%+v, %+v did not end", g, s)
	return 0, 0, 0
}

// estate makes a group whose instances run version 2, as many as match.
func estate(call func(service, operation string, in map[string]any) map[string]any, g simulate.Group) (template any) {
	data := map[string]any{"ImageId": call("ec2", "RegisterImage", map[string]any{"Name": "web"})["ImageId"], "InstanceType": "t3.micro"}
	template = call("ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": "web", "LaunchTemplateData": data})["LaunchTemplate"].(map[string]any)["LaunchTemplateId"]
	call("ec2", "CreateLaunchTemplateVersion", map[string]any{"LaunchTemplateId": template, "LaunchTemplateData": data})
	call("autoscaling", "CreateAutoScalingGroup", map[string]any{"AutoScalingGroupName": "web", "MinSize": 0, "MaxSize": g.MaxSize, "DesiredCapacity": g.Matching,
		"AvailabilityZones": []any{region + "a"}, "LaunchTemplate": map[string]any{"LaunchTemplateId": template, "Version": "2"}})
	return template
}

func preferences(s simulate.Strategy) map[string]any {
	out := map[string]any{"SkipMatching": true, "MinHealthyPercentage": s.MinHealthy, "MaxHealthyPercentage": s.MaxHealthy,
		"InstanceWarmup": int(s.Warmup.Seconds()), "BakeTime": int(s.Bake.Seconds())}
	if len(s.Steps) > 0 {
		out["CheckpointPercentages"], out["CheckpointDelay"] = append(slices.Clone(s.Steps), 100), int(s.Pause.Seconds())
	}
	return out
}

// TestRollout_isTight: where nothing is left open, the bounds say something.
func TestRollout_isTight(t *testing.T) {
	g := simulate.Group{Desired: 10}
	s := simulate.Strategy{MinHealthy: 100, MaxHealthy: 120, Warmup: time.Minute, Replacement: time.Minute}
	b := simulate.Rollout(g, s)
	if got := fmt.Sprint(len(b.Batches), b.Least, b.Most, b.Shortest, b.Longest); got != "5 10 12 5m0s 12m0s" {
		t.Errorf("ten at 100 to 120 %%: %s", got)
	}
}
