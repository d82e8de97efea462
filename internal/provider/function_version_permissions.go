package provider

import "github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"

// functionVersionPermissions are those of awsdeploy_function_version.
func functionVersionPermissions() permission.Type {
	all := []permission.Permission{
		{Action: "lambda:GetFunction", Resource: anyFunctionARN, Why: "reads the function and its versions"},
		{Action: "lambda:UpdateFunctionCode", Resource: functionARN, Apply: true, Why: "sends the code"},
		{Action: "lambda:PublishVersion", Resource: functionARN, Apply: true, Why: "publishes the version"},
		{Action: "lambda:ListVersionsByFunction", Resource: functionARN, Apply: true, Why: "tells a version that was published already from a conflict"},
		{Action: "s3:PutObject", Resource: objectARN, Feature: "upload", Apply: true, Why: "puts an archive that is too large to be sent"},
		{Action: "s3:AbortMultipartUpload", Resource: objectARN, Feature: "upload", Apply: true, Why: "leaves no parts of an upload that failed", Without: "the parts stay, and cost, until a lifecycle rule takes them"},
		{Action: "s3:GetObject", Resource: objectARN, Feature: "upload", Apply: true, Why: "lets Lambda read the archive"},
		{Action: "s3:GetObject", Resource: objectARN, Feature: "s3_bucket", Why: "checks that the object is there, and lets Lambda read it"},
		{Action: "s3:GetObjectVersion", Resource: objectARN, Feature: "s3_object_version", Why: "the same, of a version of the object"},
		{Action: "ecr:BatchGetImage", Resource: repositoryARN, Feature: "image_uri", Apply: true, Why: "lets Lambda read the image"},
		{Action: "ecr:GetDownloadUrlForLayer", Resource: repositoryARN, Feature: "image_uri", Apply: true, Why: "lets Lambda read the image"},
	}
	// Only keep_versions looks at a plan's time at what an apply will delete.
	const kept = "a warning; no version is deleted"
	for _, p := range []permission.Permission{
		{Action: "lambda:ListVersionsByFunction", Resource: functionARN, Why: "finds the versions that are to go"},
		{Action: "lambda:ListAliases", Resource: functionARN, Why: "finds aliases that serve a version"},
		{Action: "lambda:ListProvisionedConcurrencyConfigs", Resource: functionARN, Why: "finds versions that are provided for"},
		{Action: "lambda:ListEventSourceMappings", Resource: "*", Why: "finds event sources of a version"},
		{Action: "lambda:DeleteFunction", Resource: versionsARN, Apply: true, Why: "deletes versions; never the function, on whose own ARN it is not allowed"},
	} {
		if p.Action != "lambda:ListVersionsByFunction" {
			destroyed := p
			destroyed.Feature, destroyed.Apply = "delete_on_destroy", true
			all = append(all, destroyed)
		}
		p.Feature, p.Without = "keep_versions", kept
		all = append(all, p)
	}
	return permission.Type{Name: "awsdeploy_function_version", All: all,
		Notes: []string{"Lambda reads the code in the caller's name. An image's repository must let `lambda.amazonaws.com` in as well; " +
			"where its policy does not, Lambda adds that by itself if the caller is allowed `ecr:GetRepositoryPolicy` and `ecr:SetRepositoryPolicy`."},
	}
}
