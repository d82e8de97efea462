package provider

import "github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"

// launchTemplateVersionPermissions are those of
// awsdeploy_launch_template_version.
func launchTemplateVersionPermissions() permission.Type {
	return permission.Type{Name: "awsdeploy_launch_template_version", All: []permission.Permission{
		{Action: "ec2:DescribeLaunchTemplates", Resource: "*", Why: "finds the template and its default version"},
		{Action: "ec2:DescribeLaunchTemplateVersions", Resource: "*", Why: "reads the versions"},
		{Action: "ec2:DescribeImages", Resource: "*", Feature: "image_id", Why: "checks that the AMI exists", Without: warned},
		{Action: "ec2:CreateLaunchTemplateVersion", Resource: templateARN, Apply: true, Why: "makes the version"},
		{Action: "ec2:DeleteLaunchTemplateVersions", Resource: templateARN, Feature: "delete_on_destroy", Apply: true, Why: "deletes the version"},
		{Action: "autoscaling:DescribeAutoScalingGroups", Resource: "*", Feature: "delete_on_destroy", Apply: true, Why: "finds groups that use the version"},
	}}
}
