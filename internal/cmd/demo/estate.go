package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Names of the estate, which are the example's defaults.
const (
	groupName    = "shop-web"
	functionName = "shop-api"
	aliasName    = "live"
	fleet        = 6
)

// seed makes the estate that somebody would have made with hashicorp/aws. It
// returns the image repository.
func (c *cloud) seed(ctx context.Context) (repository string, err error) {
	out, err := c.call("ecr", "CreateRepository", object{"repositoryName": groupName})
	if err != nil {
		return "", err
	}
	repository = out.object("repository").text("repositoryUri")
	if err := errors.Join(c.seedGroup(), c.seedFunction(ctx)); err != nil {
		return "", err
	}
	return repository, c.eventually(ctx, "the group has its instances in service", func() bool { return c.fleet().inService == fleet })
}

func (c *cloud) seedGroup() error {
	s := &seeder{cloud: c}
	image := s.call("ec2", "RegisterImage", object{"Name": "base-2030"}).text("ImageId")
	s.call("ec2", "CreateLaunchTemplate", object{"LaunchTemplateName": groupName,
		"LaunchTemplateData": object{"ImageId": image, "InstanceType": "t3.micro"}})
	var subnets []any
	network := s.call("ec2", "DescribeSubnets", nil)
	for _, subnet := range network.objects("Subnets") {
		subnets = append(subnets, subnet.text("SubnetId"))
	}
	vpc := s.call("ec2", "DescribeVpcs", nil).first("Vpcs").text("VpcId")
	c.targetGroup = s.call("elbv2", "CreateTargetGroup", object{"Name": groupName, "Protocol": "HTTP", "Port": 8080, "VpcId": vpc,
		"HealthCheckPath": "/healthz", "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}).first("TargetGroups").text("TargetGroupArn")
	s.call("elbv2", "ModifyTargetGroupAttributes", object{"TargetGroupArn": c.targetGroup,
		"Attributes": []any{object{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}}})
	balancer := s.call("elbv2", "CreateLoadBalancer", object{"Name": "shop", "Subnets": subnets}).first("LoadBalancers").text("LoadBalancerArn")
	s.call("elbv2", "CreateListener", object{"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80,
		"DefaultActions": []any{object{"Type": "forward", "TargetGroupArn": c.targetGroup}}})
	s.call("autoscaling", "CreateAutoScalingGroup", object{"AutoScalingGroupName": groupName, "MinSize": fleet, "MaxSize": 2 * fleet,
		"DesiredCapacity": fleet, "AvailabilityZones": []any{region + "a", region + "b"}, "TargetGroupARNs": []any{c.targetGroup},
		"HealthCheckType": "ELB", "HealthCheckGracePeriod": 180, "DefaultInstanceWarmup": 30,
		"LaunchTemplate": object{"LaunchTemplateName": groupName, "Version": "1"}})
	s.call("cloudwatch", "PutMetricAlarm", object{"AlarmName": "shop-5xx", "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count",
		"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"})
	s.call("cloudwatch", "SetAlarmState", object{"AlarmName": "shop-5xx", "StateValue": "OK", "StateReason": "no data points"})
	c.labels["web 1"] = "empty"
	return s.err
}

func (c *cloud) seedFunction(ctx context.Context) error {
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	file, err := z.Create("bootstrap")
	if err == nil {
		_, err = file.Write([]byte("#!/bin/sh\necho nothing is deployed yet\nexit 1\n"))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return err
	}
	s := &seeder{cloud: c}
	s.call("lambda", "CreateFunction", object{"FunctionName": functionName, "Role": "arn:aws:iam::123456789012:role/shop-api",
		"Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 10, "Code": object{"ZipFile": code.Bytes()}})
	settled := func() bool {
		out := s.call("lambda", "GetFunctionConfiguration", object{"FunctionName": functionName})
		return s.err != nil || out.text("State") == "Active" && out.text("LastUpdateStatus") == "Successful"
	}
	if err := c.eventually(ctx, "the function is active", settled); err != nil {
		return err
	}
	s.call("lambda", "PublishVersion", object{"FunctionName": functionName})
	s.call("lambda", "CreateAlias", object{"FunctionName": functionName, "Name": aliasName, "FunctionVersion": "1"})
	c.labels["api 1"] = "empty"
	return s.err
}

// seeder makes calls until one fails.
type seeder struct {
	cloud *cloud
	err   error
}

func (s *seeder) call(service, operation string, in object) object {
	if s.err != nil {
		return object{}
	}
	out, err := s.cloud.call(service, operation, in)
	if err != nil {
		s.err = fmt.Errorf("%s %s: %w", service, operation, err)
	}
	return out
}

// eventually waits until a condition holds, for half a minute at most.
func (c *cloud) eventually(ctx context.Context, what string, holds func() bool) error {
	for range 600 {
		if holds() {
			return nil
		}
		if err := (clock.System{}).Sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("this never came true: %s", what)
}
