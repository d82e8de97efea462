package provider

import "github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"

// aliasPromotionPermissions are those of awsdeploy_alias_promotion.
func aliasPromotionPermissions() permission.Type {
	const (
		provided, deployed = "provisioned_concurrent_executions", `driver = "codedeploy"`
		charged            = "a warning; the version before stays provided for, and AWS charges for it"
	)
	all := []permission.Permission{
		{Action: "lambda:GetAlias", Resource: functionARN, Why: "reads the alias, at every look"},
		{Action: "lambda:GetFunctionConfiguration", Resource: versionsARN, Why: "compares the versions", Without: warned},
		{Action: "lambda:GetFunctionConcurrency", Resource: functionARN, Why: "sees whether the function is switched off", Without: warned},
		{Action: "lambda:GetProvisionedConcurrencyConfig", Resource: versionsARN, Why: "sees what the alias is provided with", Without: warned},
		{Action: "lambda:ListEventSourceMappings", Resource: "*", Why: "finds event sources that bypass the alias", Without: warned},
		{Action: "codedeploy:ListApplications", Resource: "*", Why: "sees whether CodeDeploy moves the alias", Without: warned},
		{Action: "codedeploy:BatchGetApplications", Resource: "arn:aws:codedeploy:REGION:ACCOUNT:application:*", Why: "the same", Without: warned},
		{Action: "codedeploy:ListDeploymentGroups", Resource: "arn:aws:codedeploy:REGION:ACCOUNT:application:*", Why: "the same", Without: warned},
		{Action: "codedeploy:BatchGetDeploymentGroups", Resource: "arn:aws:codedeploy:REGION:ACCOUNT:deploymentgroup:*", Why: "the same", Without: warned},
		{Action: "codedeploy:ListDeploymentTargets", Resource: "*", Why: "the same", Without: warned},
		{Action: "codedeploy:BatchGetDeploymentTargets", Resource: "*", Why: "the same", Without: warned},
		{Action: "lambda:CreateAlias", Resource: functionARN, Apply: true, Why: "makes an alias that is not there"},
		{Action: "lambda:UpdateAlias", Resource: functionARN, Apply: true, Why: "moves the alias"},
		{Action: "logs:FilterLogEvents", Resource: "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/FUNCTION_NAME:*", Apply: true, Why: "quotes the log of a version that failed", Without: lessSaid},
		{Action: "lambda:InvokeFunction", Resource: versionsARN, Feature: "verify.invoke", Apply: true, Why: "invokes the new version"},
		{Action: "cloudwatch:GetMetricData", Resource: "*", Feature: "verify.compare", Why: "compares the versions' metrics; a plan tries whether it may, and only warns if not"},
		{Action: "lambda:PutProvisionedConcurrencyConfig", Resource: versionsARN, Feature: provided, Apply: true, Why: "provides for the new version"},
		{Action: "lambda:DeleteProvisionedConcurrencyConfig", Resource: versionsARN, Feature: provided, Apply: true, Why: "ends it for the one before", Without: charged},
		{Action: "lambda:ListProvisionedConcurrencyConfigs", Resource: functionARN, Feature: provided, Why: "finds versions that are provided for and serve nobody", Without: warned},
		{Action: "lambda:ListAliases", Resource: functionARN, Feature: provided, Why: "sees whether another alias serves such a version, or the one before", Without: charged},
		{Action: "codedeploy:GetApplication", Resource: applicationARN, Feature: deployed, Why: "finds the application", Without: warned},
		{Action: "codedeploy:GetDeploymentGroup", Resource: deployGroupARN, Feature: deployed, Why: "finds the group and its last deployment"},
		{Action: "codedeploy:GetDeploymentConfig", Resource: deployConfigARN, Feature: deployed, Why: "finds the schedule; CreateDeployment asks for it too"},
		{Action: "codedeploy:GetDeployment", Resource: deployGroupARN, Feature: deployed, Apply: true, Why: "follows the deployment"},
		{Action: "codedeploy:CreateApplication", Resource: applicationARN, Feature: deployed, Apply: true, Why: "makes the application"},
		{Action: "codedeploy:CreateDeploymentGroup", Resource: deployGroupARN, Feature: deployed, Apply: true, Why: "makes the group"},
		{Action: "iam:PassRole", Resource: "arn:aws:iam::ACCOUNT:role/DEPLOY_ROLE", Feature: deployed, Apply: true, Why: "gives the group its role",
			When: &permission.Condition{Operator: "StringEquals", Key: "iam:PassedToService", Value: "codedeploy.amazonaws.com"}},
		{Action: "codedeploy:CreateDeploymentConfig", Resource: deployConfigARN, Feature: deployed, Apply: true, Why: "makes a schedule that CodeDeploy does not have"},
		{Action: "codedeploy:CreateDeployment", Resource: deployGroupARN, Feature: deployed, Apply: true, Why: "starts the deployment"},
		{Action: "codedeploy:RegisterApplicationRevision", Resource: applicationARN, Feature: deployed, Apply: true, Why: "is asked of who starts a deployment"},
		{Action: "codedeploy:StopDeployment", Resource: "*", Feature: deployed, Apply: true, Why: "stops it, and takes it back"},
	}
	all = append(append(all, alarmPermissions()...), checkPermissions()...)
	return permission.Type{Name: "awsdeploy_alias_promotion", All: append(all, permission.Permission{
		Action: "cloudwatch:GetMetricData", Resource: "*", Apply: true, Why: "counts the errors of the versions when a release failed", Without: lessSaid})}
}
