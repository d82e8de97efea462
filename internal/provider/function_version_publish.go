package provider

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
)

// publish publishes what m plans, records it in m, deletes what keep_versions
// leaves over, and reports success.
func (r *functionVersionResource) publish(ctx context.Context, m *functionVersionModel, diags *diag.Diagnostics) bool {
	order, ok := r.order(ctx, *m, diags)
	if !ok {
		return false
	}
	defer r.Clock.Join()()
	version, err := r.functions().Publish(ctx, order)
	if err != nil {
		diags.AddError("Version not published", fmt.Sprintf(
			"%s.\n\nNo traffic was moved: aliases serve what they served. Apply again once the cause is gone.", awsapi.Describe(err)))
		return false
	}
	m.record(version)
	r.prune(ctx, *m, diags)
	return true
}

// order is what to publish. An archive is the one that the plan saw, or an
// error.
func (r *functionVersionResource) order(ctx context.Context, m functionVersionModel, diags *diag.Diagnostics) (o lambdafunction.Order, ok bool) {
	o = lambdafunction.Order{
		Function:    m.FunctionName.ValueString(),
		Description: m.Description.ValueString(),
		SHA256:      m.CodeSHA256.ValueString(), // empty while unknown
		Code: lambdafunction.Code{
			Bucket: m.S3Bucket.ValueString(), Key: m.S3Key.ValueString(), ObjectVersion: m.S3ObjectVersion.ValueString(),
			Image: m.ImageURI.ValueString(),
		},
	}
	if m.Filename.IsNull() {
		return o, true
	}
	file, err := r.packageFile(ctx, m.Filename.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("filename"), "Cannot use package", err.Error()+".")
		return o, false
	}
	archive, err := readArchive(file, !m.Upload.IsNull())
	if planned := o.SHA256; err == nil && planned != "" && planned != archive.digest() {
		err = fmt.Errorf("%s changed after the plan: its digest was %s and is %s; plan again", file, planned, archive.digest())
	}
	if o.SHA256 = archive.digest(); err == nil && archive.large() {
		o.Upload = func(ctx context.Context) (lambdafunction.Code, error) { return r.upload(ctx, m, archive) }
	} else if err == nil {
		o.Code.Archive, err = archive.content()
	}
	if err != nil {
		diags.AddAttributeError(path.Root("filename"), "Cannot use archive", err.Error()+".")
	}
	return o, err == nil
}

// upload puts an archive into S3, once, under a key made of its digest.
func (r *functionVersionResource) upload(ctx context.Context, m functionVersionModel, a codeArchive) (code lambdafunction.Code, err error) {
	var to uploadModel
	if d := m.Upload.As(ctx, &to, basetypes.ObjectAsOptions{}); d.HasError() {
		return code, fmt.Errorf("reading upload: %s", d.Errors()[0].Detail())
	}
	f, err := os.Open(filepath.Clean(a.file))
	if err != nil {
		return code, err
	}
	defer f.Close()
	object, err := artifactstore.Store{Client: r.aws.S3()}.Publish(ctx, artifactstore.Object{
		Bucket: to.Bucket.ValueString(), Size: a.size, SHA256: a.sum,
		Key: to.KeyPrefix.ValueString() + hex.EncodeToString(a.sum[:]) + "/" + filepath.Base(a.file),
	}, f)
	return lambdafunction.Code{Bucket: object.Bucket, Key: object.Key, ObjectVersion: object.Version}, err
}

// prune deletes the versions that keep_versions leaves over. The new version
// is there whatever comes of it.
func (r *functionVersionResource) prune(ctx context.Context, m functionVersionModel, diags *diag.Diagnostics) {
	if m.KeepVersions.IsNull() {
		return
	}
	name := m.FunctionName.ValueString()
	if _, err := r.functions().Prune(ctx, name, int(m.KeepVersions.ValueInt64())); err != nil {
		diags.AddAttributeWarning(path.Root("keep_versions"), fmt.Sprintf("Old versions of %s not all deleted", name), fmt.Sprintf(
			"Version %s is published. Of the versions before it, keep_versions = %d leaves some over that were not deleted: %s. They are tried again when the next version is published.",
			m.Version.ValueString(), m.KeepVersions.ValueInt64(), awsapi.Describe(err)))
	}
}

// previewPrune tells in a plan what prune will delete, the version that is to
// be published being the newest.
func (r *functionVersionResource) previewPrune(ctx context.Context, m functionVersionModel, diags *diag.Diagnostics) {
	if m.KeepVersions.IsNull() || m.KeepVersions.IsUnknown() {
		return
	}
	name, at := m.FunctionName.ValueString(), path.Root("keep_versions")
	surplus, err := r.functions().Surplus(ctx, name, int(m.KeepVersions.ValueInt64())-1)
	switch {
	case awsapi.IsNotFound(err):
	case err != nil:
		diags.AddAttributeWarning(at, fmt.Sprintf("Versions of %s not checked", name), fmt.Sprintf(
			"Which versions keep_versions leaves over cannot be told: %s. While it cannot, none is deleted.", awsapi.Describe(err)))
	case len(surplus) > 0:
		diags.AddAttributeWarning(at, fmt.Sprintf("Old versions of %s go", name), fmt.Sprintf(
			"Once the new version is published, keep_versions = %d deletes version %s of function %s. Versions stay that an alias serves, that it served before as far as Lambda tells, "+
				"or that provisioned concurrency or an event source uses.", m.KeepVersions.ValueInt64(), strings.Join(surplus, ", "), name))
	}
}
