package provider

import (
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"
)

// Permissions are what each type needs of AWS, in the order of the guide.
func Permissions() []permission.Type {
	return []permission.Type{
		providerPermissions(),
		appPackagePermissions(),
		appImagePermissions(),
		launchTemplateVersionPermissions(),
		rollingReleasePermissions(),
		functionVersionPermissions(),
		aliasPromotionPermissions(),
		imageDataPermissions(),
		rollingHistoryPermissions(),
		registryLoginPermissions(),
	}
}

const (
	groupARN    = "arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:*:autoScalingGroupName/GROUP_NAME"
	templateARN = "arn:aws:ec2:REGION:ACCOUNT:launch-template/TEMPLATE_ID"
	functionARN = "arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION_NAME"
	versionsARN = functionARN + ":*"
	// anyFunctionARN is for calls that name a function with or without a version.
	anyFunctionARN  = functionARN + "*"
	objectARN       = "arn:aws:s3:::BUCKET_NAME/KEY_PREFIX*"
	repositoryARN   = "arn:aws:ecr:REGION:ACCOUNT:repository/REPOSITORY_NAME"
	baseARN         = "arn:aws:ecr:REGION:ACCOUNT:repository/BASE_REPOSITORY"
	applicationARN  = "arn:aws:codedeploy:REGION:ACCOUNT:application:APPLICATION_NAME"
	deployGroupARN  = "arn:aws:codedeploy:REGION:ACCOUNT:deploymentgroup:APPLICATION_NAME/DEPLOYMENT_GROUP"
	deployConfigARN = "arn:aws:codedeploy:REGION:ACCOUNT:deploymentconfig:*"

	// warned is what becomes of a rule of the plan that cannot be checked.
	warned = "a warning; the rule is not checked"
	// lessSaid is what becomes of a read for the diagnosis of a failure.
	lessSaid = "an error says less of its cause"
)

// neededNote leads from a type's page to its permissions.
func neededNote(name string) string {
	return "\n\nWhat it needs to be allowed is in the guide [IAM](../guides/iam.md#" + name + ")."
}

// providerPermissions are those of the provider block, and of every plan and
// apply therefore. GetCallerIdentity asks for none, and a web identity's token
// is judged by the role's trust policy.
func providerPermissions() permission.Type {
	return permission.Type{
		Name: "provider",
		Notes: []string{"The first call, `sts:GetCallerIdentity`, is allowed to everybody who has credentials. " +
			"`assume_role_with_web_identity` needs nothing of a policy but the role's own trust policy."},
		All: []permission.Permission{
			{Action: "sts:AssumeRole", Resource: "arn:aws:iam::ACCOUNT:role/ROLE_TO_ASSUME", Feature: "assume_role", Why: "assumes the role; the role itself has the rest"},
		},
	}
}

// alarmPermissions are those of `alarms`. A narrower scope than all alarms
// hides composite ones: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func alarmPermissions() []permission.Permission {
	return []permission.Permission{
		{Action: "cloudwatch:DescribeAlarms", Resource: "*", Feature: "alarms", Why: "reads the alarms' states and their reasons", Without: warned},
	}
}

// checkPermissions are those of the checks that every release has.
func checkPermissions() []permission.Permission {
	return []permission.Permission{
		{Action: "lambda:InvokeFunction", Resource: "arn:aws:lambda:REGION:ACCOUNT:function:CHECK_FUNCTION", Feature: "verify.lambda",
			Why: "invokes the function that judges; a plan asks with a dry run whether it may, and only warns if not"},
		{Action: "cloudwatch:GetMetricData", Resource: "*", Feature: "verify.metric", Why: "reads the metrics; a plan tries whether it may, and only warns if not"},
	}
}

// imageDataPermissions are those of the data source awsdeploy_image.
func imageDataPermissions() permission.Type {
	return permission.Type{
		Name:  "data awsdeploy_image",
		Notes: []string{"For repositories in Amazon ECR. Other registries know nothing of IAM."},
		All: []permission.Permission{
			{Action: "ecr:GetAuthorizationToken", Resource: "*", Why: "signs in"},
			{Action: "ecr:BatchGetImage", Resource: repositoryARN, Why: "reads manifests"},
			{Action: "ecr:GetDownloadUrlForLayer", Resource: repositoryARN, Why: "reads the image's configuration"},
		},
	}
}

// rollingHistoryPermissions are those of the data source
// awsdeploy_rolling_release_history.
func rollingHistoryPermissions() permission.Type {
	return permission.Type{
		Name: "data awsdeploy_rolling_release_history",
		All: []permission.Permission{
			{Action: "autoscaling:DescribeAutoScalingGroups", Resource: "*", Why: "sees whether the group is there", Without: "the refreshes are read all the same"},
			{Action: "autoscaling:DescribeInstanceRefreshes", Resource: "*", Why: "reads its refreshes"},
		},
	}
}

// registryLoginPermissions are those of the ephemeral resource
// awsdeploy_registry_login.
func registryLoginPermissions() permission.Type {
	return permission.Type{
		Name: "ephemeral awsdeploy_registry_login",
		All: append([]permission.Permission{
			{Action: "ecr:GetAuthorizationToken", Resource: "*", Feature: "host in Amazon ECR", Why: "gets the password"},
		}, publicPermissions("host = public.ecr.aws")...),
	}
}

// publicPermissions sign in to ECR Public.
func publicPermissions(feature string) []permission.Permission {
	return []permission.Permission{
		{Action: "ecr-public:GetAuthorizationToken", Resource: "*", Feature: feature, Why: "gets the password of Amazon ECR Public"},
		{Action: "sts:GetServiceBearerToken", Resource: "*", Feature: feature, Why: "is asked by AWS of whoever gets that password",
			When: &permission.Condition{Operator: "StringEquals", Key: "sts:AWSServiceName", Value: "ecr-public.amazonaws.com"}},
	}
}
