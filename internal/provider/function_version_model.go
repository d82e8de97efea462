package provider

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
)

// largestUpload is what Lambda takes without S3.
const largestUpload = 50 << 20

// functionVersionModel is the resource's configuration and state.
type functionVersionModel struct {
	FunctionName    types.String `tfsdk:"function_name"`
	Filename        types.String `tfsdk:"filename"`
	S3Bucket        types.String `tfsdk:"s3_bucket"`
	S3Key           types.String `tfsdk:"s3_key"`
	S3ObjectVersion types.String `tfsdk:"s3_object_version"`
	ImageURI        types.String `tfsdk:"image_uri"`
	Triggers        types.Map    `tfsdk:"triggers"`
	Description     types.String `tfsdk:"description"`
	DeleteOnDestroy types.Bool   `tfsdk:"delete_on_destroy"`
	Version         types.String `tfsdk:"version"`
	QualifiedARN    types.String `tfsdk:"qualified_arn"`
	CodeSHA256      types.String `tfsdk:"code_sha256"`
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

// order is what to publish. The archive is what the plan saw, or an error.
func (m functionVersionModel) order(planned types.String) (lambdafunction.Order, error) {
	o := lambdafunction.Order{
		Function:    m.FunctionName.ValueString(),
		Description: m.Description.ValueString(),
		SHA256:      planned.ValueString(), // empty while unknown
		Code: lambdafunction.Code{
			Bucket: m.S3Bucket.ValueString(), Key: m.S3Key.ValueString(), ObjectVersion: m.S3ObjectVersion.ValueString(),
			Image: m.ImageURI.ValueString(),
		},
	}
	if m.Filename.IsNull() {
		return o, nil
	}
	archive, digest, err := readArchive(m.Filename.ValueString())
	if err != nil {
		return o, err
	}
	if o.SHA256 != "" && o.SHA256 != digest {
		return o, fmt.Errorf("%s changed after the plan: its digest was %s and is %s; plan again", m.Filename.ValueString(), o.SHA256, digest)
	}
	o.Code.Archive, o.SHA256 = archive, digest
	return o, nil
}

// readArchive reads a ZIP archive and its digest in Lambda's form.
func readArchive(name string) (archive []byte, digest string, err error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("%s does not exist: build it before the plan, or take the path from the resource that builds it", name)
	case err != nil:
		return nil, "", err
	case !info.Mode().IsRegular():
		return nil, "", fmt.Errorf("%s is no file: name a ZIP archive", name)
	case info.Size() > largestUpload:
		return nil, "", fmt.Errorf("%s has %d bytes, and Lambda takes at most %d (50 MB) directly: put it into S3 and use s3_bucket and s3_key",
			name, info.Size(), largestUpload)
	}
	if archive, err = os.ReadFile(name); err != nil {
		return nil, "", err
	}
	if !bytes.HasPrefix(archive, []byte("PK\x03\x04")) {
		return nil, "", fmt.Errorf("%s is no ZIP archive with files in it, and Lambda takes nothing else", name)
	}
	sum := sha256.Sum256(archive)
	return archive, base64.StdEncoding.EncodeToString(sum[:]), nil
}
