package emulator

import (
	"testing"
	"time"
)

func contractEC2() []contractGroup {
	return []contractGroup{contractTemplates(), contractInstances(), contractNetwork()}
}

func contractTemplates() contractGroup {
	return contractGroup{name: "launch templates", service: "ec2", cases: []contractCase{
		{
			args: []string{"create-launch-template", "--launch-template-name", "web", "--version-description", "first",
				"--launch-template-data", `{"ImageId":"ami-00000000000000001","InstanceType":"t3.micro","Monitoring":{"Enabled":true},"SecurityGroupIds":["sg-1"]}`,
				"--tag-specifications", "ResourceType=launch-template,Tags=[{Key=env,Value=test}]"},
			want: `{"LaunchTemplate": {"LaunchTemplateName": "web", "DefaultVersionNumber": 1, "LatestVersionNumber": 1, "CreateTime": "*", "Tags": [{"Key": "env", "Value": "test"}]}}`,
			keep: map[string]string{"LT": "LaunchTemplate.LaunchTemplateId"},
		},
		{args: []string{"create-launch-template", "--launch-template-name", "web", "--launch-template-data", "InstanceType=t3.micro"}, wantErrCode: "InvalidLaunchTemplateName.AlreadyExistsException"},
		{
			args: []string{"create-launch-template-version", "--launch-template-id", "$LT", "--source-version", "1",
				"--launch-template-data", `{"ImageId":"ami-00000000000000002","UserData":"aGVsbG8="}`},
			want: `{"LaunchTemplateVersion": {"LaunchTemplateId": "$LT", "VersionNumber": 2, "DefaultVersion": false, "LaunchTemplateData": {
				"ImageId": "ami-00000000000000002", "InstanceType": "t3.micro", "UserData": "aGVsbG8=", "Monitoring": {"Enabled": true}, "SecurityGroupIds": ["sg-1"]}}}`,
		},
		{args: []string{"create-launch-template-version", "--launch-template-id", "$LT", "--source-version", "9", "--launch-template-data", "InstanceType=t3.micro"}, wantErrCode: "InvalidLaunchTemplateId.VersionNotFound"},
		{args: []string{"create-launch-template-version", "--launch-template-id", "$LT", "--launch-template-data", "InstanceType=t3.micro", "--dry-run"}, wantErrCode: "DryRunOperation"},
		{
			args: []string{"describe-launch-templates", "--filters", "Name=tag:env,Values=te*"},
			want: `{"LaunchTemplates": [{"LaunchTemplateId": "$LT", "LatestVersionNumber": 2, "DefaultVersionNumber": 1}]}`,
		},
		{args: []string{"describe-launch-templates", "--launch-template-names", "none"}, wantErrCode: "InvalidLaunchTemplateName.NotFoundException"},
		{
			args: []string{"describe-launch-template-versions", "--launch-template-name", "web", "--versions", "$Latest", "$Default"},
			want: `{"LaunchTemplateVersions": [{"VersionNumber": 2}, {"VersionNumber": 1, "DefaultVersion": true, "VersionDescription": "first"}]}`,
		},
		{args: []string{"describe-launch-template-versions", "--launch-template-id", "lt-00000000000000000"}, wantErrCode: "InvalidLaunchTemplateId.NotFound"},
		{args: []string{"modify-launch-template", "--launch-template-id", "$LT", "--default-version", "2"}, want: `{"LaunchTemplate": {"DefaultVersionNumber": 2}}`},
		{
			args: []string{"delete-launch-template-versions", "--launch-template-id", "$LT", "--versions", "1", "2"},
			want: `{"SuccessfullyDeletedLaunchTemplateVersions": [{"VersionNumber": 1}], "UnsuccessfullyDeletedLaunchTemplateVersions": [{"VersionNumber": 2, "ResponseError": {"Code": "unexpectedError"}}]}`,
		},
		{args: []string{"delete-launch-template", "--launch-template-id", "$LT"}, want: `{"LaunchTemplate": {"LaunchTemplateName": "web"}}`},
		{args: []string{"describe-launch-templates"}, want: `{"LaunchTemplates": []}`},
	}}
}

func contractInstances() contractGroup {
	return contractGroup{name: "instances and images", service: "ec2", cases: []contractCase{
		{
			args: []string{"register-image", "--name", "web-1", "--architecture", "x86_64", "--root-device-name", "/dev/xvda",
				"--tag-specifications", "ResourceType=image,Tags=[{Key=app,Value=web}]"},
			keep: map[string]string{"AMI": "ImageId"},
		},
		{args: []string{"describe-images", "--owners", "self", "--filters", "Name=tag:app,Values=web"}, want: `{"Images": [{"ImageId": "$AMI", "Name": "web-1", "State": "available", "Architecture": "x86_64"}]}`},
		{args: []string{"describe-images", "--image-ids", "ami-00000000000000009"}, wantErrCode: "InvalidAMIID.NotFound"},
		{
			args: []string{"run-instances", "--image-id", "$AMI", "--instance-type", "t3.micro", "--count", "1",
				"--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=one}]"},
			want: `{"ReservationId": "*", "Instances": [{"ImageId": "$AMI", "State": {"Name": "pending", "Code": 0}, "Tags": [{"Key": "Name", "Value": "one"}]}]}`,
			keep: map[string]string{"I": "Instances.0.InstanceId"},
		},
		{args: []string{"run-instances", "--image-id", "ami-00000000000000009", "--instance-type", "t3.micro"}, wantErrCode: "InvalidAMIID.NotFound"},
		{
			pass: time.Minute, args: []string{"describe-instances", "--instance-ids", "$I"},
			want: `{"Reservations": [{"Instances": [{"InstanceId": "$I", "State": {"Name": "running", "Code": 16}, "Placement": {"AvailabilityZone": "eu-west-1a"}, "PrivateIpAddress": "*", "LaunchTime": "*"}]}]}`,
		},
		{args: []string{"describe-instances", "--instance-ids", "i-00000000000000009"}, wantErrCode: "InvalidInstanceID.NotFound"},
		{
			args: []string{"describe-instance-status"},
			want: `{"InstanceStatuses": [{"InstanceId": "$I", "InstanceStatus": {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}}]}`,
		},
		{args: []string{"create-tags", "--resources", "$I", "--tags", "Key=Name,Value=two"}},
		{args: []string{"create-tags", "--resources", "i-9", "--tags", "Key=Name,Value=two"}, wantErrCode: "InvalidID"},
		{
			args: []string{"describe-tags", "--filters", "Name=resource-id,Values=$I"},
			want: `{"Tags": [{"ResourceId": "$I", "ResourceType": "instance", "Key": "Name", "Value": "two"}]}`,
		},
		{args: []string{"get-console-output", "--instance-id", "$I"}, want: `{"InstanceId": "$I", "Output": "hello"}`},
		{args: []string{"get-console-output", "--instance-id", "i-9"}, wantErrCode: "InvalidInstanceID.NotFound"},
		{
			args: []string{"terminate-instances", "--instance-ids", "$I"},
			want: `{"TerminatingInstances": [{"InstanceId": "$I", "PreviousState": {"Name": "running"}, "CurrentState": {"Name": "shutting-down", "Code": 32}}]}`,
		},
		{args: []string{"deregister-image", "--image-id", "$AMI"}, want: `{"Return": true}`},
		{args: []string{"deregister-image", "--image-id", "$AMI"}, wantErrCode: "InvalidAMIID.Unavailable"},
	}, seed: func(t *testing.T, e *Emulator) {
		e.SetImageBehaviour(testRegion, "ami-00000000000000001", Behaviour{Console: "hello"})
	}}
}

func contractNetwork() contractGroup {
	return contractGroup{name: "network", service: "ec2", cases: []contractCase{
		{
			args: []string{"describe-vpcs", "--filters", "Name=is-default,Values=true"},
			want: `{"Vpcs": [{"IsDefault": true, "CidrBlock": "172.31.0.0/16", "State": "available"}]}`,
			keep: map[string]string{"VPC": "Vpcs.0.VpcId"},
		},
		{
			args: []string{"describe-subnets", "--filters", "Name=vpc-id,Values=$VPC"},
			want: `{"Subnets": [{"AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1", "AvailableIpAddressCount": 4091}, {"AvailabilityZone": "eu-west-1b"}, {"AvailabilityZone": "eu-west-1c"}]}`,
		},
		{args: []string{"describe-subnets", "--subnet-ids", "subnet-0"}, wantErrCode: "InvalidSubnetID.NotFound"},
		{args: []string{"describe-security-groups"}, want: `{"SecurityGroups": [{"GroupName": "default", "VpcId": "$VPC"}]}`},
		{args: []string{"describe-security-groups", "--group-ids", "sg-0"}, wantErrCode: "InvalidGroup.NotFound"},
		{args: []string{"describe-key-pairs"}, want: `{"KeyPairs": [{"KeyName": "default"}]}`},
		{args: []string{"describe-key-pairs", "--key-names", "none"}, wantErrCode: "InvalidKeyPair.NotFound"},
		{args: []string{"describe-regions"}, want: `{"Regions": [{"RegionName": "eu-west-1"}]}`},
		{args: []string{"describe-availability-zones"}, want: `{"AvailabilityZones": [{"ZoneName": "eu-west-1a", "State": "available"}, {}, {}]}`},
		{
			args: []string{"describe-instance-types", "--instance-types", "m5.large"},
			want: `{"InstanceTypes": [{"InstanceType": "m5.large", "VCpuInfo": {"DefaultVCpus": 2}, "MemoryInfo": {"SizeInMiB": 8192}}]}`,
		},
		{args: []string{"describe-volumes"}, wantErrCode: "NotSupportedByEmulator"},
	}}
}
