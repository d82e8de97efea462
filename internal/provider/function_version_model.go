package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
)

// functionVersionModel is the resource's configuration and state.
type functionVersionModel struct {
	FunctionName    types.String `tfsdk:"function_name"`
	Filename        types.String `tfsdk:"filename"`
	S3Bucket        types.String `tfsdk:"s3_bucket"`
	S3Key           types.String `tfsdk:"s3_key"`
	S3ObjectVersion types.String `tfsdk:"s3_object_version"`
	ImageURI        types.String `tfsdk:"image_uri"`
	Upload          types.Object `tfsdk:"upload"`
	Triggers        types.Map    `tfsdk:"triggers"`
	Description     types.String `tfsdk:"description"`
	KeepVersions    types.Int64  `tfsdk:"keep_versions"`
	DeleteOnDestroy types.Bool   `tfsdk:"delete_on_destroy"`
	Version         types.String `tfsdk:"version"`
	QualifiedARN    types.String `tfsdk:"qualified_arn"`
	CodeSHA256      types.String `tfsdk:"code_sha256"`
}

// uploadModel is where large archives go on their way to Lambda.
type uploadModel struct {
	Bucket    types.String `tfsdk:"bucket"`
	KeyPrefix types.String `tfsdk:"key_prefix"`
}

func uploadTypes() map[string]attr.Type {
	return map[string]attr.Type{"bucket": types.StringType, "key_prefix": types.StringType}
}

// functionVersionIdentity names a version in AWS.
type functionVersionIdentity struct {
	AccountID    types.String `tfsdk:"account_id"`
	Region       types.String `tfsdk:"region"`
	FunctionName types.String `tfsdk:"function_name"`
	Version      types.String `tfsdk:"version"`
}

// record takes over what AWS says of the version.
func (m *functionVersionModel) record(v lambdafunction.Function) {
	m.Version = types.StringValue(v.Version)
	m.QualifiedARN = types.StringValue(v.ARN)
	m.CodeSHA256 = types.StringValue(v.CodeSHA256)
}

// forget plans what only publishing tells.
func (m *functionVersionModel) forget() {
	m.Version, m.QualifiedARN = types.StringUnknown(), types.StringUnknown()
}

// sameSource tells whether two configurations name the same code by the same
// name. A name that is not known yet is another one.
func (m functionVersionModel) sameSource(o functionVersionModel) bool {
	return m.Filename.Equal(o.Filename) && m.S3Bucket.Equal(o.S3Bucket) && m.S3Key.Equal(o.S3Key) &&
		m.S3ObjectVersion.Equal(o.S3ObjectVersion) && m.ImageURI.Equal(o.ImageURI)
}

// imported tells a state that was imported: nothing says where its code came
// from.
func (m functionVersionModel) imported() bool {
	return m.Filename.IsNull() && m.S3Bucket.IsNull() && m.ImageURI.IsNull()
}
