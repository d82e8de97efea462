package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// isNew is how many instances run version 2.
func (a *account) isNew(ctx context.Context) (int, error) {
	c, err := a.count(ctx)
	return c.isNew, err
}

// Whether the refresh is at an end a minute after its last instance came, or
// still waits out the delay of its last checkpoint.
func finalCheckpointWaits(ctx context.Context, a *account) (bool, error) {
	if err := a.began(ctx, fleet{size: 2, most: 4}, checkpoints(time.Hour, 100)); err != nil {
		return false, err
	}
	if err := a.until(ctx, 30*time.Minute, "both instances are new", func() (bool, error) {
		r, err := a.refresh(ctx)
		return aws.ToInt32(r.PercentageComplete) == 100, err
	}); err != nil {
		return false, err
	}
	if err := a.clock.Sleep(ctx, 5*time.Minute); err != nil {
		return false, err
	}
	r, err := a.refresh(ctx)
	return r.Status != types.InstanceRefreshStatusSuccessful, err
}

// Two of four are new already. Half of the group is reached then; half of what
// remains takes another one.
func checkpointsCountRemaining(ctx context.Context, a *account) (bool, error) {
	if err := a.halfNew(ctx); err != nil {
		return false, err
	}
	if err := a.start(ctx, checkpoints(time.Hour, 50, 100)); err != nil {
		return false, err
	}
	if err := a.holds(ctx); err != nil {
		return false, err
	}
	n, err := a.isNew(ctx)
	return n > 2, err
}

// halfNew cancels a refresh at its checkpoint, with two of four new.
func (a *account) halfNew(ctx context.Context) error {
	if err := a.began(ctx, fleet{size: 4, most: 8}, checkpoints(time.Hour, 50, 100)); err != nil {
		return err
	}
	if err := a.holds(ctx); err != nil {
		return err
	}
	if err := a.cancel(ctx); err != nil {
		return err
	}
	if _, err := a.reaches(ctx, types.InstanceRefreshStatusCancelled); err != nil {
		return err
	}
	n, err := a.isNew(ctx)
	if err == nil && n != 2 {
		err = fmt.Errorf("%d of 4 instances are new after a checkpoint of 50 percent", n)
	}
	return err
}

// What an earlier refresh had made new is old again after the roll-back of a
// later one, or not.
func rollbackKeepsEarlier(ctx context.Context, a *account) (bool, error) {
	if err := a.halfNew(ctx); err != nil {
		return false, err
	}
	if err := a.start(ctx, checkpoints(time.Hour, 75, 100)); err != nil {
		return false, err
	}
	if err := a.until(ctx, 30*time.Minute, "a third instance is new", func() (bool, error) {
		n, err := a.isNew(ctx)
		return n >= 3, err
	}); err != nil {
		return false, err
	}
	if err := a.rollBack(ctx); err != nil {
		return false, err
	}
	if _, err := a.reaches(ctx, types.InstanceRefreshStatusRollbackSuccessful); err != nil {
		return false, err
	}
	n, err := a.isNew(ctx)
	return n > 0, err
}

func singleInstanceTerminatesFirst(ctx context.Context, a *account) (bool, error) {
	if err := a.began(ctx, fleet{size: 1, most: 2}, preferences()); err != nil {
		return false, err
	}
	least, _, err := a.extremes(ctx)
	return least == 0, err
}

func surgeStopsAtMaxSize(ctx context.Context, a *account) (bool, error) {
	p := preferences()
	p.MaxHealthyPercentage = aws.Int32(150)
	if err := a.began(ctx, fleet{size: 2, most: 2}, p); err != nil {
		return false, err
	}
	_, most, err := a.extremes(ctx)
	return most <= 2, err
}

// extremes follows a refresh to its end: the fewest instances in service, and
// the most in any state.
func (a *account) extremes(ctx context.Context) (least, most int, err error) {
	least = int(^uint(0) >> 1)
	err = a.until(ctx, 30*time.Minute, "the refresh has succeeded", func() (bool, error) {
		c, err := a.count(ctx)
		if err != nil {
			return false, err
		}
		least, most = min(least, c.serving), max(most, c.all)
		r, err := a.refresh(ctx)
		if err == nil && r.Status == types.InstanceRefreshStatusFailed {
			err = fmt.Errorf("the refresh failed: %s", aws.ToString(r.StatusReason))
		}
		return r.Status == types.InstanceRefreshStatusSuccessful, err
	})
	return least, most, err
}
