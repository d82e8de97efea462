package autoscaling

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

var (
	epoch  = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	first  = Template{ID: "lt-1", Version: "1"}
	second = Template{ID: "lt-1", Version: "2"}
)

// member is one instance, in a few words: the version and the lifecycle state.
func member(v Template, state types.LifecycleState) types.Instance {
	return types.Instance{InstanceId: aws.String("i-" + v.Version), LaunchTemplate: specOf(v), LifecycleState: state,
		HealthStatus: aws.String("Healthy"), InstanceType: aws.String("t3.micro")}
}

// following is a release to the second version that follows refresh "r".
func following() (*Target, *clock.Virtual) {
	v := clock.NewVirtual(epoch)
	t := New(nil, v, Release{Group: "web", Template: second, TemplateName: "web"})
	t.refresh, t.begun, t.previous = "r", true, first
	return t, v
}

func pass(v *clock.Virtual, d time.Duration) {
	defer v.Join()()
	_ = v.Sleep(context.Background(), d)
}

func TestNewestFirst(t *testing.T) {
	at := func(d time.Duration) *time.Time { return aws.Time(epoch.Add(d)) }
	list := newestFirst([]types.InstanceRefresh{
		{InstanceRefreshId: aws.String("cancelled in pending"), Status: types.InstanceRefreshStatusCancelled, EndTime: at(time.Hour)},
		{InstanceRefreshId: aws.String("never told"), Status: types.InstanceRefreshStatusCancelled},
		{InstanceRefreshId: aws.String("old"), Status: types.InstanceRefreshStatusSuccessful, StartTime: at(0)},
		{InstanceRefreshId: aws.String("under way"), Status: types.InstanceRefreshStatusInProgress, StartTime: at(30 * time.Minute)},
		{InstanceRefreshId: aws.String("newer"), Status: types.InstanceRefreshStatusFailed, StartTime: at(10 * time.Minute)},
	})
	var got []string
	for _, r := range list {
		got = append(got, aws.ToString(r.InstanceRefreshId))
	}
	if want := "under way, cancelled in pending, newer, old, never told"; strings.Join(got, ", ") != want {
		t.Errorf("refreshes in the order %v, want %s", got, want)
	}
}

// What a refresh that AWS calls successful may leave behind for a while, and
// what it may not.
func TestFollow_afterSuccess(t *testing.T) {
	in, coming := types.LifecycleStateInService, types.LifecycleStatePendingWait
	for _, tc := range []struct {
		name    string
		members []types.Instance
		arrived bool
		fails   bool
	}{
		{"all serve", []types.Instance{member(second, in), member(second, in)}, true, false},
		{"one that a scale-out launches is waited for", []types.Instance{member(second, in), member(second, coming)}, false, false},
		{"one on the old version is a failure", []types.Instance{member(second, in), member(first, in)}, false, true},
		{"one that is launched on the old version is a failure", []types.Instance{member(second, in), member(first, coming)}, false, true},
		{"a group whose instances are still to come is waited for", nil, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target, v := following()
			g := Group{Saved: second, Desired: 2, Instances: tc.members}
			var o rollout.Observation
			for range 4 {
				o = rollout.Observation{Idle: true, Saved: g.wholly(Scope{}, second)}
				if err := target.follow(&o, g, []types.InstanceRefresh{{InstanceRefreshId: aws.String("r"), Status: types.InstanceRefreshStatusSuccessful}}); err != nil {
					t.Fatal(err)
				}
				pass(v, time.Minute)
			}
			if o.Arrived != tc.arrived || (o.Failure != "") != tc.fails {
				t.Errorf("arrived %v, failure %q", o.Arrived, o.Failure)
			}
		})
	}
}

func TestFollow_unknownStatus(t *testing.T) {
	target, _ := following()
	var o rollout.Observation
	err := target.follow(&o, Group{Saved: first}, []types.InstanceRefresh{{InstanceRefreshId: aws.String("r"), Status: "Suspended"}})
	if !errors.Is(err, rollout.ErrRefused) || !strings.Contains(fmt.Sprint(err), "r is Suspended") {
		t.Errorf("a status that nobody knows gives %v, want an error that names it", err)
	}
}

// A refresh that holds at a checkpoint makes no progress on purpose, for as
// long as the delay; then it is as stuck as any other.
func TestFollow_patience(t *testing.T) {
	target, v := following()
	g := Group{Saved: first, Desired: 2, Warmup: time.Minute, Instances: []types.Instance{
		member(second, types.LifecycleStateInService), member(first, types.LifecycleStateInService)}}
	r := types.InstanceRefresh{InstanceRefreshId: aws.String("r"), Status: types.InstanceRefreshStatusInProgress,
		Preferences: &types.RefreshPreferences{CheckpointPercentages: []int32{50, 100}, CheckpointDelay: aws.Int32(600)}}
	for _, step := range []struct {
		after time.Duration
		waits bool
	}{{0, true}, {10 * time.Minute, true}, {11 * time.Minute, false}} {
		pass(v, epoch.Add(step.after).Sub(v.Now()))
		var o rollout.Observation
		o.Percent = 50
		if err := target.follow(&o, g, []types.InstanceRefresh{r}); err != nil || o.Waits != step.waits {
			t.Errorf("after %s it waits: %v, %v; want %v", step.after, o.Waits, err, step.waits)
		}
	}
}

// Instances whose type has a template of its own are out of a release's reach,
// and only those of that type.
func TestGroup_overrideTemplates(t *testing.T) {
	own := Template{ID: "lt-arm", Version: "7"}
	g := Group{Saved: second, Desired: 3, Policy: &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
		LaunchTemplateSpecification: specOf(second),
		Overrides: []types.LaunchTemplateOverrides{{InstanceType: aws.String("t4g.micro"), LaunchTemplateSpecification: specOf(own)},
			{InstanceType: aws.String("t3.large"), LaunchTemplateSpecification: specOf(first)}},
	}}}
	arm := member(own, types.LifecycleStateInService)
	arm.InstanceType = aws.String("t4g.micro")
	g.Instances = []types.Instance{member(second, types.LifecycleStateInService), arm}
	if live := fmt.Sprint(g.Shares(Scope{})); live != "map[lt-1:2:100]" || !g.wholly(Scope{}, second) {
		t.Errorf("live %s, wholly %v; want all of what a release reaches", live, g.wholly(Scope{}, second))
	}
	g.Instances = append(g.Instances, member(first, types.LifecycleStateInService)) // a t3.micro: not the override's
	if live := fmt.Sprint(g.Shares(Scope{})); live != "map[lt-1:1:50 lt-1:2:50]" || g.wholly(Scope{}, second) {
		t.Errorf("live %s, wholly %v; want half and not wholly", live, g.wholly(Scope{}, second))
	}
}
