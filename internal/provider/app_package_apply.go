package provider

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// apply makes what the plan says true: the package is built, unless this was
// done before, and published. It completes the model.
func (r *appPackageResource) apply(ctx context.Context, m, prior *appPackageModel, diags *diag.Diagnostics) (source.Tree, bool) {
	tree, err := r.applySources(ctx, m, prior, diags)
	if err != nil && ctx.Err() != nil && !r.data.Stopping() {
		return source.Tree{}, false // Terraform is gone: nobody listens
	}
	addPackageError(err, diags)
	return tree, !diags.HasError()
}

func (r *appPackageResource) applySources(ctx context.Context, m, prior *appPackageModel, diags *diag.Diagnostics) (source.Tree, error) {
	spec, _ := m.spec()
	if err := spec.Check(); err != nil {
		return source.Tree{}, err
	}
	tree, err := spec.Walk(ctx)
	if err != nil {
		return source.Tree{}, err
	}
	store, memory, ok := keep(diags)
	if !ok {
		return source.Tree{}, nil
	}
	if !m.planned(tree, memory, spec, diags) {
		return source.Tree{}, nil
	}
	built := prior == nil || !m.SHA256.Equal(prior.SHA256) // what was not built by this resource before
	if built {
		if err := m.build(ctx, store, spec, tree); err != nil {
			return source.Tree{}, err
		}
	}
	if err := r.publish(ctx, m, prior, store, spec, tree, diags); err != nil {
		return source.Tree{}, err
	}
	if key, err := spec.Key(); err == nil {
		_ = memory.Applied(key) // at worst the next plan warns of changes since this one
	}
	return tree, nil
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
// whatever the sources give when none was known.
func (m *appPackageModel) build(ctx context.Context, store pack.Store, spec pack.Spec, tree source.Tree) error {
	if !m.SHA256.IsUnknown() {
		if p := m.packaged(); store.Verify(ctx, p) {
			return nil
		}
	} else if p, ok := store.Find(spec.Recipe(tree.Digest())); ok && store.Verify(ctx, p) {
		m.setPackage(store, p)
		return nil
	}
	p, err := store.Build(ctx, spec, tree)
	if err != nil {
		return err
	}
	if !m.SHA256.IsUnknown() && m.SHA256.ValueString() != p.SHA256 {
		return &pack.Problem{Attribute: "build", Err: fmt.Errorf(
			"the build is not reproducible: from the same sources it made %s before, and %s now. "+
				"Look for times, random names or the build's directory in what it writes; then plan again", m.SHA256.ValueString(), p.SHA256)}
	}
	if m.SHA256.IsUnknown() {
		m.setPackage(store, p)
	}
	return nil
}

// publish makes sure that the package is where the configuration says.
func (r *appPackageResource) publish(ctx context.Context, m, prior *appPackageModel, store pack.Store, spec pack.Spec, tree source.Tree, diags *diag.Diagnostics) error {
	m.planPublished(prior)
	if m.S3Key.IsNull() || !m.S3VersionID.IsUnknown() {
		return nil
	}
	if err := m.build(ctx, store, spec, tree); err != nil {
		return err
	}
	f, err := os.Open(filepath.Clean(store.Path(m.packaged())))
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
