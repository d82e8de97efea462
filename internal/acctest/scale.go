package acctest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// Rates are those at which the emulator answers in tests of many releases at
// once. EC2's and CloudWatch's are what AWS publishes. Those of Auto Scaling
// and Elastic Load Balancing are assumptions: AWS publishes none.
func Rates() map[string]emulator.Rate {
	rates := map[string]emulator.Rate{
		"autoscaling":               {PerSecond: 15, Burst: 60},
		"elasticloadbalancing":      {PerSecond: 15, Burst: 60},
		"cloudwatch:DescribeAlarms": {PerSecond: 9, Burst: 9},
		"cloudwatch:GetMetricData":  {PerSecond: 50, Burst: 50},
		"lambda":                    {PerSecond: 15, Burst: 15},
	}
	for _, operation := range []string{"DescribeImages", "DescribeKeyPairs", "DescribeLaunchTemplates", "DescribeLaunchTemplateVersions", "DescribeSecurityGroups", "DescribeSubnets", "GetConsoleOutput"} {
		rates["ec2:"+operation] = emulator.Rate{PerSecond: 20, Burst: 100}
	}
	return rates
}

// Fleet is many groups, each with an alarm, and a release of each in one
// provider process.
type Fleet struct {
	World  *World
	Groups []*Group
	pause  string
	// Plans is what an empty plan of all of them cost.
	Plans   Figures
	benches []*Bench
}

// Figures are what many releases at once cost, and how well they went.
type Figures struct {
	Took      time.Duration // of AWS's time
	Calls     map[string]int
	Throttled int
	Failed    []string        // what releases said that did not succeed
	Lags      []time.Duration // from AWS's end of each refresh to the release's
}

// joined is a clock for workers that have joined it already, for longer than
// they know: time stands still while a plan or the end of an apply is worked on
// too.
type joined struct{ clock.Clock }

// Join does nothing.
func (joined) Join() func() { return func() {} }

// fleetSize is how many instances each group has.
const fleetSize = 4

// NewFleet makes n groups that run version 1, which is adopted. Releases pause
// that long at each step, and bake as long.
func (w *World) NewFleet(t testing.TB, n int, pause string) *Fleet {
	t.Helper()
	f := &Fleet{World: w, pause: pause}
	inside := *w
	inside.Clock = joined{w.Clock}
	first := inside.NewBench(t, "awsdeploy_rolling_release")
	leave := w.Clock.Join() // the groups come up together
	for i := range n {
		w.NewAlarm(t, fmt.Sprintf("errors-%03d", i))
		f.Groups = append(f.Groups, w.raiseGroup(t, fmt.Sprintf("web-%03d", i), fleetSize, nil))
		f.benches = append(f.benches, first.Beside())
	}
	leave()
	w.Pass(5 * time.Minute)
	if adopted := f.Apply(1); len(adopted.Failed) > 0 {
		t.Fatal(adopted.Failed[0])
	}
	w.Pass(5 * time.Minute)
	f.Plans = f.measure(func(i int) error {
		f.benches[i].Read()
		if _, _, changes := f.benches[i].Plan(f.config(i, 1)); changes {
			return fmt.Errorf("the plan of %s is not empty", f.Groups[i].Name)
		}
		return nil
	})
	w.Pass(5 * time.Minute)
	return f
}

func (f *Fleet) config(i, version int) map[string]any {
	g := f.Groups[i]
	return map[string]any{
		"autoscaling_group_name": g.Name, "alarms": []any{fmt.Sprintf("errors-%03d", i)},
		"launch_template": map[string]any{"id": g.TemplateID, "version": fmt.Sprint(version)},
		"strategy":        map[string]any{"steps": []any{25, 50}, "pause": f.pause, "bake": f.pause},
	}
}

// Apply releases a version everywhere, all at once.
func (f *Fleet) Apply(version int) Figures {
	return f.measure(func(i int) error { return f.benches[i].Apply(context.Background(), f.config(i, version)) })
}

// measure does something for each group at once.
func (f *Fleet) measure(do func(i int) error) Figures {
	f.World.Emulator.ForgetCalls()
	out := Figures{Calls: map[string]int{}}
	began, ended := f.World.Clock.Now(), make([]time.Time, len(f.Groups))
	var wait sync.WaitGroup
	var mu sync.Mutex
	hold := f.World.Clock.Join() // until all of them have joined
	for i := range f.Groups {
		leave := f.World.Clock.Join()
		wait.Go(func() {
			defer leave()
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if ended[i] = f.World.Clock.Now(); err != nil {
				out.Failed = append(out.Failed, err.Error())
			}
		})
	}
	hold()
	wait.Wait()
	out.Took = f.World.Clock.Now().Sub(began)
	for _, c := range f.World.Emulator.Calls() {
		out.Calls[c.Service+":"+c.Operation]++
		if strings.Contains(c.ErrorCode, "Throttl") || c.ErrorCode == "RequestLimitExceeded" || c.ErrorCode == "TooManyRequestsException" {
			out.Throttled++
		}
	}
	for i, g := range f.Groups {
		if end, ok := g.lastRefresh(); ok && end.After(began) {
			out.Lags = append(out.Lags, ended[i].Sub(end))
		}
	}
	slices.Sort(out.Lags)
	return out
}

// lastRefresh is when the group's newest instance refresh ended.
func (g *Group) lastRefresh() (time.Time, bool) {
	out := g.world.Call(g.t, "autoscaling", "DescribeInstanceRefreshes", map[string]any{"AutoScalingGroupName": g.Name})
	list, _ := out["InstanceRefreshes"].([]any)
	if len(list) == 0 {
		return time.Time{}, false
	}
	end, ok := list[0].(map[string]any)["EndTime"].(time.Time)
	return end, ok
}

// Total is the number of all calls.
func (f Figures) Total() int {
	n := 0
	for _, calls := range f.Calls {
		n += calls
	}
	return n
}

// Lag is the lag that so large a part of the releases does not exceed.
func (f Figures) Lag(part float64) time.Duration {
	if len(f.Lags) == 0 {
		return 0
	}
	return f.Lags[min(int(part*float64(len(f.Lags))), len(f.Lags)-1)]
}
