package autoscaling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Error codes of the Auto Scaling API.
const (
	codeInProgress   = "InstanceRefreshInProgress"
	codeNoneActive   = "ActiveInstanceRefreshNotFound"
	codeIrreversible = "IrreversibleInstanceRefresh"
)

// errWait asks the engine to ask again in its next tick.
var errWait = errors.New("waiting")

// Shift starts the refresh that brings the whole schedule, or, stepwise, one
// step. A refresh under way that leads away from the wanted version is rolled
// back first.
func (t *Target) Shift(ctx context.Context, step rollout.Step) error {
	if t.release.Stepwise {
		return t.shiftStep(ctx, step)
	}
	g, list, err := t.look(ctx)
	if err != nil {
		return err
	}
	if len(list) > 0 && active(list[0]) {
		r := list[0]
		switch t.whose(r, g) {
		case rollout.ActiveSame, rollout.ActiveLax:
			t.refresh = aws.ToString(r.InstanceRefreshId)
			return nil // the answer to our start was lost, or somebody was quicker
		case rollout.ActiveBack:
			return t.turnBack(ctx, r)
		}
		return fmt.Errorf("%w: %s", rollout.ErrRefused, tell(r))
	}
	if r, ok := t.begunByUs(list, g); ok {
		t.refresh = aws.ToString(r.InstanceRefreshId)
		return nil
	}
	return t.start(ctx, g, t.release.Checkpoints)
}

// look reads the group and its refreshes afresh.
func (t *Target) look(ctx context.Context) (Group, []types.InstanceRefresh, error) {
	g, err := findGroup(ctx, t.clients, t.release.Group)
	if err != nil {
		return g, nil, err
	}
	list, err := t.refreshes(ctx)
	return g, list, err
}

// begunByUs finds the refresh that we started when its answer was lost and it
// has ended already: one that was not there before and aims where we do.
func (t *Target) begunByUs(list []types.InstanceRefresh, g Group) (types.InstanceRefresh, bool) {
	for _, r := range list {
		if !t.known[aws.ToString(r.InstanceRefreshId)] && r.DesiredConfiguration != nil && t.aimsAt(r, g) {
			return r, true
		}
	}
	return types.InstanceRefresh{}, false
}

// turnBack rolls a refresh back that leads away from the wanted version, and
// has the engine ask again until it has ended.
func (t *Target) turnBack(ctx context.Context, r types.InstanceRefresh) error {
	if !ending(r) {
		if err := t.undo(ctx, aws.ToString(r.InstanceRefreshId)); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w for the release under way to go back: %s", errWait, tell(r))
}

// undo asks AWS to roll a refresh back, and cancels it where AWS cannot.
func (t *Target) undo(ctx context.Context, id string) error {
	_, err := t.clients.AutoScaling().RollbackInstanceRefresh(ctx, &autoscaling.RollbackInstanceRefreshInput{AutoScalingGroupName: &t.release.Group})
	switch awsapi.Code(err) {
	case "":
		if err == nil {
			return nil
		}
	case codeNoneActive:
		return nil // it has just ended; what it left is seen to later
	case codeIrreversible, "ValidationError":
		return t.cancel(ctx, id)
	}
	return kind(fmt.Errorf("rolling back instance refresh %s: %w", id, err))
}

func (t *Target) cancel(ctx context.Context, id string) error {
	t.cancelled[id] = true
	_, err := t.clients.AutoScaling().CancelInstanceRefresh(ctx, &autoscaling.CancelInstanceRefreshInput{AutoScalingGroupName: &t.release.Group})
	if err == nil || awsapi.Code(err) == codeNoneActive {
		return nil
	}
	return kind(fmt.Errorf("cancelling instance refresh %s: %w", id, err))
}

// start begins a refresh to the wanted version.
func (t *Target) start(ctx context.Context, g Group, checkpoints []int32) error {
	prefs := t.preferences(g)
	prefs.AutoRollback = aws.Bool(t.release.AutoRollback && t.reversible && g.Saved != t.release.Template)
	if len(checkpoints) > 0 {
		prefs.CheckpointPercentages = checkpoints
		prefs.CheckpointDelay = seconds(t.release.Pause)
		if t.release.Stepwise {
			prefs.CheckpointDelay = seconds(holdTime)
		}
	}
	if t.release.Bake > 0 && !(t.release.Stepwise && len(checkpoints) > 0) {
		prefs.BakeTime = seconds(t.release.Bake)
	}
	if len(t.heeded) > 0 {
		prefs.AlarmSpecification = &types.AlarmSpecification{Alarms: t.heeded}
	}
	id, err := t.ask(ctx, desired(g, t.release.Template), prefs)
	if awsapi.Code(err) == codeInProgress {
		return fmt.Errorf("%w: %s", errWait, awsapi.Describe(err)) // read back in the next tick: perhaps it is ours
	}
	if err != nil {
		return kind(fmt.Errorf("starting an instance refresh of %q: %w", t.release.Group, err))
	}
	t.refresh = id
	return nil
}

// preferences are those of every refresh that we start.
func (t *Target) preferences(g Group) *types.RefreshPreferences {
	p := &types.RefreshPreferences{
		SkipMatching:              aws.Bool(t.release.SkipMatching),
		ScaleInProtectedInstances: types.ScaleInProtectedInstances(t.release.ScaleInProtected),
		StandbyInstances:          types.StandbyInstances(t.release.OnStandby),
		MinHealthyPercentage:      t.release.MinHealthy,
		MaxHealthyPercentage:      t.release.MaxHealthy,
	}
	p.MinHealthyPercentage, p.MaxHealthyPercentage = healthyRange(g, p.MinHealthyPercentage, p.MaxHealthyPercentage)
	if t.release.Warmup != nil {
		p.InstanceWarmup = seconds(*t.release.Warmup)
	}
	return p
}

// healthyRange fills in what the release leaves open: the group's instance
// maintenance policy, else launch before terminate. AWS's own 90/100
// terminates first.
func healthyRange(g Group, low, high *int32) (*int32, *int32) {
	if m := g.Maintenance; m != nil && low == nil && high == nil && aws.ToInt32(m.MinHealthyPercentage) >= 0 && m.MinHealthyPercentage != nil {
		return m.MinHealthyPercentage, m.MaxHealthyPercentage
	}
	switch {
	case low == nil && high == nil:
		return aws.Int32(defaultMinHealthy), aws.Int32(defaultMaxHealthy)
	case low == nil: // AWS allows at most 100 between the two
		return aws.Int32(max(*high-100, min(defaultMinHealthy, *high))), high
	case high == nil:
		return low, aws.Int32(min(defaultMaxHealthy, *low+100))
	}
	return low, high
}

const (
	defaultMinHealthy = 100
	defaultMaxHealthy = 110
)

func seconds(d time.Duration) *int32 { return aws.Int32(int32(d / time.Second)) }

func (t *Target) ask(ctx context.Context, d *types.DesiredConfiguration, p *types.RefreshPreferences) (string, error) {
	out, err := t.clients.AutoScaling().StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: &t.release.Group,
		Strategy:             types.RefreshStrategyRolling,
		DesiredConfiguration: d,
		Preferences:          p,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.InstanceRefreshId), nil
}

// End ends the release. Promotion is AWS's own: a refresh that succeeds saves
// its configuration.
func (t *Target) End(ctx context.Context, how rollout.Ending) error {
	if how == rollout.Promote {
		return nil
	}
	if how == rollout.GoBack {
		ctx = awsapi.OnWayBack(ctx)
	}
	g, list, err := t.look(ctx)
	if err != nil {
		return err
	}
	under := len(list) > 0 && active(list[0])
	switch {
	case how == rollout.LeaveIt && under && !ending(list[0]):
		return t.cancel(ctx, aws.ToString(list[0].InstanceRefreshId))
	case how == rollout.LeaveIt:
		return nil
	case under && (ending(list[0]) || t.leadsBack(list[0], g)):
		return nil // on its way already
	case under && t.ours(list[0]) && t.reversible && g.Saved == t.previous:
		return t.undo(ctx, aws.ToString(list[0].InstanceRefreshId))
	case under:
		return t.cancel(ctx, aws.ToString(list[0].InstanceRefreshId)) // then asked again
	case t.previous.ID == "":
		return fmt.Errorf("%w: the version that was live before is not known, so there is none to go back to", rollout.ErrRefused)
	case g.wholly(t.release.Scope, t.previous):
		return nil
	}
	return t.goBack(ctx, g)
}

// goBack starts a refresh of our own to the previous version: without
// AutoRollback, which would lead to the bad one, without checkpoints, and
// without the alarms that may be what asks for it.
func (t *Target) goBack(ctx context.Context, g Group) error {
	prefs := t.preferences(g)
	prefs.SkipMatching = aws.Bool(true)
	prefs.AutoRollback = aws.Bool(false)
	t.returning = true
	id, err := t.ask(ctx, desired(g, t.previous), prefs)
	if awsapi.Code(err) == codeInProgress {
		return fmt.Errorf("%w: %s", errWait, awsapi.Describe(err))
	}
	if err != nil {
		return kind(fmt.Errorf("starting the way back to %s: %w", t.previous, err))
	}
	t.back = id
	return nil
}

// Checkpoints are a release's steps as AWS takes them: nil without steps,
// since an empty list hangs in Pending.
func Checkpoints(steps []rollout.Step) []int32 {
	var out []int32
	for _, s := range steps {
		if s.Percent > 0 {
			out = append(out, int32(s.Percent))
		}
	}
	if len(out) == 1 && out[0] == 100 {
		return nil
	}
	return slices.Clip(out)
}
