package provider

import "github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"

// appImagePermissions are those of awsdeploy_app_image in a repository of
// Amazon ECR: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func appImagePermissions() permission.Type {
	const base, used = "base_image in Amazon ECR", "retain.protect_in_use"
	all := []permission.Permission{
		{Action: "ecr:GetAuthorizationToken", Resource: "*", Why: "signs in"},
		{Action: "ecr:BatchGetImage", Resource: repositoryARN, Why: "reads manifests: which digest a tag has"},
		{Action: "ecr:BatchCheckLayerAvailability", Resource: repositoryARN, Apply: true, Why: "sees which layers are there"},
		{Action: "ecr:InitiateLayerUpload", Resource: repositoryARN, Apply: true, Why: "sends a layer"},
		{Action: "ecr:UploadLayerPart", Resource: repositoryARN, Apply: true, Why: "the same"},
		{Action: "ecr:CompleteLayerUpload", Resource: repositoryARN, Apply: true, Why: "the same"},
		{Action: "ecr:PutImage", Resource: repositoryARN, Apply: true, Why: "puts manifests and tags"},
		{Action: "ecr:BatchGetImage", Resource: baseARN, Feature: base, Why: "reads the base image's manifest"},
		{Action: "ecr:GetDownloadUrlForLayer", Resource: baseARN, Feature: base, Why: "reads the base image's layers"},
		{Action: "ecr:StartImageScan", Resource: repositoryARN, Feature: "gate", Apply: true, Why: "has the image scanned, unless that is done on push"},
		{Action: "ecr:DescribeImageScanFindings", Resource: repositoryARN, Feature: "gate", Apply: true, Why: "reads what the scan found"},
		{Action: "ecr:DescribeImages", Resource: repositoryARN, Feature: "retain", Apply: true, Why: "reads the tags of old images", Without: "a warning; old images stay"},
		{Action: "ecr:BatchDeleteImage", Resource: repositoryARN, Feature: "retain", Apply: true, Why: "deletes old images", Without: "a warning; old images stay"},
	}
	for _, p := range []permission.Permission{
		{Action: "lambda:ListFunctions", Why: "finds functions that run an old image"},
		{Action: "ecs:ListTaskDefinitions", Why: "finds task definitions that name it"},
		{Action: "ecs:DescribeTaskDefinition", Why: "the same"},
		{Action: "ec2:DescribeLaunchTemplates", Why: "finds user data that names it"},
		{Action: "ec2:DescribeLaunchTemplateVersions", Why: "the same"},
	} {
		p.Resource, p.Feature, p.Apply, p.Without = "*", used, true, "a warning; old images stay"
		all = append(all, p)
	}
	return permission.Type{Name: "awsdeploy_app_image",
		Notes: []string{"For a repository in Amazon ECR. Other registries know nothing of IAM. A base image in Amazon ECR Public is pulled without any permission; " +
			"with those of `awsdeploy_registry_login` for `public.ecr.aws` AWS lets you pull more often.",
			"`retain.protect_in_use` takes `CodeSha256` of a function of an image for the image's digest. Where it is not, the provider asks for `lambda:GetFunction` too, and keeps the image without it."},
		All: all}
}
