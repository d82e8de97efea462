package provider

import "github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"

// rollingReleasePermissions are those of awsdeploy_rolling_release. Auto
// Scaling asks of who starts a refresh what EC2 asks of who launches from the
// template: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
func rollingReleasePermissions() permission.Type {
	all := []permission.Permission{
		{Action: "autoscaling:DescribeAutoScalingGroups", Resource: "*", Why: "reads the group and its instances, at every look"},
		{Action: "autoscaling:DescribeInstanceRefreshes", Resource: "*", Why: "follows and adopts refreshes"},
		{Action: "ec2:DescribeLaunchTemplateVersions", Resource: "*", Why: "reads the version that is released, and the one before", Without: warned},
		{Action: "ec2:DescribeImages", Resource: "*", Why: "checks that the AMI exists", Without: warned},
		{Action: "ec2:DescribeKeyPairs", Resource: "*", Why: "checks the template's key pair", Without: warned},
		{Action: "ec2:DescribeSecurityGroups", Resource: "*", Why: "checks the template's security groups", Without: warned},
		{Action: "ec2:DescribeSubnets", Resource: "*", Why: "counts the addresses that the group's subnets have left", Without: warned},
		{Action: "iam:GetInstanceProfile", Resource: "arn:aws:iam::ACCOUNT:instance-profile/PROFILE_NAME", Why: "checks the template's instance profile", Without: warned},
		{Action: "autoscaling:StartInstanceRefresh", Resource: groupARN, Apply: true, Why: "starts the refresh"},
		{Action: "autoscaling:CancelInstanceRefresh", Resource: groupARN, Apply: true, Why: "stops it: at a step, and when it is superseded or interrupted"},
		{Action: "autoscaling:RollbackInstanceRefresh", Resource: groupARN, Apply: true, Why: "takes it back"},
		{Action: "ec2:RunInstances", Resource: "*", Apply: true, Why: "is asked of who starts a refresh, because AWS launches in his name",
			When: &permission.Condition{Operator: "ArnLike", Key: "ec2:LaunchTemplate", Value: templateARN}},
		{Action: "iam:PassRole", Resource: "arn:aws:iam::ACCOUNT:role/INSTANCE_ROLE", Apply: true, Why: "is asked where the template names an instance profile",
			When: &permission.Condition{Operator: "StringEquals", Key: "iam:PassedToService", Value: "ec2.amazonaws.com"}},
		{Action: "ec2:CreateTags", Resource: "*", Apply: true, Why: "is asked where the template tags what is launched",
			When: &permission.Condition{Operator: "StringEquals", Key: "ec2:CreateAction", Value: "RunInstances"}},
		{Action: "autoscaling:DescribeScalingActivities", Resource: "*", Apply: true, Why: "finds why a launch failed", Without: lessSaid},
		{Action: "autoscaling:DescribeLifecycleHooks", Resource: "*", Apply: true, Why: "names the lifecycle hook that holds instances up", Without: lessSaid},
		{Action: "autoscaling:DescribeWarmPool", Resource: "*", Apply: true, Why: "finds instances of the version before in a warm pool", Without: "the pool is taken to be of the new version"},
		{Action: "elasticloadbalancing:DescribeTargetHealth", Resource: "*", Apply: true, Why: "finds why an instance is unhealthy", Without: lessSaid},
		{Action: "ec2:GetConsoleOutput", Resource: "arn:aws:ec2:REGION:ACCOUNT:instance/*", Apply: true, Why: "quotes the console of an instance that never served", Without: lessSaid},
	}
	return permission.Type{Name: "awsdeploy_rolling_release", All: append(append(all, alarmPermissions()...), checkPermissions()...)}
}
