package acctest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// cliAttempts is how often version 2 of the AWS CLI tries a call:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-retries.html
const cliAttempts = 3

// Loop releases version 2 everywhere as people do it with a provisioner that
// runs the AWS CLI: each starts its instance refresh, with the same
// checkpoints, alarm and bake, and polls it until it has ended. A call that the
// CLI gives up ends the script. The calls are those of the CLI, made by a
// client of each release's own.
func (f *Fleet) Loop(t testing.TB, every time.Duration) Figures {
	t.Helper()
	pause, err := time.ParseDuration(f.pause)
	if err != nil {
		t.Fatal(err)
	}
	seconds := aws.Int32(int32(pause.Seconds()))
	return f.measure(func(i int) error {
		ctx, g := context.Background(), f.Groups[i]
		c := f.cli(t)
		started, err := c.StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{
			AutoScalingGroupName: &g.Name,
			DesiredConfiguration: &types.DesiredConfiguration{LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &g.TemplateID, Version: aws.String("2")}},
			Preferences: &types.RefreshPreferences{
				MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(110), AutoRollback: aws.Bool(true), SkipMatching: aws.Bool(true),
				CheckpointPercentages: []int32{25, 50, 100}, CheckpointDelay: seconds, BakeTime: seconds,
				AlarmSpecification: &types.AlarmSpecification{Alarms: []string{fmt.Sprintf("errors-%03d", i)}},
			},
		})
		for err == nil {
			var out *autoscaling.DescribeInstanceRefreshesOutput
			out, err = c.DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
				AutoScalingGroupName: &g.Name, InstanceRefreshIds: []string{*started.InstanceRefreshId}})
			switch {
			case err != nil || len(out.InstanceRefreshes) == 0:
			case out.InstanceRefreshes[0].Status == types.InstanceRefreshStatusSuccessful:
				return nil
			case out.InstanceRefreshes[0].EndTime != nil:
				return fmt.Errorf("%s ended %s", g.Name, out.InstanceRefreshes[0].Status)
			}
			if err == nil {
				err = f.World.Clock.Sleep(ctx, every)
			}
		}
		return err
	})
}

// cli is a client that tries as often as the AWS CLI does.
func (f *Fleet) cli(t testing.TB) *autoscaling.Client {
	c, err := awsapi.New(context.Background(), awsapi.Settings{
		Region: Region, AccessKey: "AKIDCLI", SecretKey: "test", MaxRetries: cliAttempts,
		SkipCredentialsValidation: true, SkipRequestingAccountID: true,
		Endpoints: map[string]string{"autoscaling": f.World.URL},
	}, f.World.Clock)
	if err != nil {
		t.Fatal(err)
	}
	return c.AutoScaling()
}
