package provider

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// contentAttribute is where the configuration says what goes into the image.
func (m appImageModel) contentAttribute() path.Path {
	switch {
	case !m.Dockerfile.IsNull():
		return path.Root("dockerfile")
	case !m.Package.IsNull():
		return path.Root("package")
	case !m.PlatformPackages.IsNull():
		return path.Root("platform_packages")
	case !m.Files.IsNull():
		return path.Root("files")
	}
	return path.Root("platform_files")
}

// called is the image as its user knows it, also before its repository is made.
func (m appImageModel) called() string {
	if !m.Repository.IsUnknown() {
		return m.Repository.ValueString()
	}
	if !m.Dockerfile.IsNull() {
		return "the image of " + m.Dockerfile.Attributes()["context"].(types.String).ValueString()
	}
	for _, all := range []map[string]string{m.locals(), m.packages()} {
		for _, key := range sortedKeys(all) {
			return "the image of " + all[key]
		}
	}
	return "the image"
}

// sourceKey names the resource by what its configuration says about sources.
func (m appImageModel) sourceKey() string {
	parts := []string{"image", m.BaseImage.ValueString(), m.Package.ValueString(), m.Platforms.String()}
	locals := m.locals()
	for _, target := range sortedKeys(locals) {
		local := locals[target]
		if absolute, err := filepath.Abs(local); err == nil {
			local = absolute
		}
		parts = append(parts, target, local)
	}
	if !m.PlatformPackages.IsNull() {
		parts = append(parts, m.PlatformPackages.String())
	}
	if !m.Dockerfile.IsNull() {
		parts = append(parts, m.Dockerfile.String())
	}
	return source.Key(parts...)
}

// sources are the files of all contents, and the base as one more, by the
// names that users know them by; more are other images.
func sources(recipe image.Recipe, more []source.Entry) source.Tree {
	var all source.Tree
	for _, c := range recipe.All() {
		for _, e := range c.Tree.Entries {
			if filepath.Base(c.Local) == e.Path && len(c.Tree.Entries) == 1 {
				e.Path = filepath.ToSlash(c.Local)
			} else {
				e.Path = filepath.ToSlash(filepath.Join(c.Local, filepath.FromSlash(e.Path)))
			}
			all.Entries = append(all.Entries, e)
		}
	}
	if recipe.BaseDigest != "" {
		base := source.Entry{Path: "the base " + recipe.Base, Mode: 0o644}
		copy(base.Sum[:], bytes.TrimPrefix([]byte(recipe.BaseDigest), []byte("sha256:")))
		all.Entries = append(all.Entries, base)
	}
	all.Entries = append(all.Entries, more...)
	slices.SortFunc(all.Entries, func(a, b source.Entry) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// compareSources remembers what this plan is made of, and says what changed
// since the plan before it. Terraform refuses to apply a plan whose digest has
// moved, but in words that blame the provider: these name the files.
func (r *appImageResource) compareSources(plan appImageModel, recipe image.Recipe, pending bool, diags *diag.Diagnostics) {
	dir, err := cache.Dir()
	if err != nil {
		return // without a cache, Terraform's own words must do
	}
	drift, err := (source.Memory{Dir: dir}).Plan(plan.sourceKey(), sources(recipe, plan.built.others(recipe.Base)), pending)
	if err == nil {
		addDrift(plan.contentAttribute(), plan.called(), drift, diags)
	}
}

// changesSincePlan is what changed after the plan that is being applied.
func changesSincePlan(plan appImageModel, recipe image.Recipe) source.Changes {
	if dir, err := cache.Dir(); err == nil {
		if drift, err := (source.Memory{Dir: dir}).Plan(plan.sourceKey(), sources(recipe, plan.built.others(recipe.Base)), true); err == nil && drift != nil {
			return drift.Changes
		}
	}
	return source.Changes{}
}

// forgetPlan notes that the plan was applied. One that stays noted would only
// make the next one say too much.
func forgetPlan(plan appImageModel) {
	if dir, err := cache.Dir(); err == nil {
		_ = (source.Memory{Dir: dir}).Applied(plan.sourceKey())
	}
}
