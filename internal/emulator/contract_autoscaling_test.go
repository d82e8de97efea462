package emulator

import (
	"testing"
	"time"
)

func contractAutoScaling() []contractGroup {
	return []contractGroup{contractScalingGroups(), contractMembers(), contractRefreshes(), contractHooks(), contractWarmPool()}
}

// seedGroup makes a launch template "web" with two versions, and when asked a
// group "web" of three instances in service.
func seedGroup(withGroup bool) func(*testing.T, *Emulator) {
	return func(t *testing.T, e *Emulator) {
		must := func(service, operation string, in map[string]any) {
			t.Helper()
			if _, err := e.Call(testRegion, service, operation, in); err != nil {
				t.Fatal(err)
			}
		}
		e.AddImage(testRegion, ami(1), "one")
		e.AddImage(testRegion, ami(2), "two")
		must("ec2", "CreateLaunchTemplate", map[string]any{
			"LaunchTemplateName": "web", "LaunchTemplateData": map[string]any{"ImageId": ami(1), "InstanceType": "t3.micro"},
		})
		must("ec2", "CreateLaunchTemplateVersion", map[string]any{
			"LaunchTemplateName": "web", "SourceVersion": "1", "LaunchTemplateData": map[string]any{"ImageId": ami(2)},
		})
		if withGroup {
			must("autoscaling", "CreateAutoScalingGroup", map[string]any{
				"AutoScalingGroupName": "web", "MinSize": 1, "MaxSize": 6, "DesiredCapacity": 3, "AvailabilityZones": []string{"eu-west-1a"},
				"LaunchTemplate": map[string]any{"LaunchTemplateName": "web", "Version": "1"},
			})
		}
	}
}

func contractScalingGroups() contractGroup {
	name := []string{"--auto-scaling-group-name", "web"}
	return contractGroup{name: "groups", service: "autoscaling", seed: seedGroup(false), cases: []contractCase{
		{
			args: append([]string{"create-auto-scaling-group", "--min-size", "0", "--max-size", "4", "--desired-capacity", "2",
				"--launch-template", "LaunchTemplateName=web,Version=1", "--availability-zones", "eu-west-1a", "eu-west-1b",
				"--health-check-grace-period", "60", "--default-instance-warmup", "30",
				"--instance-maintenance-policy", "MinHealthyPercentage=90,MaxHealthyPercentage=120",
				"--tags", "Key=env,Value=test,PropagateAtLaunch=true"}, name...),
		},
		{
			args:        append([]string{"create-auto-scaling-group", "--min-size", "0", "--max-size", "4", "--launch-template", "LaunchTemplateName=web", "--availability-zones", "eu-west-1a"}, name...),
			wantErrCode: "AlreadyExists",
		},
		{
			pass: time.Minute, args: []string{"describe-auto-scaling-groups", "--auto-scaling-group-names", "web"},
			want: `{"AutoScalingGroups": [{"AutoScalingGroupName": "web", "MinSize": 0, "MaxSize": 4, "DesiredCapacity": 2,
				"LaunchTemplate": {"LaunchTemplateId": "*", "LaunchTemplateName": "web", "Version": "1"}, "HealthCheckType": "EC2", "HealthCheckGracePeriod": 60,
				"DefaultInstanceWarmup": 30, "InstanceMaintenancePolicy": {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120},
				"AvailabilityZones": ["eu-west-1a", "eu-west-1b"], "Tags": [{"ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "env", "Value": "test", "PropagateAtLaunch": true}],
				"Instances": [{"LifecycleState": "InService", "HealthStatus": "Healthy", "ProtectedFromScaleIn": false, "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "1"}}, {"AvailabilityZone": "eu-west-1b"}]}]}`,
		},
		{
			args: append([]string{"describe-scaling-activities"}, name...),
			want: `{"Activities": [{"StatusCode": "Successful", "Progress": 100, "Description": "*", "Cause": "*", "EndTime": "*", "Details": "*"}, {}]}`,
		},
		{args: append([]string{"set-desired-capacity", "--desired-capacity", "3"}, name...)},
		{args: append([]string{"set-desired-capacity", "--desired-capacity", "9"}, name...), wantErrCode: "ValidationError"},
		{args: append([]string{"update-auto-scaling-group", "--max-size", "6", "--launch-template", "LaunchTemplateName=web,Version=2"}, name...)},
		{args: append([]string{"update-auto-scaling-group", "--launch-template", "LaunchTemplateName=web,Version=9"}, name...), wantErrCode: "ValidationError"},
		{args: append([]string{"suspend-processes", "--scaling-processes", "Launch"}, name...)},
		{
			args: []string{"describe-auto-scaling-groups", "--no-include-instances"},
			want: `{"AutoScalingGroups": [{"MaxSize": 6, "Instances": [], "SuspendedProcesses": [{"ProcessName": "Launch"}]}]}`,
		},
		{args: append([]string{"resume-processes"}, name...)},
		{args: []string{"create-or-update-tags", "--tags", "ResourceId=web,ResourceType=auto-scaling-group,Key=env,Value=prod,PropagateAtLaunch=false"}},
		{args: []string{"describe-tags", "--filters", "Name=key,Values=env"}, want: `{"Tags": [{"ResourceId": "web", "Key": "env", "Value": "prod", "PropagateAtLaunch": false}]}`},
		{args: append([]string{"describe-load-balancer-target-groups"}, name...), want: `{"LoadBalancerTargetGroups": []}`},
		{args: append([]string{"delete-auto-scaling-group"}, name...), wantErrCode: "ResourceInUse"},
		{args: append([]string{"delete-auto-scaling-group", "--force-delete"}, name...)},
		{args: []string{"describe-auto-scaling-groups"}, want: `{"AutoScalingGroups": []}`},
	}}
}

func contractMembers() contractGroup {
	name := []string{"--auto-scaling-group-name", "web"}
	return contractGroup{name: "instances", service: "autoscaling", seed: seedGroup(true), cases: []contractCase{
		{
			pass: time.Minute, args: []string{"describe-auto-scaling-instances", "--max-items", "2"},
			want: `{"AutoScalingInstances": [{"AutoScalingGroupName": "web", "LifecycleState": "InService", "HealthStatus": "HEALTHY"}, {}], "NextToken": "*"}`,
			keep: map[string]string{"A": "AutoScalingInstances.0.InstanceId", "B": "AutoScalingInstances.1.InstanceId"},
		},
		{
			args: append([]string{"enter-standby", "--instance-ids", "$A", "--should-decrement-desired-capacity"}, name...),
			want: `{"Activities": [{"Description": "Moving EC2 instance to Standby: $A", "StatusCode": "InProgress", "Progress": 50}]}`,
		},
		{args: append([]string{"enter-standby", "--instance-ids", "$A", "--should-decrement-desired-capacity"}, name...), wantErrCode: "ValidationError"},
		{
			args: append([]string{"exit-standby", "--instance-ids", "$A"}, name...),
			want: `{"Activities": [{"Description": "Moving EC2 instance out of Standby: $A", "StatusCode": "PreInService", "Progress": 30}]}`,
		},
		{pass: time.Minute, args: append([]string{"set-instance-protection", "--instance-ids", "$A", "--protected-from-scale-in"}, name...)},
		{args: []string{"describe-auto-scaling-instances", "--instance-ids", "$A"}, want: `{"AutoScalingInstances": [{"InstanceId": "$A", "LifecycleState": "InService", "ProtectedFromScaleIn": true}]}`},
		{args: []string{"set-instance-health", "--instance-id", "$B", "--health-status", "Unhealthy"}},
		{args: []string{"set-instance-health", "--instance-id", "i-9", "--health-status", "Unhealthy"}, wantErrCode: "ValidationError"},
		{
			args: []string{"terminate-instance-in-auto-scaling-group", "--instance-id", "$A", "--no-should-decrement-desired-capacity"},
			want: `{"Activity": {"Description": "Terminating EC2 instance: $A", "StatusCode": "InProgress"}}`,
		},
		{service: "ec2", args: []string{"describe-vpcs"}, keep: map[string]string{"VPC": "Vpcs.0.VpcId"}},
		{service: "ec2", args: []string{"run-instances", "--image-id", "ami-00000000000000001", "--instance-type", "t3.micro"}, keep: map[string]string{"C": "Instances.0.InstanceId"}},
		{pass: time.Minute, args: append([]string{"attach-instances", "--instance-ids", "$C"}, name...)},
		{args: append([]string{"attach-instances", "--instance-ids", "$C"}, name...), wantErrCode: "ValidationError"},
		{
			args: append([]string{"detach-instances", "--instance-ids", "$C", "--should-decrement-desired-capacity"}, name...),
			want: `{"Activities": [{"Description": "Detaching EC2 instance: $C"}]}`,
		},
		{
			service: "elbv2", args: []string{"create-target-group", "--name", "web", "--protocol", "HTTP", "--port", "80", "--target-type", "instance", "--vpc-id", "$VPC"},
			keep: map[string]string{"TG": "TargetGroups.0.TargetGroupArn"},
		},
		{args: append([]string{"attach-load-balancer-target-groups", "--target-group-arns", "$TG"}, name...)},
		{args: append([]string{"detach-load-balancer-target-groups", "--target-group-arns", "$TG"}, name...)},
		{args: append([]string{"detach-load-balancer-target-groups", "--target-group-arns", "$TG"}, name...), wantErrCode: "ValidationError"},
	}}
}

func contractRefreshes() contractGroup {
	name := []string{"--auto-scaling-group-name", "web"}
	start := append([]string{"start-instance-refresh", "--desired-configuration", "LaunchTemplate={LaunchTemplateName=web,Version=2}", "--preferences",
		`{"MinHealthyPercentage":100,"MaxHealthyPercentage":150,"InstanceWarmup":30,"CheckpointPercentages":[34,100],"CheckpointDelay":3600,"SkipMatching":true}`}, name...)
	return contractGroup{name: "instance refresh", service: "autoscaling", seed: seedGroup(true), cases: []contractCase{
		{args: append([]string{"start-instance-refresh", "--preferences", `{"CheckpointPercentages":[50,10]}`}, name...), wantErrCode: "ValidationError"},
		{pass: time.Minute, args: start, keep: map[string]string{"R": "InstanceRefreshId"}},
		{args: start, wantErrCode: "InstanceRefreshInProgress"},
		{
			pass: 10 * time.Minute, args: append([]string{"describe-instance-refreshes"}, name...),
			want: `{"InstanceRefreshes": [{"InstanceRefreshId": "$R", "AutoScalingGroupName": "web", "Status": "InProgress", "StatusReason": "*", "StartTime": "*",
				"PercentageComplete": 66, "InstancesToUpdate": 1, "Strategy": "Rolling", "DesiredConfiguration": {"LaunchTemplate": {"LaunchTemplateName": "web", "Version": "2"}},
				"Preferences": {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150, "InstanceWarmup": 30, "CheckpointPercentages": [34, 100], "CheckpointDelay": 3600,
					"SkipMatching": true, "AutoRollback": false, "ScaleInProtectedInstances": "Wait", "StandbyInstances": "Wait"}}]}`,
		},
		{args: append([]string{"rollback-instance-refresh"}, name...), want: `{"InstanceRefreshId": "$R"}`},
		{args: append([]string{"rollback-instance-refresh"}, name...), wantErrCode: "ActiveInstanceRefreshNotFound"},
		{
			pass: 10 * time.Minute, args: append([]string{"describe-instance-refreshes"}, name...),
			want: `{"InstanceRefreshes": [{"Status": "RollbackSuccessful", "PercentageComplete": 0, "EndTime": "*",
				"RollbackDetails": {"RollbackReason": "*", "RollbackStartTime": "*", "PercentageCompleteOnRollback": 66, "InstancesToUpdateOnRollback": 1}}]}`,
		},
		{args: append([]string{"cancel-instance-refresh"}, name...), wantErrCode: "ActiveInstanceRefreshNotFound"},
		{args: start, keep: map[string]string{"R": "InstanceRefreshId"}},
		{pass: time.Minute, args: append([]string{"cancel-instance-refresh"}, name...), want: `{"InstanceRefreshId": "$R"}`},
		{
			pass: time.Minute, args: append([]string{"describe-instance-refreshes", "--instance-refresh-ids", "$R"}, name...),
			want: `{"InstanceRefreshes": [{"Status": "Cancelled", "EndTime": "*"}]}`,
		},
		{args: append([]string{"start-instance-refresh", "--preferences", `{"MinHealthyPercentage":100,"SkipMatching":false}`}, name...), keep: map[string]string{"R": "InstanceRefreshId"}},
		{pass: 10 * time.Second, args: append([]string{"rollback-instance-refresh"}, name...), wantErrCode: "IrreversibleInstanceRefresh"},
	}}
}
