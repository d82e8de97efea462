package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// plannedImage is noted with a plan that pushes what it saw, whatever happens
// to the sources until then.
type plannedImage struct {
	Digest     string
	BaseDigest string
	Source     string // digest of what a builder makes it of, if one does
	Made       madeBy
}

func plannedImageFile(dir, key string) string {
	return filepath.Join(dir, "plans", key+".image.json")
}

// snapshots tells that an apply pushes what was planned.
func (m appImageModel) snapshots() bool { return m.OnDrift.ValueString() == driftSnapshot }

// keepPlanned keeps the planned image and notes it.
func (r *appImageResource) keepPlanned(plan appImageModel, made *image.Image, recipe image.Recipe, diags *diag.Diagnostics) {
	if !plan.snapshots() || made == nil {
		return
	}
	maker, err := r.maker()
	if err == nil {
		err = maker.Keep(made)
	}
	dir, missing := cache.Dir()
	if err == nil && missing == nil {
		note := plannedImage{Digest: made.Digest.String(), BaseDigest: recipe.BaseDigest, Source: plan.SourceDigest.ValueString(), Made: by(recipe)}
		err = cache.Write(plannedImageFile(dir, plan.sourceKey()), func(w io.Writer) error { return json.NewEncoder(w).Encode(note) })
	}
	if err != nil {
		diags.AddWarning("Image not kept: "+plan.called(), fmt.Sprintf(
			"The plan cannot be kept in the cache, so an apply whose sources changed meanwhile is refused: %s", sentence(err)))
	}
}

// planned is the image that the last plan kept; nil when there is none.
func (r *appImageResource) planned(plan appImageModel) (*image.Image, plannedImage) {
	var note plannedImage
	dir, err := cache.Dir()
	if err != nil || !plan.snapshots() {
		return nil, note
	}
	data, err := os.ReadFile(plannedImageFile(dir, plan.sourceKey()))
	if err != nil || json.Unmarshal(data, &note) != nil {
		return nil, note
	}
	return r.kept(note.Digest), note
}

// forgetPlanned removes what an earlier plan kept: this one knows no image.
func (m appImageModel) forgetPlanned() {
	if dir, err := cache.Dir(); err == nil && m.snapshots() {
		_ = os.Remove(plannedImageFile(dir, m.sourceKey())) // mostly it is not there
	}
}

// kept is an image that a plan kept, nil when it is not here.
func (r *appImageResource) kept(digest string) *image.Image {
	maker, err := r.maker()
	if err != nil {
		return nil
	}
	made, err := maker.Kept(digest)
	if err != nil {
		return nil
	}
	return made
}

// planAgain repeats the plan that is being applied from what was kept of it,
// and says when the sources are not what they were.
func (r *appImageResource) planAgain(ctx context.Context, plan, prior *appImageModel, diags *diag.Diagnostics) bool {
	dir, err := cache.Dir()
	if err != nil || !plan.snapshots() || !(source.Memory{Dir: dir}).Applying(plan.sourceKey()) {
		return false
	}
	made, note := r.planned(*plan)
	if made == nil {
		return false
	}
	plan.describe(ctx, made, note.BaseDigest, prior, diags)
	if plan.locate(); note.Source != "" {
		plan.SourceDigest = types.StringValue(note.Source)
	}
	var unread diag.Diagnostics
	r.goThrough(ctx, plan, note.BaseDigest, &unread)
	contents, _ := plan.contents(ctx, &unread)
	recipe := plan.recipe(ctx, contents, note.BaseDigest, &unread)
	if unread.HasError() || recipe.Key() != note.Made.Key {
		diags.AddAttributeWarning(plan.contentAttribute(), fmt.Sprintf("Sources of %s changed", plan.called()),
			"The sources are not what they were when this was planned. What was planned is pushed; the next plan shows what changed since.")
	}
	return true
}
