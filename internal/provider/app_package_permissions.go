package provider

import "github.com/awsdeploy/terraform-provider-awsdeploy/internal/permission"

// appPackagePermissions are those of awsdeploy_app_package, which without
// `publish` calls nobody.
func appPackagePermissions() permission.Type {
	return permission.Type{Name: "awsdeploy_app_package",
		Notes: []string{"`s3:ListBucket` is not needed: an object that is not there is then told from one that may not be read by trying to put it."},
		All: []permission.Permission{
			{Action: "s3:GetObject", Resource: objectARN, Feature: "publish", Why: "sees whether the package is there, and fetches it instead of building it again", Without: "what other machines have published is built again"},
			{Action: "s3:GetObjectVersion", Resource: objectARN, Feature: "publish", Why: "the same, where the bucket keeps versions", Without: "a warning; the package is taken to be there"},
			{Action: "s3:PutObject", Resource: objectARN, Feature: "publish", Apply: true, Why: "puts the package, and what it was made of beside it"},
			{Action: "s3:AbortMultipartUpload", Resource: objectARN, Feature: "publish", Apply: true, Why: "leaves no parts of an upload that failed", Without: "the parts stay, and cost, until a lifecycle rule takes them"},
		}}
}
