package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// What sbom.format, sbom.base and sbom.on_missing may be.
const (
	billCycloneDX = "cyclonedx"
	billBaseOmit  = "omit"
	billBaseRead  = "read"
	billIgnore    = "ignore"
	billPush      = "push"
)

// appImageBills are the bills of materials beside an image. They do not reach
// its digest.
type appImageBills struct {
	SBOM        types.Object `tfsdk:"sbom"`
	SBOMDigests types.Map    `tfsdk:"sbom_digests"`

	attached []attachedBill // by this apply
}

type imageSBOMModel struct {
	Format    types.String `tfsdk:"format"`
	Base      types.String `tfsdk:"base"`
	OnMissing types.String `tfsdk:"on_missing"`
}

// attachedBill is a bill of materials in a registry.
type attachedBill struct {
	Subject string `json:"subject"`
	Digest  string `json:"digest"`
}

func imageSBOMAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"sbom": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Writes a bill of materials of the image, and pushes it beside the image before gate, test and tags: a CycloneDX 1.6 document as an OCI referrer of the image's manifest, of each platform's where there are several. " +
				"It lists what the layers hold: the Maven projects of JARs and WARs (also of JARs in them, with their hashes), the modules of Go programs, the packages in `node_modules` (else those of a `package-lock.json`), Python's installed distributions. What it does not cover, it says. " +
				"The image's digest does not depend on it. Where a registry has no list of referrers, it is listed under the tag `sha256-<digest>`, as OCI's distribution specification says. `retain` deletes it with its image. Default: none.",
			Attributes: map[string]schema.Attribute{
				"format": schema.StringAttribute{
					Required: true, Validators: []validator.String{stringvalidator.OneOf(billCycloneDX)},
					MarkdownDescription: "Form of the document: `cyclonedx`.",
				},
				"base": schema.StringAttribute{
					Optional: true, Validators: []validator.String{stringvalidator.OneOf(billBaseOmit, billBaseRead)},
					MarkdownDescription: "`omit` names the base and its digest, and no more. `read` also lists what the base holds, such as the packages of Debian, Ubuntu and Alpine (RPM's are not read, and the document says so); for that, an apply downloads the base's layers once on each machine. Default: `omit`.",
				},
				"on_missing": schema.StringAttribute{
					Optional: true, Validators: []validator.String{stringvalidator.OneOf(billIgnore, billPush)},
					MarkdownDescription: "What a document is that somebody deleted: `ignore`, or `push`, which looks for it in every refresh and plans to push it again. Default: `ignore`.",
				},
			},
		},
		"sbom_digests": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Digest of the bill of materials by platform: of the artifact in `repository` whose only layer is the document. Known after apply when the image changes; null without `sbom`.",
		},
	}
}

// planBills says which bills there are. A document is written when its image
// is pushed: until then nobody knows its digest.
func (m *appImageModel) planBills(prior *appImageModel) {
	m.SBOMDigests = types.MapUnknown(types.StringType)
	if m.SBOM.IsNull() {
		m.SBOMDigests = types.MapNull(types.StringType)
	}
	if prior != nil && !m.SBOM.IsUnknown() && !m.Image.IsUnknown() && m.Image.Equal(prior.Image) && !prior.SBOMDigests.IsNull() && m.billKind() == prior.billKind() {
		m.SBOMDigests = prior.SBOMDigests
	}
}

// billKind is what a bill's content depends on, beside the image.
func (m appImageModel) billKind() string {
	if m.SBOM.IsNull() || !wholly(m.SBOM) {
		return ""
	}
	base := m.SBOM.Attributes()["base"].(types.String).ValueString()
	if base == "" {
		base = billBaseOmit
	}
	return m.SBOM.Attributes()["format"].(types.String).ValueString() + " " + base
}

// attach writes the bills of an image that is pushed, and brings them beside
// it. An image that has some keeps them: another version of this provider
// might write others.
func (r *appImageResource) attach(ctx context.Context, plan *appImageModel, maker image.Maker, made *image.Image, diags *diag.Diagnostics) {
	if !plan.SBOMDigests.IsUnknown() {
		return
	}
	var rule imageSBOMModel
	if diags.Append(plan.SBOM.As(ctx, &rule, basetypes.ObjectAsOptions{})...); diags.HasError() {
		return
	}
	of := plan.Repository.ValueString()
	repo, err := image.ParseRepository(of)
	if err != nil {
		diags.AddAttributeError(path.Root("repository"), "Invalid repository", sentence(err))
		return
	}
	bills, err := maker.Bills(ctx, made, image.Bill{
		Name: of[strings.LastIndex(of, "/")+1:], Base: plan.BaseImage.ValueString(), BaseDigest: plan.BaseDigest.ValueString(),
		ReadBase: rule.Base.ValueString() == billBaseRead,
	})
	if err != nil {
		diags.AddAttributeError(path.Root("sbom"), "Bill of materials not written", sentence(err)+"\n\n"+gateStands)
		return
	}
	digests := map[string]attr.Value{}
	for n, b := range bills {
		if err := r.registry.Attach(ctx, repo, b); err != nil {
			diags.AddAttributeError(path.Root("sbom"), "Bill of materials not pushed", sentence(err)+r.wayIn(err, of)+
				" Where the registry takes no artifacts, leave `sbom` out.\n\n"+gateStands)
			return
		}
		digests[made.Manifests[n].Platform.String()] = types.StringValue(b.Digest.String())
		plan.attached = append(plan.attached, attachedBill{Subject: b.Subject.String(), Digest: b.Digest.String()})
	}
	plan.SBOMDigests = types.MapValueMust(types.StringType, digests)
}

// lookForBills forgets bills that are gone, where that is to be noticed: the
// next plan pushes them again.
func (r *appImageResource) lookForBills(ctx context.Context, m *appImageModel) {
	if m.SBOM.IsNull() || m.SBOM.Attributes()["on_missing"].(types.String).ValueString() != billPush {
		return
	}
	repo, err := image.ParseRepository(m.Repository.ValueString())
	if err != nil {
		return
	}
	for _, v := range m.SBOMDigests.Elements() {
		digest := v.(types.String).ValueString()
		if _, err := r.registry.Digest(ctx, repo.Digest(digest)); image.IsMissing(err) {
			m.SBOMDigests = types.MapNull(types.StringType)
			return
		}
	}
}

// deleteBills deletes the bills of an image that is gone. One whose manifest
// is still there, in another index, stays with it.
func (r *appImageResource) deleteBills(ctx context.Context, p pastImage) error {
	repo, err := image.ParseRepository(p.Repository)
	if err != nil {
		return err
	}
	erase := func(digest string) error { return r.registry.Delete(ctx, repo, digest) }
	if at, ok := r.ecrRepository(p.Repository); ok {
		erase = func(digest string) error { return at.Delete(ctx, digest) }
	}
	for _, b := range p.Bills {
		_, err := r.registry.Digest(ctx, repo.Digest(b.Subject))
		if err == nil {
			continue
		}
		if image.IsMissing(err) {
			err = r.registry.Unlist(ctx, repo, b.Subject, []string{b.Digest}, erase)
		}
		if err == nil {
			err = erase(b.Digest)
		}
		if err != nil && !image.IsMissing(err) {
			return fmt.Errorf("deleting its bill of materials %s: %w", b.Digest, err)
		}
	}
	return nil
}

// withBills adds bills to those that are noted.
func withBills(noted, more []attachedBill) []attachedBill {
	all := slices.Clone(noted)
	for _, b := range more {
		if !slices.Contains(all, b) {
			all = append(all, b)
		}
	}
	return all
}
