package provider

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// applied is what an apply leaves for the next plan.
type applied struct {
	tree  source.Tree
	built built
}

// apply makes what the plan says true: the package is built, unless this was
// done before, and published. It completes the model. It is nil when that
// failed.
func (r *appPackageResource) apply(ctx context.Context, m, prior *appPackageModel, config tfsdk.Config, diags *diag.Diagnostics) *applied {
	var given appPackageModel
	if diags.Append(config.Get(ctx, &given)...); diags.HasError() {
		return nil
	}
	spec, _ := m.spec()
	spec.Secrets = mapStrings(given.Build.Attributes()["environment_wo"])
	done, err := r.applySources(ctx, m, prior, spec, diags)
	if err != nil && ctx.Err() != nil && !r.data.Stopping() {
		return nil // Terraform is gone: nobody listens
	}
	addPackageError(err, diags)
	if diags.HasError() {
		return nil
	}
	return done
}

func (r *appPackageResource) applySources(ctx context.Context, m, prior *appPackageModel, spec pack.Spec, diags *diag.Diagnostics) (*applied, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	tree, err := spec.Walk(ctx)
	if err != nil {
		return nil, err
	}
	store, memory, ok := keep(diags)
	if !ok || !m.planned(tree, memory, spec, diags) {
		return nil, nil
	}
	w := making{store: store, spec: spec, tree: tree, recipe: spec.Recipe(tree.Digest())}
	if prior == nil || !m.SHA256.Equal(prior.SHA256) { // what was not built by this resource before
		if err := r.build(ctx, m, w, diags); err != nil {
			return nil, err
		}
	}
	if err := r.publish(ctx, m, prior, w, diags); err != nil {
		return nil, err
	}
	if err := r.bill(ctx, m, prior, w, diags); err != nil {
		return nil, err
	}
	if key, err := spec.Key(); err == nil {
		_ = memory.Applied(key) // at worst the next plan warns of changes since this one
	}
	return &applied{tree: tree, built: built{Recipe: w.recipe, Package: m.packaged()}}, nil
}

// making is what a package is made of.
type making struct {
	store  pack.Store
	spec   pack.Spec
	tree   source.Tree
	recipe string
}

// planned makes sure that the sources are those of the plan.
func (m *appPackageModel) planned(tree source.Tree, memory source.Memory, spec pack.Spec, diags *diag.Diagnostics) bool {
	digest := tree.Digest()
	if m.SourceDigest.IsUnknown() {
		m.SourceDigest = types.StringValue(digest)
		m.ChangeSummary = types.StringValue(fmt.Sprintf("package of %d files", len(tree.Entries)))
	}
	if m.SourceDigest.ValueString() == digest {
		return true
	}
	drift := &source.Drift{SameRun: true}
	if old, err := memory.Load(m.SourceDigest.ValueString()); err == nil {
		drift.Changes = tree.Diff(old)
	}
	addDrift(path.Root("source_dir"), spec.Dir, drift, diags)
	return false
}

// build makes sure that the package is in the store: the planned one, or
// whatever the sources give when none was known. What was published is
// fetched, not built again.
func (r *appPackageResource) build(ctx context.Context, m *appPackageModel, w making, diags *diag.Diagnostics) error {
	if m.SHA256.IsUnknown() {
		if p, ok := r.known(ctx, m, w.store, w.recipe, nil, diags); ok {
			m.setPackage(w.store, p)
		}
	}
	if !m.SHA256.IsUnknown() {
		if w.store.Verify(ctx, m.packaged()) {
			return nil
		}
		if fetched, err := r.fetch(ctx, m, w.store); fetched || err != nil {
			return err
		}
	}
	p, err := w.store.Build(ctx, w.spec, w.tree)
	if err != nil {
		return err
	}
	if !m.SHA256.IsUnknown() && m.SHA256.ValueString() != p.SHA256 {
		return &pack.Problem{Attribute: "build", Err: fmt.Errorf(
			"the build is not reproducible: from the same sources it made %s before, and %s now. "+
				"Look for times, random names or the build's directory in what it writes; then plan again", m.SHA256.ValueString(), p.SHA256)}
	}
	if m.SHA256.IsUnknown() { // a planned path may be another machine's
		m.setPackage(w.store, p)
	}
	return nil
}

// publish makes sure that the package is where the configuration says.
func (r *appPackageResource) publish(ctx context.Context, m, prior *appPackageModel, w making, diags *diag.Diagnostics) error {
	m.planPublished(prior)
	if m.S3Key.IsNull() || !m.S3VersionID.IsUnknown() {
		return nil
	}
	if err := r.build(ctx, m, w, diags); err != nil {
		return err
	}
	f, err := os.Open(filepath.Clean(w.store.Path(m.packaged())))
	if err != nil {
		return err
	}
	defer f.Close()
	published, err := r.store().Publish(ctx, m.object(), f)
	if err != nil {
		diags.AddAttributeError(path.Root("publish"), "Package cannot be published", publishAdvice(err))
		return nil
	}
	m.S3VersionID = stringOrNull(published.Version)
	r.note(ctx, m, w.recipe, diags)
	return nil
}

func publishAdvice(err error) string {
	text := awsapi.Describe(err) + "."
	switch code := awsapi.Code(err); {
	case code == "NoSuchBucket":
		text += " Name an existing bucket in publish.bucket."
	case awsapi.IsAccessDenied(err):
		text += " The provider's credentials need s3:PutObject and s3:GetObject on the key, and s3:ListBucket on the bucket."
	case code == "PermanentRedirect" || code == "MovedPermanently":
		text += " The bucket is in another region: use a provider configured for that region."
	}
	return text + " What was built is in this machine's cache: the next apply does not build it again."
}
