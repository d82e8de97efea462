package emulator

import "time"

func contractHooks() contractGroup {
	name := []string{"--auto-scaling-group-name", "web"}
	hook := append([]string{"--lifecycle-hook-name", "ready"}, name...)
	return contractGroup{name: "lifecycle hooks", service: "autoscaling", seed: seedGroup(true), cases: []contractCase{
		{args: append([]string{"describe-lifecycle-hooks"}, name...), want: `{"LifecycleHooks": []}`},
		{
			pass: time.Minute, args: append([]string{"put-lifecycle-hook", "--lifecycle-transition", "autoscaling:EC2_INSTANCE_LAUNCHING",
				"--heartbeat-timeout", "60", "--notification-metadata", "v2"}, hook...),
		},
		{args: append([]string{"put-lifecycle-hook", "--heartbeat-timeout", "20"}, hook...), wantErrCode: "ValidationError"},
		{args: append([]string{"put-lifecycle-hook", "--lifecycle-hook-name", "other"}, name...), wantErrCode: "ValidationError"},
		{
			args: append([]string{"describe-lifecycle-hooks", "--lifecycle-hook-names", "ready"}, name...),
			want: `{"LifecycleHooks": [{"LifecycleHookName": "ready", "AutoScalingGroupName": "web", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
				"HeartbeatTimeout": 60, "GlobalTimeout": 6000, "DefaultResult": "ABANDON", "NotificationMetadata": "v2"}]}`,
		},
		{args: append([]string{"set-desired-capacity", "--desired-capacity", "4"}, name...)},
		{
			pass: 30 * time.Second, args: []string{"describe-auto-scaling-instances"}, keep: map[string]string{"I": "AutoScalingInstances.3.InstanceId"},
			want: `{"AutoScalingInstances": [{}, {}, {}, {"LifecycleState": "Pending:Wait"}]}`,
		},
		{args: append([]string{"record-lifecycle-action-heartbeat", "--instance-id", "$I"}, hook...)},
		{args: append([]string{"record-lifecycle-action-heartbeat", "--instance-id", "i-0"}, hook...), wantErrCode: "ValidationError"},
		{args: append([]string{"complete-lifecycle-action", "--lifecycle-action-result", "ABANDON", "--instance-id", "$I"}, hook...)},
		{
			args: append([]string{"describe-scaling-activities", "--max-items", "3"}, name...),
			want: `{"Activities": [{"StatusCode": "PreInService"}, {"Description": "Terminating EC2 instance: $I"}, {"StatusCode": "Cancelled", "StatusMessage": "*"}], "NextToken": "*"}`,
		},
		{args: append([]string{"delete-lifecycle-hook"}, hook...)},
		{args: append([]string{"delete-lifecycle-hook"}, hook...), wantErrCode: "ValidationError"},
	}}
}

func contractWarmPool() contractGroup {
	name := []string{"--auto-scaling-group-name", "web"}
	return contractGroup{name: "warm pool", service: "autoscaling", seed: seedGroup(true), cases: []contractCase{
		{args: append([]string{"describe-warm-pool"}, name...), want: `{"Instances": []}`},
		{
			pass: time.Minute, args: append([]string{"put-warm-pool", "--max-group-prepared-capacity", "5", "--min-size", "1", "--pool-state", "Stopped",
				"--instance-reuse-policy", "ReuseOnScaleIn=true"}, name...),
		},
		{args: append([]string{"put-warm-pool", "--max-group-prepared-capacity", "0"}, name...), wantErrCode: "ValidationError"},
		{
			pass: time.Minute, args: append([]string{"describe-warm-pool"}, name...),
			want: `{"WarmPoolConfiguration": {"MaxGroupPreparedCapacity": 5, "MinSize": 1, "PoolState": "Stopped", "InstanceReusePolicy": {"ReuseOnScaleIn": true}},
				"Instances": [{"LifecycleState": "Warmed:Stopped", "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "1"}, "HealthStatus": "Healthy"}, {}]}`,
		},
		{
			args: []string{"describe-auto-scaling-groups", "--auto-scaling-group-names", "web"},
			want: `{"AutoScalingGroups": [{"WarmPoolSize": 2, "WarmPoolConfiguration": {"PoolState": "Stopped"}, "Instances": [{}, {}, {}]}]}`,
		},
		{args: append([]string{"start-instance-refresh", "--desired-configuration", "LaunchTemplate={LaunchTemplateName=web,Version=2}",
			"--preferences", `{"MinHealthyPercentage":100,"MaxHealthyPercentage":200,"InstanceWarmup":0}`}, name...)},
		{args: append([]string{"put-warm-pool"}, name...), wantErrCode: "InstanceRefreshInProgress"},
		{
			pass: 40 * time.Second, args: append([]string{"describe-instance-refreshes"}, name...),
			want: `{"InstanceRefreshes": [{"Status": "InProgress", "ProgressDetails": {
				"LivePoolProgress": {"PercentageComplete": 100, "InstancesToUpdate": 0}, "WarmPoolProgress": {"PercentageComplete": 0, "InstancesToUpdate": 2}}}]}`,
		},
		{
			pass: 2 * time.Minute, args: append([]string{"describe-instance-refreshes"}, name...), want: `{"InstanceRefreshes": [{"Status": "Successful"}]}`,
		},
		{args: append([]string{"delete-warm-pool"}, name...)},
		{args: append([]string{"describe-warm-pool"}, name...), want: `{"WarmPoolConfiguration": {"Status": "PendingDelete"}, "Instances": [{"LifecycleState": "Warmed:Terminating"}, {}]}`},
		{pass: time.Minute, args: append([]string{"delete-warm-pool", "--force-delete"}, name...), wantErrCode: "ValidationError"},
	}}
}
