package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/ecr"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/imageuse"
)

type retainModel struct {
	Keep         types.Int64 `tfsdk:"keep"`
	ProtectInUse types.Bool  `tfsdk:"protect_in_use"`
}

func retainAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Deletes images that this resource pushed before, once an apply has succeeded. Images of others are never touched, nor one that carries a tag which this resource did not set. Default: nothing is deleted.",
		Attributes: map[string]schema.Attribute{
			"keep": schema.Int64Attribute{
				Required: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
				MarkdownDescription: "How many images to keep beside the present one, the latest first. A negative number is an error.",
			},
			"protect_in_use": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Keep what is in use: by a version of a Lambda function, by a task definition of ECS (deregistered ones included, since services may run on them still), or by the user data of a launch template. " +
					"What cannot be read is taken to be in use, with a warning: it needs `lambda:ListFunctions`, `lambda:GetFunction`, `ecs:ListTaskDefinitions`, `ecs:DescribeTaskDefinition`, `ec2:DescribeLaunchTemplates` and `ec2:DescribeLaunchTemplateVersions`. " +
					"Only the provider's own account and region are looked through. Default: `true`.",
			},
		},
	}
}

// pastImage is an image that this resource pushed.
type pastImage struct {
	Repository string   `json:"repository"`
	Digest     string   `json:"digest"`
	Tags       []string `json:"tags,omitempty"`

	Bills []attachedBill `json:"bills,omitempty"`
}

const imageHistoryKey = "history"

// privateStore is where private state is written to.
type privateStore interface {
	SetKey(context.Context, string, []byte) diag.Diagnostics
}

// pastImages are the images pushed before, the oldest first. The one in the
// state may be from a time when none were noted.
func pastImages(ctx context.Context, private privateState, prior *appImageModel, diags *diag.Diagnostics) []pastImage {
	var list []pastImage
	if private != nil {
		data, found := private.GetKey(ctx, imageHistoryKey)
		if diags.Append(found...); len(data) > 0 && json.Unmarshal(data, &list) != nil {
			list = nil // what is not known is not deleted
		}
	}
	if prior != nil && !prior.Digest.IsNull() {
		list = noted(list, *prior)
	}
	return list
}

// noted puts an image at the end of the list, with all tags that it was given.
func noted(list []pastImage, m appImageModel) []pastImage {
	now := pastImage{Repository: m.Repository.ValueString(), Digest: m.Digest.ValueString(), Tags: members(m.Tags), Bills: m.attached}
	for i, past := range list {
		if past.Repository == now.Repository && past.Digest == now.Digest {
			now.Tags, now.Bills = append(now.Tags, past.Tags...), withBills(past.Bills, now.Bills)
			list = slices.Delete(slices.Clone(list), i, i+1)
			break
		}
	}
	slices.Sort(now.Tags)
	now.Tags = slices.Compact(now.Tags)
	return append(slices.Clone(list), now)
}

// names are the tags that the image is pushed with. An image without any gets
// one that never moves, since registries may delete what has none.
func (m appImageModel) names() []string {
	if tags := members(m.Tags); len(tags) > 0 {
		return tags
	}
	return []string{image.ContentTag(m.Digest.ValueString())}
}

// keepTagged gives the image before its content tag, when its tags are about
// to move: a rule that deletes what has no tag must not take what still runs.
func (r *appImageResource) keepTagged(ctx context.Context, plan appImageModel, prior *appImageModel, diags *diag.Diagnostics) {
	if prior == nil || prior.Digest.IsNull() || prior.Digest.Equal(plan.Digest) || !prior.Repository.Equal(plan.Repository) || prior.Tags.IsNull() {
		return
	}
	repo, err := image.ParseRepository(prior.Repository.ValueString())
	if err != nil {
		return // it was not so when it was written
	}
	if err := r.registry.KeepTagged(ctx, repo, prior.Digest.ValueString()); err != nil {
		diags.AddWarning("Image before left untagged: "+prior.Image.ValueString(), fmt.Sprintf(
			"It could not be given the tag %q, so that a rule of its registry may delete it while it is still in use: %s", image.ContentTag(prior.Digest.ValueString()), sentence(err)))
	}
}

// retire notes the image that was pushed, and deletes old ones as `retain`
// says. The apply has succeeded: what goes wrong here is a warning.
func (r *appImageResource) retire(ctx context.Context, plan appImageModel, past []pastImage, private privateStore, diags *diag.Diagnostics) {
	list := noted(past, plan)
	var rule retainModel
	if !plan.Retain.IsNull() {
		diags.Append(plan.Retain.As(ctx, &rule, basetypes.ObjectAsOptions{})...)
		if old := len(list) - 1 - int(rule.Keep.ValueInt64()); old > 0 && !diags.HasError() {
			gone := r.deleteUnused(ctx, list[:old], rule.ProtectInUse.IsNull() || rule.ProtectInUse.ValueBool(), diags)
			list = slices.DeleteFunc(list, func(p pastImage) bool { return gone[p.Repository+"@"+p.Digest] })
		}
	}
	if data, err := json.Marshal(list); err == nil {
		diags.Append(private.SetKey(ctx, imageHistoryKey, data)...)
	}
}

// deleteUnused deletes images that nothing needs, and tells which are gone.
func (r *appImageResource) deleteUnused(ctx context.Context, old []pastImage, protect bool, diags *diag.Diagnostics) map[string]bool {
	gone := map[string]bool{}
	var candidates []imageuse.Candidate
	var free []pastImage
	for _, p := range old {
		tags, there, err := r.tagsOf(ctx, p)
		ours := append(slices.Clone(p.Tags), image.ContentTag(p.Digest))
		others := slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return slices.Contains(ours, t) })
		switch {
		case err != nil:
			warnKept(diags, p, "its tags could not be read: "+awsapi.Describe(err))
		case !there:
			if err := r.deleteBills(ctx, p); err != nil {
				warnKept(diags, p, awsapi.Describe(err))
				continue
			}
			gone[p.Repository+"@"+p.Digest] = true
		case len(others) > 0:
			tflog.Info(ctx, "image kept", map[string]any{"image": p.Repository + "@" + p.Digest, "tags": strings.Join(others, ", ")})
		default:
			free = append(free, p)
			c := imageuse.Candidate{Digest: p.Digest}
			for _, tag := range tags {
				c.Names = append(c.Names, p.Repository+":"+tag)
			}
			candidates = append(candidates, c)
		}
	}
	users := imageuse.Users{}
	if protect && len(free) > 0 && r.known() {
		var unread []string
		if users, unread = imageuse.Find(ctx, imageuse.Sources{Lambda: r.aws.Lambda(), ECS: r.aws.ECS(), EC2: r.aws.EC2()}, candidates); len(unread) > 0 {
			diags.AddWarning("Old images kept: "+free[0].Repository, fmt.Sprintf("Whether %d old images are in use cannot be told, so they are kept. Not readable: %s. "+
				"Allow the provider to read it, or set `retain.protect_in_use` to false.", len(free), strings.Join(unread, "; ")))
			return gone
		}
	}
	for _, p := range free {
		if who := users[p.Digest]; who != "" {
			tflog.Info(ctx, "image kept", map[string]any{"image": p.Repository + "@" + p.Digest, "used_by": who})
			continue
		}
		if err := r.deleteImage(ctx, p); err != nil {
			warnKept(diags, p, "it could not be deleted: "+awsapi.Describe(err))
			continue
		}
		gone[p.Repository+"@"+p.Digest] = true
	}
	return gone
}

func warnKept(diags *diag.Diagnostics, p pastImage, why string) {
	diags.AddWarning("Old image kept: "+p.Repository+"@"+p.Digest, "`retain` leaves it where it is, and the next apply tries again: "+why+".")
}

// ecrRepository is the repository by ECR's API, if it is one of ECR.
func (r *appImageResource) ecrRepository(repository string) (ecr.Repository, bool) {
	host, path, _ := strings.Cut(repository, "/")
	if !r.known() || !r.keychain.Serves(host) {
		return ecr.Repository{}, false
	}
	return ecr.Repository{API: r.aws.ECR(), Host: host, Name: path}, true
}

// tagsOf are the tags that an old image has now, as far as its registry tells.
func (r *appImageResource) tagsOf(ctx context.Context, p pastImage) (tags []string, there bool, err error) {
	if at, ok := r.ecrRepository(p.Repository); ok {
		tags, err := at.Tags(ctx, p.Digest)
		if awsapi.IsNotFound(err) {
			return nil, false, nil
		}
		return tags, true, err
	}
	repo, err := image.ParseRepository(p.Repository)
	if err != nil {
		return nil, false, err
	}
	if _, err = r.registry.Digest(ctx, repo.Digest(p.Digest)); image.IsMissing(err) {
		return nil, false, nil
	}
	for _, tag := range p.Tags {
		if digest, err := r.registry.Digest(ctx, repo.Tag(tag)); err == nil && digest.String() == p.Digest {
			tags = append(tags, tag)
		}
	}
	return tags, true, err
}

// deleteImage deletes an image, an index with all that it lists.
func (r *appImageResource) deleteImage(ctx context.Context, p pastImage) error {
	repo, err := image.ParseRepository(p.Repository)
	if err != nil {
		return err
	}
	parts, err := r.registry.Members(ctx, repo, p.Digest)
	if err != nil && !image.IsMissing(err) {
		return err
	}
	if at, ok := r.ecrRepository(p.Repository); ok {
		err = at.Delete(ctx, append([]string{p.Digest}, parts...)...)
	} else {
		// Elsewhere other images may list the same parts, and nobody would say so.
		err = r.registry.Delete(ctx, repo, p.Digest)
	}
	if err != nil {
		return err
	}
	return r.deleteBills(ctx, p)
}
