package emulator

import (
	"fmt"
	"strings"
)

// needs is what a request asks the policy for, its own action first. Which
// action an operation asks for, and on which resources, is in the Service
// Authorization Reference; FACTS.md has what is not.
func (e *Emulator) needs(in *incoming) []Need {
	switch in.Service {
	case "registry":
		return e.registryNeeds(in)
	case "s3":
		return []Need{{Action: s3Action(in), Resource: s3ARN(in.in.str("Bucket"), in.in.str("Key"))}}
	case "sts":
		return stsNeeds(in)
	case "lambda":
		return e.lambdaNeeds(in)
	case "codedeploy":
		return e.codedeployNeeds(in)
	case "autoscaling":
		return e.autoscalingNeeds(in)
	}
	own := Need{Action: in.Service + ":" + in.Operation, Resource: "*"}
	switch {
	case in.Service == "ec2" && strings.HasSuffix(in.Operation, "LaunchTemplateVersions") && !isRead(in.Operation), in.Operation == "CreateLaunchTemplateVersion":
		own.Resource = e.regionARN(in, "ec2", "launch-template/")
		if t, err := e.region(in.Region).ec2.template(in.in.str("LaunchTemplateId"), in.in.str("LaunchTemplateName")); err == nil {
			own.Resource += t.id
		}
	case in.Operation == "GetConsoleOutput":
		own.Resource = e.regionARN(in, "ec2", "instance/"+in.in.str("InstanceId"))
	case in.Operation == "DescribeAlarms": // a narrower scope hides composite alarms
		own.Resource = e.regionARN(in, "cloudwatch", "alarm:*")
	case in.Operation == "FilterLogEvents":
		own.Resource = e.regionARN(in, "logs", "log-group:"+in.in.str("logGroupName")+":log-stream:")
	case in.Operation == "GetInstanceProfile":
		own.Resource = "arn:aws:iam::" + e.account + ":instance-profile/" + in.in.str("InstanceProfileName")
	case in.Service == "ecr" && in.in.has("repositoryName"):
		own.Resource = e.regionARN(in, "ecr", "repository/"+in.in.str("repositoryName"))
	case in.Service == "ecr-public" && in.Operation == "GetAuthorizationToken":
		return []Need{own, {Action: "sts:GetServiceBearerToken", Resource: "*", Context: map[string]string{"sts:AWSServiceName": "ecr-public.amazonaws.com"}}}
	}
	return []Need{own}
}

func (e *Emulator) regionARN(in *incoming, service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, in.Region, e.account, resource)
}

// stsNeeds: whoever has credentials may ask whose they are, and a web
// identity's token is judged by the role's trust policy alone.
func stsNeeds(in *incoming) []Need {
	if in.Operation != "AssumeRole" {
		return nil
	}
	return []Need{{Action: "sts:AssumeRole", Resource: in.in.str("RoleArn")}}
}

func s3ARN(bucket, key string) string {
	if key == "" {
		return "arn:aws:s3:::" + bucket
	}
	return "arn:aws:s3:::" + bucket + "/" + key
}

// s3Action: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
func s3Action(in *incoming) string {
	switch in.Operation {
	case "GetObject", "HeadObject":
		return readAction(in.in.str("VersionId"))
	case "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "CopyObject":
		return "s3:PutObject"
	case "HeadBucket", "ListObjects", "ListObjectsV2":
		return "s3:ListBucket"
	case "ListObjectVersions":
		return "s3:ListBucketVersions"
	case "ListBuckets":
		return "s3:ListAllMyBuckets"
	case "DeleteObjects":
		return "s3:DeleteObject"
	}
	return "s3:" + in.Operation
}

func readAction(version string) string {
	if version != "" {
		return "s3:GetObjectVersion"
	}
	return "s3:GetObject"
}

// registryNeeds maps the distribution API: the actions are those of ECR's
// guides for pushes and pulls; which request asks for which is not told.
func (e *Emulator) registryNeeds(in *incoming) []Need {
	actions := map[string][]string{
		"HeadBlob": {"BatchCheckLayerAvailability"}, "GetBlob": {"GetDownloadUrlForLayer"},
		"StartUpload": {"InitiateLayerUpload"}, "UploadChunk": {"UploadLayerPart"}, "GetChunk": {"UploadLayerPart"},
		"FinishUpload": {"CompleteLayerUpload"},
		"HeadManifest": {"BatchGetImage"}, "GetManifest": {"BatchGetImage"}, "ListReferrers": {"BatchGetImage"},
		"PutManifest": {"PutImage"}, "DeleteManifest": {"BatchDeleteImage"}, "ListTags": {"ListImages"}, "Catalog": {"DescribeRepositories"},
	}[in.Operation]
	if in.Operation == "FinishUpload" && in.sent > 0 { // the last part comes with it
		actions = append(actions, "UploadLayerPart")
	}
	var needs []Need
	for _, action := range actions {
		needs = append(needs, Need{Action: "ecr:" + action, Resource: fmt.Sprintf("arn:aws:ecr:%s:%s:repository/%s",
			e.tokens[in.password].region, e.account, in.in.str("Repository"))})
	}
	return needs
}

func (e *Emulator) lambdaNeeds(in *incoming) []Need {
	action := "lambda:" + in.Operation
	if in.Operation == "Invoke" {
		action = "lambda:InvokeFunction"
	}
	if !in.in.has("FunctionName") || in.Operation == "ListEventSourceMappings" {
		return []Need{{Action: action, Resource: "*"}}
	}
	function := in.in.str("FunctionName")
	name, qualifier, err := functionReference(in.in)
	if err == nil {
		function = name
	}
	if qualifier != "" {
		function += ":" + qualifier
	}
	needs := []Need{{Action: action, Resource: e.regionARN(in, "lambda", "function:"+function)}}
	if bucket := in.in.str("S3Bucket"); bucket != "" {
		needs = append(needs, Need{Action: readAction(in.in.str("S3ObjectVersion")), Resource: s3ARN(bucket, in.in.str("S3Key"))})
	}
	if image := in.in.str("ImageUri"); image != "" {
		_, repository, _ := strings.Cut(image, "/")
		repository, _, _ = strings.Cut(strings.Split(repository, "@")[0], ":")
		for _, read := range []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} {
			needs = append(needs, Need{Action: read, Resource: e.regionARN(in, "ecr", "repository/"+repository)})
		}
	}
	return needs
}

func (e *Emulator) codedeployNeeds(in *incoming) []Need {
	application, group := in.in.str("applicationName"), in.in.str("deploymentGroupName")
	arn := func(kind, name string) string { return e.regionARN(in, "codedeploy", kind+":"+name) }
	action := "codedeploy:" + in.Operation
	switch in.Operation {
	case "CreateApplication", "GetApplication", "ListDeploymentGroups":
		return []Need{{Action: action, Resource: arn("application", application)}}
	case "GetDeploymentGroup":
		return []Need{{Action: action, Resource: arn("deploymentgroup", application+"/"+group)}}
	case "CreateDeploymentGroup":
		return []Need{{Action: action, Resource: arn("deploymentgroup", application+"/"+group)},
			{Action: "iam:PassRole", Resource: in.in.str("serviceRoleArn"), Context: map[string]string{"iam:PassedToService": "codedeploy.amazonaws.com"}}}
	case "CreateDeployment":
		config := in.in.str("deploymentConfigName")
		if a := e.region(in.Region).codedeploy.applications[application]; a != nil && a.groups[group] != nil && config == "" {
			config = a.groups[group].config()
		}
		return []Need{{Action: action, Resource: arn("deploymentgroup", application+"/"+group)},
			{Action: "codedeploy:GetDeploymentConfig", Resource: arn("deploymentconfig", config)},
			{Action: "codedeploy:RegisterApplicationRevision", Resource: arn("application", application)}}
	case "GetDeploymentConfig", "CreateDeploymentConfig":
		return []Need{{Action: action, Resource: arn("deploymentconfig", in.in.str("deploymentConfigName"))}}
	case "GetDeployment":
		for _, d := range e.region(in.Region).codedeploy.deployments {
			if d.id == in.in.str("deploymentId") {
				return []Need{{Action: action, Resource: arn("deploymentgroup", d.group.application.name+"/"+d.group.name)}}
			}
		}
	case "BatchGetApplications":
		var needs []Need
		for _, name := range in.in.strings("applicationNames") {
			needs = append(needs, Need{Action: action, Resource: arn("application", name)})
		}
		return needs
	case "BatchGetDeploymentGroups":
		var needs []Need
		for _, name := range in.in.strings("deploymentGroupNames") {
			needs = append(needs, Need{Action: action, Resource: arn("deploymentgroup", application+"/"+name)})
		}
		return needs
	}
	return []Need{{Action: action, Resource: "*"}}
}

// autoscalingNeeds: a refresh with another launch template needs what EC2 asks
// of who launches from it.
func (e *Emulator) autoscalingNeeds(in *incoming) []Need {
	own := Need{Action: "autoscaling:" + in.Operation, Resource: "*"}
	if isRead(in.Operation) {
		return []Need{own}
	}
	region := e.region(in.Region)
	g := region.autoscaling.groups[in.in.str("AutoScalingGroupName")]
	if g == nil {
		own.Resource = e.regionARN(in, "autoscaling", "autoScalingGroup:none:autoScalingGroupName/"+in.in.str("AutoScalingGroupName"))
		return []Need{own}
	}
	own.Resource = g.arn
	needs := []Need{own}
	desired := in.in.sub("DesiredConfiguration")
	if in.Operation != "StartInstanceRefresh" || desired == nil {
		return needs
	}
	target, err := region.autoscaling.configurationOf(desired)
	if err != nil {
		return needs // the operation refuses it
	}
	for _, spec := range target.specifications() {
		t, err := region.ec2.template(spec.str("LaunchTemplateId"), spec.str("LaunchTemplateName"))
		if err != nil {
			continue
		}
		v, err := t.version(spec.str("Version"))
		if err != nil {
			continue
		}
		needs = append(needs, e.launchNeeds(in, t, v)...)
	}
	return needs
}

// launchNeeds is what launching from a version of a template needs. Instance
// profiles have no roles here: the role is taken to have the profile's name.
func (e *Emulator) launchNeeds(in *incoming, t *launchTemplate, v *templateVersion) []Need {
	arn := e.regionARN(in, "ec2", "launch-template/"+t.id)
	needs := []Need{{Action: "ec2:RunInstances", Resource: e.regionARN(in, "ec2", "instance/*"), Context: map[string]string{"ec2:LaunchTemplate": arn}}}
	if profile := v.data.sub("IamInstanceProfile"); profile != nil {
		name := profile.str("Name")
		if at := profile.str("Arn"); at != "" {
			name = at[strings.LastIndex(at, "/")+1:]
		}
		needs = append(needs, Need{Action: "iam:PassRole", Resource: "arn:aws:iam::" + e.account + ":role/" + name,
			Context: map[string]string{"iam:PassedToService": "ec2.amazonaws.com"}})
	}
	if len(v.data.structs("TagSpecifications")) > 0 {
		needs = append(needs, Need{Action: "ec2:CreateTags", Resource: e.regionARN(in, "ec2", "instance/*"), Context: map[string]string{"ec2:CreateAction": "RunInstances"}})
	}
	for i := range needs {
		needs[i].template = t.id
	}
	return needs
}
