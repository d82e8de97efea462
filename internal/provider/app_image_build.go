package provider

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/builder"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// build has the image built where that needs a container builder, unless it
// was built before and all of it can be had. Sources that are not the planned
// ones are refused.
func (r *appImageResource) build(ctx context.Context, plan, prior *appImageModel, maker image.Maker, recipe *image.Recipe, known imageMemory, secrets map[string]string, diags *diag.Diagnostics) bool {
	if now := plan.built.source(); plan.SourceDigest.IsUnknown() {
		plan.SourceDigest = now
	} else if !plan.SourceDigest.Equal(now) {
		addDrift(plan.contentAttribute(), plan.called(), &source.Drift{Changes: changesSincePlan(*plan, *recipe), SameRun: true}, diags)
		return false
	}
	if !plan.built.engine() {
		return true
	}
	if recipe.Built = plan.built.before(maker, known, recipe.Compression); recipe.Built != nil {
		made, err := maker.Make(ctx, *recipe, known.blobs(prior))
		if err == nil && (r.there(ctx, *plan, made) || maker.Whole(ctx, made)) {
			plan.built.made = &imageBuild{Key: plan.built.key, Compression: recipe.Compression, Built: recipe.Built}
			return true
		}
	}
	b := &plan.built.builder
	if err := b.Ready(ctx); err != nil {
		r.addBuilderError(err, *plan, diags)
		return false
	}
	built, err := r.buildAll(ctx, plan.built, maker, *recipe, secrets)
	if err != nil && ctx.Err() != nil && !r.data.Stopping() {
		return false // Terraform is gone: nobody listens
	}
	if err != nil {
		r.addBuilderError(err, *plan, diags)
		return false
	}
	recipe.Built = built
	plan.built.made = &imageBuild{Key: plan.built.key, Compression: recipe.Compression, Built: built}
	addCacheWarning(maker.KeepBuilt(plan.built.key, recipe.Compression, built), diags)
	return true
}

// there tells that the repository has the image.
func (r *appImageResource) there(ctx context.Context, plan appImageModel, made *image.Image) bool {
	repo, err := image.ParseRepository(plan.Repository.ValueString())
	if err != nil {
		return false
	}
	_, err = r.registry.Digest(ctx, repo.Digest(made.Digest.String()))
	return err == nil
}

// buildAll builds for one platform after the other.
func (r *appImageResource) buildAll(ctx context.Context, b *dockerfileBuild, maker image.Maker, recipe image.Recipe, secrets map[string]string) ([]image.BuiltOne, error) {
	dir, err := cache.Dir()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "work"), 0o700); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(filepath.Join(dir, "work"), "image-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }() // at worst it stays in the cache
	job, err := stage(ctx, b, work)
	if err != nil {
		return nil, err
	}
	job.Secrets = secrets
	if err := r.signIn(ctx, b, work); err != nil {
		return nil, err
	}
	log, err := buildLog(dir, b)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	var all []image.BuiltOne
	for i, p := range recipe.Platforms {
		job.Platform = p.String()
		job.Name = "awsdeploy-build:" + strings.ToLower(rand.Text())
		job.Out = filepath.Join(work, fmt.Sprintf("built-%d.tar", i))
		if err := b.builder.Build(ctx, job, log); err != nil {
			return nil, err
		}
		one, err := maker.ReadBuilt(ctx, job.Out, recipe, i)
		if err != nil {
			return nil, err
		}
		_ = os.Remove(job.Out) // the directory goes too
		all = append(all, one)
	}
	return all, nil
}

// stage lays out what a build reads.
func stage(ctx context.Context, b *dockerfileBuild, work string) (job builder.Job, err error) {
	text, err := b.file.Locked(b.digests)
	if err != nil {
		return job, err
	}
	job = builder.Job{Context: filepath.Join(work, "context"), Dockerfile: filepath.Join(work, "dockerfile", "Dockerfile"), Target: b.file.Target()}
	job.Args = map[string]string{"SOURCE_DATE_EPOCH": builder.Epoch}
	maps.Copy(job.Args, b.file.Args())
	err = errors.Join(os.Mkdir(job.Context, 0o755), os.Mkdir(filepath.Dir(job.Dockerfile), 0o755))
	if err == nil {
		err = errors.Join(os.WriteFile(job.Dockerfile, text, 0o644), os.WriteFile(job.Dockerfile+".dockerignore", []byte("# what is ignored is not here\n"), 0o644))
	}
	if err == nil {
		err = builder.Stage(ctx, b.file.Tree(), job.Context)
	}
	return job, err
}

// buildLog is where the output of a Dockerfile's builds goes.
func buildLog(dir string, b *dockerfileBuild) (*os.File, error) {
	name := filepath.Base(filepath.Dir(b.file.Name()))
	file := filepath.Join(dir, "logs", fmt.Sprintf("image-%s-%.12s.log", name, strings.TrimPrefix(b.key, "sha256:")))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
}

// addBuilderError says why there is no image, and what to start or to mend.
func (r *appImageResource) addBuilderError(err error, m appImageModel, diags *diag.Diagnostics) {
	at := path.Root("dockerfile")
	var (
		missing *builder.MissingError
		silent  *builder.SilentError
		unable  *builder.UnableError
		failed  *pack.BuildError
	)
	needs := sentence(m.built.needs)
	switch {
	case errors.As(err, &missing):
		diags.AddAttributeError(at, "No container builder", fmt.Sprintf("%s, which needs a container builder, and %s. %s", strings.TrimSuffix(needs, "."), missing, startBuilder))
	case errors.As(err, &silent):
		diags.AddAttributeError(at, "No container builder answers", fmt.Sprintf("%s, which needs a container builder, and %s. %s", strings.TrimSuffix(needs, "."), silent, startBuilder))
	case errors.As(err, &unable):
		diags.AddAttributeError(at, "Builder cannot do that", sentence(unable))
	case errors.As(err, &failed):
		diags.AddAttributeError(at, "Build failed", fmt.Sprintf("The image of %s: %s", m.built.file.Name(), failed))
	default:
		r.addMakingError(err, m, diags)
	}
}

// notReproduced says that a build which was planned by its digest came out
// as something else.
func (m *appImageModel) notReproduced(made *image.Image, diags *diag.Diagnostics) {
	m.built.forget = m.built.key
	diags.AddAttributeError(path.Root("dockerfile"), "Build not reproducible", fmt.Sprintf(
		"Of the same sources a build made %s before, which the plan shows; its layers are neither in the registry nor on this machine any more, and building them again made %s. "+
			"Something that a RUN downloads or writes is not the same each time. Nothing was pushed: run the plan again, and what was built now is the image.", m.Digest.ValueString(), made.Digest))
}
