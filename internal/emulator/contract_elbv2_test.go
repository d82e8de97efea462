package emulator

import (
	"testing"
	"time"
)

func contractELB() []contractGroup {
	return []contractGroup{{
		name: "target groups", service: "elbv2",
		seed: func(t *testing.T, e *Emulator) {
			e.SetTargetAnswer(testRegion, "172.31.0.9", TargetAnswer{Serving: true})
		},
		cases: []contractCase{
			{service: "ec2", args: []string{"describe-subnets"}, keep: map[string]string{"VPC": "Subnets.0.VpcId", "A": "Subnets.0.SubnetId", "B": "Subnets.1.SubnetId"}},
			{args: []string{"create-target-group", "--name", "web", "--protocol", "HTTP", "--port", "80", "--vpc-id", "$VPC", "--target-type", "ip", "--health-check-interval-seconds", "10"},
				want: `{"TargetGroups": [{"TargetGroupName": "web", "HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2, "HealthCheckIntervalSeconds": 10,
					"HealthCheckTimeoutSeconds": 6, "Matcher": {"HttpCode": "200"}, "LoadBalancerArns": [], "TargetType": "ip"}]}`,
				keep: map[string]string{"GROUP": "TargetGroups.0.TargetGroupArn"}},
			{args: []string{"create-target-group", "--name", "web", "--protocol", "HTTP", "--port", "81", "--vpc-id", "$VPC"}, wantErrCode: "DuplicateTargetGroupName"},
			{args: []string{"create-target-group", "--name", "a.b", "--protocol", "HTTP", "--port", "81", "--vpc-id", "$VPC"}, wantErrCode: "ValidationError"},
			{args: []string{"create-load-balancer", "--name", "front", "--subnets", "$A", "$B"},
				want: `{"LoadBalancers": [{"LoadBalancerName": "front", "State": {"Code": "provisioning"}, "Type": "application", "Scheme": "internet-facing"}]}`,
				keep: map[string]string{"BALANCER": "LoadBalancers.0.LoadBalancerArn"}},
			{args: []string{"create-load-balancer", "--name", "other", "--subnets", "subnet-none", "$B"}, wantErrCode: "SubnetNotFound"},
			{args: []string{"create-listener", "--load-balancer-arn", "$BALANCER", "--protocol", "HTTP", "--port", "80", "--default-actions", "Type=forward,TargetGroupArn=$GROUP"},
				want: `{"Listeners": [{"Port": 80, "Protocol": "HTTP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": "$GROUP",
					"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "$GROUP", "Weight": 1}], "TargetGroupStickinessConfig": {"Enabled": false}}}]}]}`,
				keep: map[string]string{"LISTENER": "Listeners.0.ListenerArn"}},
			{args: []string{"create-listener", "--load-balancer-arn", "$BALANCER", "--protocol", "HTTP", "--port", "80", "--default-actions", "Type=forward,TargetGroupArn=$GROUP"},
				wantErrCode: "DuplicateListener"},
			{args: []string{"describe-target-groups", "--names", "web"}, want: `{"TargetGroups": [{"LoadBalancerArns": ["$BALANCER"]}]}`},
			{args: []string{"describe-target-groups", "--names", "none"}, wantErrCode: "TargetGroupNotFound"},
			{args: []string{"modify-target-group", "--target-group-arn", "$GROUP", "--health-check-path", "/healthz"}, want: `{"TargetGroups": [{"HealthCheckPath": "/healthz"}]}`},
			{args: []string{"modify-target-group-attributes", "--target-group-arn", "$GROUP", "--attributes", "Key=deregistration_delay.timeout_seconds,Value=30"}},
			{args: []string{"modify-target-group-attributes", "--target-group-arn", "$GROUP", "--attributes", "Key=deregistration_delay.timeout_seconds,Value=9999"}, wantErrCode: "ValidationError"},
			{args: []string{"describe-target-group-attributes", "--target-group-arn", "$GROUP"}, want: `{"Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}, "*", "*", "*", "*", "*", "*"]}`},
			{args: []string{"register-targets", "--target-group-arn", "$GROUP", "--targets", "Id=172.31.0.9", "Id=172.31.0.10,Port=81"}},
			{args: []string{"register-targets", "--target-group-arn", "${GROUP}x", "--targets", "Id=172.31.0.9"}, wantErrCode: "TargetGroupNotFound"},
			{args: []string{"describe-target-health", "--target-group-arn", "$GROUP", "--targets", "Id=172.31.0.9"},
				want: `{"TargetHealthDescriptions": [{"Target": {"Id": "172.31.0.9", "Port": 80}, "HealthCheckPort": "80", "TargetHealth": {"State": "initial", "Reason": "Elb.RegistrationInProgress", "Description": "*"}}]}`},
			{pass: time.Minute, args: []string{"describe-target-health", "--target-group-arn", "$GROUP"},
				want: `{"TargetHealthDescriptions": [{"TargetHealth": {"State": "healthy"}}, {"TargetHealth": {"State": "unhealthy", "Reason": "Target.FailedHealthChecks"}}]}`},
			{args: []string{"deregister-targets", "--target-group-arn", "$GROUP", "--targets", "Id=172.31.0.9"}},
			{args: []string{"describe-target-health", "--target-group-arn", "$GROUP", "--targets", "Id=172.31.0.9", "Id=172.31.0.99"},
				want: `{"TargetHealthDescriptions": [{"TargetHealth": {"State": "draining"}}, {"TargetHealth": {"State": "unused", "Reason": "Target.NotRegistered"}}]}`},
			{args: []string{"delete-target-group", "--target-group-arn", "$GROUP"}, wantErrCode: "ResourceInUse"},
			{pass: 2 * time.Minute, args: []string{"describe-load-balancers", "--names", "front"}, want: `{"LoadBalancers": [{"State": {"Code": "active"}}]}`},
			{args: []string{"describe-load-balancers", "--names", "none"}, wantErrCode: "LoadBalancerNotFound"},
			{args: []string{"add-tags", "--resource-arns", "$GROUP", "--tags", "Key=a,Value=b"}},
			{args: []string{"describe-tags", "--resource-arns", "$GROUP"}, want: `{"TagDescriptions": [{"ResourceArn": "$GROUP", "Tags": [{"Key": "a", "Value": "b"}]}]}`},
			{args: []string{"describe-listeners", "--load-balancer-arn", "$BALANCER"}, want: `{"Listeners": [{"ListenerArn": "$LISTENER"}]}`},
			{args: []string{"delete-listener", "--listener-arn", "$LISTENER"}},
			{args: []string{"delete-listener", "--listener-arn", "$LISTENER"}, wantErrCode: "ListenerNotFound"},
			{args: []string{"delete-load-balancer", "--load-balancer-arn", "$BALANCER"}},
			{args: []string{"delete-target-group", "--target-group-arn", "$GROUP"}},
			{args: []string{"describe-target-groups"}, want: `{"TargetGroups": []}`},
		},
	}}
}
