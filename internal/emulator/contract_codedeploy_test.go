package emulator

import (
	"fmt"
	"time"
)

// appSpecOf is an AppSpec for app:live; hooks is more of it.
func appSpecOf(current, target, hooks string) string {
	return fmt.Sprintf(`{"version":0.0,"Resources":[{"app":{"Type":"AWS::Lambda::Function","Properties":`+
		`{"Name":"app","Alias":"live","CurrentVersion":"%s","TargetVersion":"%s"}}}]%s}`, current, target, hooks)
}

// revisionOf is the argument of create-deployment for it.
func revisionOf(current, target, hooks string) string {
	return fmt.Sprintf(`{"revisionType":"AppSpecContent","appSpecContent":{"content":%q}}`, appSpecOf(current, target, hooks))
}

func contractCodeDeploy() []contractGroup {
	files := map[string]string{"one.zip": zipOf("one"), "two.zip": zipOf("two")}
	return []contractGroup{
		{name: "settings", service: "deploy", cases: contractDeploySettings()},
		{name: "deployments", service: "deploy", files: files, cases: contractDeployments()},
	}
}

func deployGroupArgs(name string, more ...string) []string {
	return append([]string{"create-deployment-group", "--application-name", "shop", "--deployment-group-name", name,
		"--service-role-arn", "arn:aws:iam::123456789012:role/deploy", "--deployment-style", "deploymentType=BLUE_GREEN,deploymentOption=WITH_TRAFFIC_CONTROL"}, more...)
}

func contractDeploySettings() []contractCase {
	config := func(name, routing string) []string {
		return []string{"create-deployment-config", "--deployment-config-name", name, "--compute-platform", "Lambda", "--traffic-routing-config", routing}
	}
	return []contractCase{
		{args: []string{"create-application", "--application-name", "shop", "--compute-platform", "Lambda"}, want: `{"applicationId": "*"}`},
		{args: []string{"create-application", "--application-name", "shop", "--compute-platform", "Lambda"}, wantErrCode: "ApplicationAlreadyExistsException"},
		{args: []string{"get-application", "--application-name", "shop"}, want: `{"application": {"applicationName": "shop", "computePlatform": "Lambda", "createTime": "*"}}`},
		{args: []string{"get-application", "--application-name", "none"}, wantErrCode: "ApplicationDoesNotExistException"},
		{args: config("slow", "type=TimeBasedCanary,timeBasedCanary={canaryPercentage=20,canaryInterval=7}"), want: `{"deploymentConfigId": "*"}`},
		{args: config("slow", "type=AllAtOnce"), wantErrCode: "DeploymentConfigAlreadyExistsException"},
		{args: config("bad", "type=TimeBasedLinear,timeBasedLinear={linearPercentage=100,linearInterval=1}"), wantErrCode: "InvalidTrafficRoutingConfigurationException"},
		{args: config("long", "type=TimeBasedLinear,timeBasedLinear={linearPercentage=1,linearInterval=60}"), wantErrCode: "InvalidTrafficRoutingConfigurationException"},
		{args: []string{"get-deployment-config", "--deployment-config-name", "slow"}, want: `{"deploymentConfigInfo": {"computePlatform": "Lambda",
			"trafficRoutingConfig": {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 7}}}}`},
		{args: []string{"get-deployment-config", "--deployment-config-name", "CodeDeployDefault.LambdaLinear10PercentEvery2Minutes"},
			want: `{"deploymentConfigInfo": {"trafficRoutingConfig": {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 2}}}}`},
		{args: []string{"get-deployment-config", "--deployment-config-name", "none"}, wantErrCode: "DeploymentConfigDoesNotExistException"},
		{args: deployGroupArgs("live", "--deployment-config-name", "slow", "--auto-rollback-configuration", "enabled=true,events=DEPLOYMENT_FAILURE",
			"--alarm-configuration", "enabled=true,alarms=[{name=errors}]"), want: `{"deploymentGroupId": "*"}`},
		{args: deployGroupArgs("live"), wantErrCode: "DeploymentGroupAlreadyExistsException"},
		{args: deployGroupArgs("other", "--deployment-config-name", "none"), wantErrCode: "DeploymentConfigDoesNotExistException"},
		{args: deployGroupArgs("other", "--deployment-style", "deploymentType=IN_PLACE,deploymentOption=WITH_TRAFFIC_CONTROL"), wantErrCode: "InvalidDeploymentStyleException"},
		{args: []string{"get-deployment-group", "--application-name", "shop", "--deployment-group-name", "live"}, want: `{"deploymentGroupInfo": {"deploymentConfigName": "slow",
			"computePlatform": "Lambda", "serviceRoleArn": "*", "alarmConfiguration": {"enabled": true, "alarms": [{"name": "errors"}]},
			"autoRollbackConfiguration": {"enabled": true, "events": ["DEPLOYMENT_FAILURE"]}}}`},
		{args: []string{"get-deployment-group", "--application-name", "shop", "--deployment-group-name", "none"}, wantErrCode: "DeploymentGroupDoesNotExistException"},
		{args: []string{"list-applications"}, want: `{"applications": ["shop"]}`},
		{args: []string{"batch-get-applications", "--application-names", "shop"}, want: `{"applicationsInfo": [{"applicationName": "shop", "computePlatform": "Lambda"}]}`},
		{args: []string{"batch-get-applications", "--application-names", "shop", "none"}, wantErrCode: "ApplicationDoesNotExistException"},
		// The CLI's pager keeps the groups alone.
		{args: []string{"list-deployment-groups", "--application-name", "shop", "--no-paginate"}, want: `{"applicationName": "shop", "deploymentGroups": ["live"]}`},
		{args: []string{"list-deployment-groups", "--application-name", "none"}, wantErrCode: "ApplicationDoesNotExistException"},
		{args: []string{"batch-get-deployment-groups", "--application-name", "shop", "--deployment-group-names", "live"},
			want: `{"deploymentGroupsInfo": [{"applicationName": "shop", "deploymentGroupName": "live", "deploymentConfigName": "slow", "computePlatform": "Lambda"}]}`},
	}
}

func contractDeployments() []contractCase {
	onLambda := func(pass time.Duration, want string, args ...string) contractCase {
		return contractCase{service: "lambda", pass: pass, args: args, want: want}
	}
	create := createFunctionCase()
	create.service = "lambda"
	deploy := func(current, target, hooks string, more ...string) []string {
		return append([]string{"create-deployment", "--application-name", "shop", "--deployment-group-name", "live", "--revision", revisionOf(current, target, hooks)}, more...)
	}
	serves := func(pass time.Duration, want string) contractCase {
		return onLambda(pass, want, "get-alias", "--function-name", "app", "--name", "live")
	}
	hooks := `,"Hooks":[{"BeforeAllowTraffic":"app"}]`
	return []contractCase{
		create,
		onLambda(3*time.Second, `{"Version": "1"}`, "publish-version", "--function-name", "app"),
		onLambda(3*time.Second, `{"Version": "2"}`, "update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip", "--publish"),
		onLambda(3*time.Second, `{"FunctionVersion": "1"}`, "create-alias", "--function-name", "app", "--name", "live", "--function-version", "1"),
		{args: []string{"create-application", "--application-name", "shop", "--compute-platform", "Lambda"}},
		{args: deployGroupArgs("live", "--deployment-config-name", "CodeDeployDefault.LambdaCanary10Percent5Minutes")},
		{args: deploy("1", "2", "", "--revision", `{"revisionType":"AppSpecContent","appSpecContent":{"content":"{}"}}`), wantErrCode: "InvalidRevisionException"},
		{args: deploy("1", "2", hooks, "--description", "first"), want: `{"deploymentId": "*"}`, keep: map[string]string{"ID": "deploymentId"}},
		{args: deploy("1", "2", ""), wantErrCode: "DeploymentLimitExceededException"},
		{args: []string{"list-deployment-targets", "--deployment-id", "$ID"}, wantErrCode: "DeploymentNotStartedException"},
		{pass: 4 * time.Second, args: []string{"get-deployment", "--deployment-id", "$ID"}, want: `{"deploymentInfo": {"status": "InProgress", "creator": "user", "description": "first",
			"deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes", "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "*"}}}}`},
		{args: []string{"put-lifecycle-event-hook-execution-status", "--deployment-id", "$ID", "--lifecycle-event-hook-execution-id", "x", "--status", "Succeeded"},
			wantErrCode: "LifecycleEventAlreadyCompletedException"},
		{args: []string{"put-lifecycle-event-hook-execution-status", "--deployment-id", "$ID", "--lifecycle-event-hook-execution-id", "$ID:BeforeAllowTraffic", "--status", "Succeeded"},
			want: `{"lifecycleEventHookExecutionId": "$ID:BeforeAllowTraffic"}`},
		serves(0, `{"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}`),
		{args: []string{"list-deployment-targets", "--deployment-id", "$ID"}, want: `{"targetIds": ["app:live"]}`},
		{args: []string{"batch-get-deployment-targets", "--deployment-id", "$ID", "--target-ids", "app:live"}, want: `{"deploymentTargets": [{"deploymentTargetType": "LambdaTarget", "lambdaTarget": {
			"lambdaFunctionInfo": {"functionName": "app", "functionAlias": "live", "currentVersion": "1", "targetVersion": "2", "targetVersionWeight": 10.0},
			"lifecycleEvents": [{"lifecycleEventName": "BeforeAllowTraffic", "status": "Succeeded"}, {"lifecycleEventName": "AllowTraffic", "status": "InProgress"}, {"status": "Pending"}]}}]}`},
		{args: []string{"stop-deployment", "--deployment-id", "$ID", "--auto-rollback-enabled"}, want: `{"status": "Pending"}`},
		{pass: 6 * time.Second, args: []string{"get-deployment", "--deployment-id", "$ID"}, want: `{"deploymentInfo": {"status": "Stopped", "errorInformation": {"code": "MANUAL_STOP"}}}`},
		{args: []string{"stop-deployment", "--deployment-id", "$ID"}, wantErrCode: "DeploymentAlreadyCompletedException"},
		{pass: 20 * time.Second, args: []string{"get-deployment", "--deployment-id", "$ID"}, want: `{"deploymentInfo": {"rollbackInfo": {"rollbackDeploymentId": "*"}}}`,
			keep: map[string]string{"BACK": "deploymentInfo.rollbackInfo.rollbackDeploymentId"}},
		{args: []string{"get-deployment", "--deployment-id", "$BACK"}, want: `{"deploymentInfo": {"status": "Succeeded", "creator": "codeDeployRollback",
			"rollbackInfo": {"rollbackTriggeringDeploymentId": "$ID"}}}`},
		serves(0, `{"FunctionVersion": "1"}`),
		{args: deploy("1", "2", ""), keep: map[string]string{"ID": "deploymentId"}},
		serves(5*time.Minute+10*time.Second, `{"FunctionVersion": "2"}`),
		{args: []string{"list-deployments", "--application-name", "shop", "--deployment-group-name", "live", "--include-only-statuses", "Succeeded"}, want: `{"deployments": ["$ID", "$BACK"]}`},
		{args: []string{"get-deployment-group", "--application-name", "shop", "--deployment-group-name", "live"},
			want: `{"deploymentGroupInfo": {"lastSuccessfulDeployment": {"deploymentId": "$ID"}, "lastAttemptedDeployment": {"status": "Succeeded"}}}`},
	}
}
