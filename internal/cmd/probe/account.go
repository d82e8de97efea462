package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// name is what everything that the probe makes is called.
const name = "awsdeploy-probe"

// account is where the facts are settled.
type account struct {
	asg    *autoscaling.Client
	ec2    *ec2.Client
	cw     *cloudwatch.Client
	lambda *lambda.Client
	clock  clock.Clock
	record *recorder

	role, image, kind string
	subnets           []string
	template          string
	undo              []func(context.Context) error // in reverse order
}

func newAccount(cfg aws.Config, c clock.Clock, transcript io.Writer) *account {
	a := &account{clock: c, record: &recorder{out: transcript, clock: c}, kind: "t3.nano"}
	cfg.APIOptions = append(cfg.APIOptions, a.record.observe)
	a.asg, a.ec2 = autoscaling.NewFromConfig(cfg), ec2.NewFromConfig(cfg)
	a.cw, a.lambda = cloudwatch.NewFromConfig(cfg), lambda.NewFromConfig(cfg)
	return a
}

// prepare finds what every estate needs and the account has already.
func (a *account) prepare(ctx context.Context) error {
	subnets, err := a.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{})
	if err != nil {
		return err
	}
	for _, s := range subnets.Subnets {
		if aws.ToBool(s.DefaultForAz) {
			a.subnets = append(a.subnets, aws.ToString(s.SubnetId))
		}
	}
	if len(a.subnets) == 0 {
		return errors.New("the region has no default subnets to launch into")
	}
	if a.image != "" {
		return nil
	}
	images, err := a.ec2.DescribeImages(ctx, &ec2.DescribeImagesInput{
		Owners:  []string{"amazon"},
		Filters: []ec2types.Filter{{Name: aws.String("name"), Values: []string{"al2023-ami-2023*-x86_64"}}},
	})
	if err != nil {
		return err
	}
	if len(images.Images) == 0 {
		return errors.New("no Amazon Linux 2023 here: give an AMI with -image")
	}
	newest := slices.MaxFunc(images.Images, func(x, y ec2types.Image) int {
		return strings.Compare(aws.ToString(x.CreationDate), aws.ToString(y.CreationDate))
	})
	a.image = aws.ToString(newest.ImageId)
	return nil
}

// clean undoes what the last fact made, whatever became of it.
func (a *account) clean() error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	var all []error
	for _, undo := range slices.Backward(a.undo) {
		all = append(all, undo(ctx))
	}
	a.undo = nil
	return errors.Join(all...)
}

// fleet is a group's size and limits.
type fleet struct {
	size, most int32
	mixed      bool
}

// group makes a template of two versions and a group that runs the first.
func (a *account) group(ctx context.Context, f fleet) error {
	data := &ec2types.RequestLaunchTemplateData{ImageId: aws.String(a.image), InstanceType: ec2types.InstanceType(a.kind)}
	made, err := a.ec2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{LaunchTemplateName: aws.String(name), LaunchTemplateData: data})
	if err != nil {
		return err
	}
	a.template = aws.ToString(made.LaunchTemplate.LaunchTemplateId)
	a.undo = append(a.undo, func(ctx context.Context) error {
		_, err := a.ec2.DeleteLaunchTemplate(ctx, &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: aws.String(a.template)})
		return err
	})
	if _, err := a.ec2.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: aws.String(a.template), LaunchTemplateData: data, VersionDescription: aws.String("two"),
	}); err != nil {
		return err
	}
	in := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(name), MinSize: aws.Int32(0), MaxSize: aws.Int32(max(f.size, f.most)), DesiredCapacity: aws.Int32(f.size),
		VPCZoneIdentifier: aws.String(strings.Join(a.subnets, ",")), DefaultInstanceWarmup: aws.Int32(0),
	}
	if f.mixed {
		in.MixedInstancesPolicy = &asgtypes.MixedInstancesPolicy{LaunchTemplate: &asgtypes.LaunchTemplate{LaunchTemplateSpecification: a.version("1")}}
	} else {
		in.LaunchTemplate = a.version("1")
	}
	if _, err := a.asg.CreateAutoScalingGroup(ctx, in); err != nil {
		return err
	}
	a.undo = append(a.undo, a.deleteGroup)
	if err := a.until(ctx, 10*time.Minute, "the group is complete", func() (bool, error) {
		count, err := a.count(ctx)
		return count.serving == int(f.size), err
	}); err != nil {
		return err
	}
	// Until its status checks have passed, an instance is not one to be kept.
	return a.clock.Sleep(ctx, 5*time.Minute)
}

func (a *account) deleteGroup(ctx context.Context) error {
	// A refresh under way ends with its group.
	if _, err := a.asg.DeleteAutoScalingGroup(ctx, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: aws.String(name), ForceDelete: aws.Bool(true)}); err != nil {
		return err
	}
	return a.until(ctx, 10*time.Minute, "the group is gone", func() (bool, error) {
		out, err := a.asg.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
		return err == nil && len(out.AutoScalingGroups) == 0, err
	})
}

func (a *account) version(number string) *asgtypes.LaunchTemplateSpecification {
	return &asgtypes.LaunchTemplateSpecification{LaunchTemplateId: aws.String(a.template), Version: aws.String(number)}
}

// count is how many instances there are.
type count struct{ all, serving, isNew int }

func (a *account) count(ctx context.Context) (count, error) {
	out, err := a.asg.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	var c count
	if err != nil || len(out.AutoScalingGroups) == 0 {
		return c, err
	}
	for _, i := range out.AutoScalingGroups[0].Instances {
		if strings.HasPrefix(string(i.LifecycleState), "Terminat") {
			continue
		}
		c.all++
		if i.LifecycleState == asgtypes.LifecycleStateInService {
			c.serving++
			if i.LaunchTemplate != nil && aws.ToString(i.LaunchTemplate.Version) == "2" {
				c.isNew++
			}
		}
	}
	return c, nil
}

// until looks every five seconds.
func (a *account) until(ctx context.Context, most time.Duration, what string, done func() (bool, error)) error {
	for end := a.clock.Now().Add(most); ; {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		if a.clock.Now().After(end) {
			return fmt.Errorf("after %s it is still not so that %s", most, what)
		}
		if err := a.clock.Sleep(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}
