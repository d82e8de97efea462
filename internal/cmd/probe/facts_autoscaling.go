package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// preferences replace one after the other, launching first.
func preferences() *types.RefreshPreferences {
	return &types.RefreshPreferences{MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(110), InstanceWarmup: aws.Int32(0)}
}

func checkpoints(delay time.Duration, percent ...int32) *types.RefreshPreferences {
	p := preferences()
	p.SkipMatching = aws.Bool(true)
	p.CheckpointPercentages, p.CheckpointDelay = percent, aws.Int32(int32(delay/time.Second))
	return p
}

// start begins a refresh to version 2.
func (a *account) start(ctx context.Context, p *types.RefreshPreferences) error {
	_, err := a.asg.StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: aws.String(name), Preferences: p,
		DesiredConfiguration: &types.DesiredConfiguration{LaunchTemplate: a.version("2")},
	})
	return err
}

// began is group and start, for facts about a refresh under way.
func (a *account) began(ctx context.Context, f fleet, p *types.RefreshPreferences) error {
	if err := a.group(ctx, f); err != nil {
		return err
	}
	return a.start(ctx, p)
}

func (a *account) refresh(ctx context.Context) (types.InstanceRefresh, error) {
	out, err := a.asg.DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String(name)})
	if err != nil || len(out.InstanceRefreshes) == 0 {
		return types.InstanceRefresh{}, errors.Join(err, errors.New("the group's refresh cannot be seen"))
	}
	return out.InstanceRefreshes[0], nil
}

// reaches waits for one of the statuses and tells which it was. A refresh
// that has ended otherwise settles nothing.
func (a *account) reaches(ctx context.Context, wanted ...types.InstanceRefreshStatus) (got types.InstanceRefreshStatus, err error) {
	err = a.until(ctx, 30*time.Minute, fmt.Sprintf("the refresh is %v", wanted), func() (bool, error) {
		r, err := a.refresh(ctx)
		if err != nil {
			return false, err
		}
		for _, w := range wanted {
			if r.Status == w {
				got = w
				return true, nil
			}
		}
		switch r.Status {
		case types.InstanceRefreshStatusSuccessful, types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusCancelled,
			types.InstanceRefreshStatusRollbackSuccessful, types.InstanceRefreshStatusRollbackFailed:
			return false, fmt.Errorf("the refresh is %s: %s", r.Status, aws.ToString(r.StatusReason))
		}
		return false, nil
	})
	return got, err
}

// holds waits for a checkpoint.
func (a *account) holds(ctx context.Context) error {
	return a.until(ctx, 30*time.Minute, "the refresh holds at a checkpoint", func() (bool, error) {
		r, err := a.refresh(ctx)
		return strings.Contains(strings.ToLower(aws.ToString(r.StatusReason)), "checkpoint"), err
	})
}

func (a *account) cancel(ctx context.Context) error {
	_, err := a.asg.CancelInstanceRefresh(ctx, &autoscaling.CancelInstanceRefreshInput{AutoScalingGroupName: aws.String(name)})
	return err
}

func (a *account) rollBack(ctx context.Context) error {
	_, err := a.asg.RollbackInstanceRefresh(ctx, &autoscaling.RollbackInstanceRefreshInput{AutoScalingGroupName: aws.String(name)})
	return err
}

func unknownAlarmsAccepted(ctx context.Context, a *account) (bool, error) {
	p := preferences()
	p.AlarmSpecification = &types.AlarmSpecification{Alarms: []string{name + "-nobody-made-this"}}
	if err := a.group(ctx, fleet{size: 1, most: 2}); err != nil {
		return false, err
	}
	no, err := refused(a.start(ctx, p), "ValidationError")
	return !no, err
}

func plainTemplateReplacesPolicy(ctx context.Context, a *account) (bool, error) {
	if err := a.group(ctx, fleet{size: 1, most: 2, mixed: true}); err != nil {
		return false, err
	}
	no, err := refused(a.start(ctx, preferences()), "ValidationError")
	return !no, err
}

func configurationEchoesName(ctx context.Context, a *account) (bool, error) {
	if err := a.began(ctx, fleet{size: 1, most: 2}, preferences()); err != nil {
		return false, err
	}
	r, err := a.refresh(ctx)
	if err != nil {
		return false, err
	}
	if r.DesiredConfiguration == nil || r.DesiredConfiguration.LaunchTemplate == nil {
		return false, errors.New("the refresh shows no launch template")
	}
	return r.DesiredConfiguration.LaunchTemplate.LaunchTemplateName != nil, nil
}

func alarmStateAtStartIgnored(ctx context.Context, a *account) (bool, error) {
	if err := a.alarm(ctx); err != nil {
		return false, err
	}
	p := preferences()
	p.AlarmSpecification = &types.AlarmSpecification{Alarms: []string{name}}
	if err := a.began(ctx, fleet{size: 1, most: 2}, p); err != nil {
		return false, err
	}
	end, err := a.reaches(ctx, types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusSuccessful)
	return end == types.InstanceRefreshStatusSuccessful, err
}

// alarm makes an alarm that is in ALARM, and stays there: it has no data.
func (a *account) alarm(ctx context.Context) error {
	if _, err := a.cw.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(name), Namespace: aws.String(name), MetricName: aws.String("Nothing"), Statistic: cwtypes.StatisticSum,
		Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
		ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("ignore"),
	}); err != nil {
		return err
	}
	a.undo = append(a.undo, func(ctx context.Context) error {
		_, err := a.cw.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}})
		return err
	})
	_, err := a.cw.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String(name), StateValue: cwtypes.StateValueAlarm, StateReason: aws.String("the probe says so"),
	})
	return err
}

// bakes brings a refresh to where it bakes.
func (a *account) bakes(ctx context.Context) error {
	p := preferences()
	p.BakeTime = aws.Int32(3600)
	if err := a.began(ctx, fleet{size: 1, most: 2}, p); err != nil {
		return err
	}
	_, err := a.reaches(ctx, types.InstanceRefreshStatusBaking)
	return err
}

func bakingCannotBeCancelled(ctx context.Context, a *account) (bool, error) {
	if err := a.bakes(ctx); err != nil {
		return false, err
	}
	return refused(a.cancel(ctx), "ActiveInstanceRefreshNotFound", "ActiveInstanceRefreshNotFoundFault", "ValidationError")
}

func bakingCannotBeRolledBack(ctx context.Context, a *account) (bool, error) {
	if err := a.bakes(ctx); err != nil {
		return false, err
	}
	return refused(a.rollBack(ctx), "IrreversibleInstanceRefresh", "IrreversibleInstanceRefreshFault", "ValidationError")
}
