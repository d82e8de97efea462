package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/sbom"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
)

// billSuffix is what a bill of materials is called behind its package's name.
const billSuffix = ".cdx.json"

// appPackageBill is the bill of materials beside a package.
type appPackageBill struct {
	SBOM      types.Object `tfsdk:"sbom"`
	SBOMPath  types.String `tfsdk:"sbom_path"`
	SBOMS3Key types.String `tfsdk:"sbom_s3_key"`
}

func packageSBOMAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"sbom": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Writes a bill of materials beside the package, and publishes it beside the published one: a CycloneDX 1.6 document of what the package holds, as `awsdeploy_app_image` writes it of images. " +
				"It is no part of the package: `sha256` stays. Where a published document is there already, it stays as it is. Default: none.",
			Attributes: map[string]schema.Attribute{
				"format": schema.StringAttribute{
					Required: true, Validators: []validator.String{stringvalidator.OneOf(billCycloneDX)},
					MarkdownDescription: "Form of the document: `cyclonedx`.",
				},
			},
		},
		"sbom_path":   schema.StringAttribute{Computed: true, MarkdownDescription: "The bill of materials on the machine that wrote it: `path` and `.cdx.json`. Null without `sbom`."},
		"sbom_s3_key": schema.StringAttribute{Computed: true, MarkdownDescription: "Key of the published bill of materials: `s3_key` and `.cdx.json`. Null without `sbom` and `publish`."},
	}
}

// placeBill says where the bill of materials is, as far as it is known where
// the package is.
func (m *appPackageModel) placeBill() {
	beside := func(s types.String) types.String {
		if m.SBOM.IsNull() || s.IsNull() {
			return types.StringNull()
		}
		if m.SBOM.IsUnknown() || s.IsUnknown() {
			return types.StringUnknown()
		}
		return types.StringValue(s.ValueString() + billSuffix)
	}
	m.SBOMPath, m.SBOMS3Key = beside(m.Path), beside(m.S3Key)
}

// bill writes the package's bill of materials, unless this was done before.
func (r *appPackageResource) bill(ctx context.Context, m, prior *appPackageModel, w making, diags *diag.Diagnostics) error {
	m.placeBill()
	if m.SBOM.IsNull() || prior != nil && m.SHA256.Equal(prior.SHA256) && m.SBOMPath.Equal(prior.SBOMPath) && m.SBOMS3Key.Equal(prior.SBOMS3Key) {
		return nil
	}
	if err := r.build(ctx, m, w, diags); err != nil {
		return err
	}
	p := m.packaged()
	file := w.store.Path(p)
	all := sbom.New()
	all.Dir = filepath.Dir(file)
	err := all.AddPackage(file, p.Name, p.Type)
	var document []byte
	if err == nil {
		document, err = all.Document(sbom.Subject{Kind: "application", Name: p.Name, Version: "sha256:" + p.SHA256, SHA256: p.SHA256})
	}
	if err == nil {
		err = cache.Write(file+billSuffix, func(to io.Writer) error { _, err := to.Write(document); return err })
	}
	if err != nil {
		diags.AddAttributeError(path.Root("sbom"), "Bill of materials not written", fmt.Sprintf("Of %s: %s", file, sentence(err)))
		return nil
	}
	if err := r.publishBill(ctx, m, document); err != nil {
		diags.AddAttributeError(path.Root("sbom"), "Bill of materials not published", publishAdvice(err))
	}
	return nil
}

// publishBill puts the document beside the published package. One that is
// there stays, whichever version of this provider wrote it.
func (r *appPackageResource) publishBill(ctx context.Context, m *appPackageModel, document []byte) error {
	if m.SBOMS3Key.IsNull() {
		return nil
	}
	o := artifactstore.Object{Bucket: m.S3Bucket.ValueString(), Key: m.SBOMS3Key.ValueString(), Size: int64(len(document)), SHA256: sha256.Sum256(document)}
	if _, err := r.store().Find(ctx, artifactstore.Object{Bucket: o.Bucket, Key: o.Key}); err == nil {
		return nil
	}
	_, err := r.store().Publish(ctx, o, bytes.NewReader(document))
	return err
}
