package provider

import (
	"encoding/base64"
	"encoding/hex"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
)

type appPackageModel struct {
	SourceDir types.String `tfsdk:"source_dir"`
	Sources   types.List   `tfsdk:"sources"`
	Excludes  types.List   `tfsdk:"excludes"`
	Ignore    types.List   `tfsdk:"ignore_files"`
	MaxSize   types.Int64  `tfsdk:"max_source_size"`
	Build     types.Object `tfsdk:"build"`
	Artifact  types.String `tfsdk:"artifact"`
	Format    types.String `tfsdk:"format"`
	Publish   types.Object `tfsdk:"publish"`
	appPackageResults
	appPackageBill
}

// appPackageResults are the computed attributes.
type appPackageResults struct {
	Path          types.String `tfsdk:"path"`
	Type          types.String `tfsdk:"type"`
	SourceDigest  types.String `tfsdk:"source_digest"`
	SHA256        types.String `tfsdk:"sha256"`
	Base64SHA256  types.String `tfsdk:"base64sha256"`
	Size          types.Int64  `tfsdk:"size"`
	S3Bucket      types.String `tfsdk:"s3_bucket"`
	S3Key         types.String `tfsdk:"s3_key"`
	S3VersionID   types.String `tfsdk:"s3_version_id"`
	ChangeSummary types.String `tfsdk:"change_summary"`
}

// pending are the results while nothing is known about them.
func pending() appPackageResults {
	unknown := types.StringUnknown()
	return appPackageResults{
		Path: unknown, Type: unknown, SourceDigest: unknown, SHA256: unknown, Base64SHA256: unknown,
		Size: types.Int64Unknown(), S3Bucket: unknown, S3Key: unknown, S3VersionID: unknown, ChangeSummary: unknown,
	}
}

// spec is what the model says about the build; known is false while a value
// that the sources or the build depend on is not.
func (m appPackageModel) spec() (s pack.Spec, known bool) {
	fields := m.Build.Attributes()
	values := []attr.Value{m.SourceDir, m.Sources, m.Excludes, m.Ignore, m.MaxSize, m.Build, m.Artifact, m.Format}
	for name, v := range fields {
		if name != "environment_wo" { // no plan depends on it
			values = append(values, v)
		}
	}
	for _, v := range values {
		if !fullyKnown(v) {
			return pack.Spec{}, false
		}
	}
	s = pack.Spec{
		Dir: m.SourceDir.ValueString(), Sources: listStrings(m.Sources), Excludes: listStrings(m.Excludes), Limit: m.MaxSize.ValueInt64(),
		Artifact: m.Artifact.ValueString(), Format: m.Format.ValueString(), Tool: pack.None,
	}
	if !m.Ignore.IsNull() {
		s.Ignore = append([]string{}, listStrings(m.Ignore)...)
	}
	if !m.Build.IsNull() {
		s.Tool, s.Module, s.Platform = stringOf(fields["tool"]), stringOf(fields["module"]), stringOf(fields["platform"])
		s.Runtime, s.Layout = stringOf(fields["runtime"]), stringOf(fields["layout"])
		if list, ok := fields["command"].(types.List); ok {
			s.Command = listStrings(list)
		}
		s.Env, s.Secrets = mapStrings(fields["environment"]), mapStrings(fields["environment_wo"])
		if version, ok := fields["environment_wo_version"].(types.Int64); ok {
			s.SecretsVersion = version.ValueInt64()
		}
	}
	return s, true
}

// mapStrings is a map's values; nil when it is null or not known.
func mapStrings(v attr.Value) map[string]string {
	m, ok := v.(types.Map)
	if !ok || m.IsNull() || !fullyKnown(m) {
		return nil
	}
	out := map[string]string{}
	for name, value := range m.Elements() {
		out[name] = stringOf(value)
	}
	return out
}

// fullyKnown tells that neither v nor what it holds is unknown.
func fullyKnown(v attr.Value) bool {
	if v.IsUnknown() {
		return false
	}
	switch v := v.(type) {
	case types.List:
		for _, e := range v.Elements() {
			if !fullyKnown(e) {
				return false
			}
		}
	case types.Map:
		for _, e := range v.Elements() {
			if !fullyKnown(e) {
				return false
			}
		}
	}
	return true
}

func listStrings(list types.List) []string {
	var out []string
	for _, e := range list.Elements() {
		out = append(out, stringOf(e))
	}
	return out
}

func stringOf(v attr.Value) string {
	s, _ := v.(types.String)
	return s.ValueString()
}

// setPackage stores what was built.
func (m *appPackageModel) setPackage(store pack.Store, p pack.Package) {
	m.Path = types.StringValue(store.Path(p))
	m.Type = types.StringValue(p.Type)
	m.SHA256 = types.StringValue(p.SHA256)
	m.Size = types.Int64Value(p.Size)
	raw, _ := hex.DecodeString(p.SHA256) // made by EncodeToString
	m.Base64SHA256 = types.StringValue(base64.StdEncoding.EncodeToString(raw))
}

// packaged is the package that the model describes; only when its hash is
// known.
func (m appPackageModel) packaged() pack.Package {
	return pack.Package{
		Name: filepath.Base(m.Path.ValueString()), Type: m.Type.ValueString(),
		SHA256: m.SHA256.ValueString(), Size: m.Size.ValueInt64(),
	}
}

// planPublished says where the package will be published, as far as that is
// known. What was published before stays as it is.
func (m *appPackageModel) planPublished(prior *appPackageModel) {
	m.S3Bucket, m.S3Key, m.S3VersionID = types.StringNull(), types.StringNull(), types.StringNull()
	if m.Publish.IsUnknown() {
		m.S3Bucket, m.S3Key, m.S3VersionID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	}
	if m.Publish.IsNull() || m.Publish.IsUnknown() {
		return
	}
	fields := m.Publish.Attributes()
	bucket, _ := fields["bucket"].(types.String)
	prefix, _ := fields["key_prefix"].(types.String)
	m.S3Bucket, m.S3Key, m.S3VersionID = bucket, types.StringUnknown(), types.StringUnknown()
	if prefix.IsUnknown() || m.SHA256.IsUnknown() {
		return
	}
	m.S3Key = types.StringValue(packageKey(prefix.ValueString(), m.packaged()))
	if prior != nil && prior.S3Bucket.Equal(m.S3Bucket) && prior.S3Key.Equal(m.S3Key) {
		m.S3VersionID = prior.S3VersionID
	}
}

// object is the package as it is published.
func (m appPackageModel) object() artifactstore.Object {
	o := artifactstore.Object{
		Bucket: m.S3Bucket.ValueString(), Key: m.S3Key.ValueString(), Version: m.S3VersionID.ValueString(), Size: m.Size.ValueInt64(),
	}
	raw, err := hex.DecodeString(m.SHA256.ValueString())
	if err == nil && len(raw) == len(o.SHA256) {
		o.SHA256 = [len(o.SHA256)]byte(raw)
	}
	return o
}
