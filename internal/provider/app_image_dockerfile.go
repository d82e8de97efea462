package provider

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/dockerfile"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

type dockerfileModel struct {
	Context types.String `tfsdk:"context"`
	Path    types.String `tfsdk:"path"`
	Target  types.String `tfsdk:"target"`
	Args    types.Map    `tfsdk:"args"`

	SecretsWO      types.Map    `tfsdk:"secrets_wo"`
	SecretsVersion types.Int64  `tfsdk:"secrets_wo_version"`
	Builder        types.Object `tfsdk:"builder"`
}

func dockerfileAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "A Dockerfile that says what goes into the image, in place of `package` and `files`, and upon which base, in place of `base_image`. " +
			"What copies files and describes containers is built here, without a container engine, so that the digest is in the plan: `FROM` (with stages), `COPY`, `ADD` of local files, `ENV`, `ARG`, `LABEL`, `USER`, `WORKDIR`, `EXPOSE`, `ENTRYPOINT`, `CMD`, `HEALTHCHECK`, `STOPSIGNAL`, `VOLUME` and `SHELL`. " +
			"`RUN`, files from other images, downloads, unpacking, and owners by name need a container builder, see `builder`. It runs in the apply, so that the digest of what was not built before is known after apply; `source_digest` is in the plan, and unchanged sources plan nothing. " +
			"Each image that the Dockerfile names is locked by its digest, the layers of its base stay as they are in their registry, and times are taken out of the layers above. What a `RUN` downloads, or writes into files by itself, is not: then another build may have another digest, and the one that was pushed stays the image until something changes. " +
			"As everywhere, of modes of the context's files the executable bit alone is carried over, unless `--chmod` says more, and empty directories are left out. Attributes such as `entrypoint` and `env` go over what the Dockerfile says.",
		Attributes: map[string]schema.Attribute{
			"context": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Directory that `COPY` and `ADD` read. `.dockerignore` in it, or `<Dockerfile>.dockerignore`, leaves files out. A source outside of it is an error.",
			},
			"path":   schema.StringAttribute{Optional: true, MarkdownDescription: "Path of the Dockerfile. Default: `Dockerfile` in `context`."},
			"target": schema.StringAttribute{Optional: true, MarkdownDescription: "Stage to build, by its name or number; one that is not there is an error. Default: the last one."},
			"args": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Values of the Dockerfile's `ARG`s. They may end in the image, and are in the state: no place for secrets.",
			},
			"secrets_wo": schema.MapAttribute{
				Optional: true, WriteOnly: true, ElementType: types.StringType,
				MarkdownDescription: "Secrets by their ids, for `RUN --mount=type=secret,id=…`: neither in the image, the plan, the state nor an argument of a program, and masked in the build's output when they have four characters or more. They are not part of what the image is made of, so a change of them alone builds nothing.",
			},
			"secrets_wo_version": schema.Int64Attribute{Optional: true, MarkdownDescription: "Raise it to build again with changed `secrets_wo`, or with what a `RUN` would download now."},
			"builder":            builderAttribute(),
		},
	}
}

// dockerfileBuild is a Dockerfile that was gone through.
type dockerfileBuild struct {
	file  *dockerfile.File
	built dockerfile.Built

	engineBuild // where the Dockerfile needs a builder
}

// readDockerfile reads the Dockerfile, if there is one, and takes its base.
func (m *appImageModel) readDockerfile(ctx context.Context, diags *diag.Diagnostics) {
	if m.Dockerfile.IsNull() {
		return
	}
	var d dockerfileModel
	if diags.Append(m.Dockerfile.As(ctx, &d, basetypes.ObjectAsOptions{})...); diags.HasError() {
		return
	}
	o := dockerfile.Options{
		File: d.Path.ValueString(), Context: d.Context.ValueString(), Target: d.Target.ValueString(), Args: map[string]string{},
		Platforms: members(m.Platforms), Limit: m.MaxSize.ValueInt64(),
	}
	diags.Append(d.Args.ElementsAs(ctx, &o.Args, false)...)
	file, err := dockerfile.Read(ctx, o)
	if err != nil {
		addDockerfileError(err, diags)
		return
	}
	m.built = &dockerfileBuild{file: file}
	m.built.version = d.SecretsVersion.ValueInt64()
	m.built.builder = d.builder(ctx, diags)
	m.BaseImage = types.StringValue(file.Base)
}

// goThrough carries the Dockerfile's instructions out, upon the base.
func (r *appImageResource) goThrough(ctx context.Context, m *appImageModel, baseDigest string, diags *diag.Diagnostics) bool {
	if m.built == nil || diags.HasError() {
		return !diags.HasError()
	}
	maker, err := r.maker()
	if err != nil {
		diags.AddError("No cache directory", err.Error()+".")
		return false
	}
	p, err := image.ParsePlatform(members(m.Platforms)[0])
	if err != nil {
		diags.AddAttributeError(path.Root("platforms"), "Invalid platform", sentence(err))
		return false
	}
	base, err := maker.BaseConfig(ctx, m.BaseImage.ValueString(), baseDigest, p)
	if errors.Is(err, image.ErrRefused) && !r.known() {
		return false // the base asks for credentials that are not known yet
	}
	if err == nil {
		m.built.built, err = m.built.file.Evaluate(base)
	}
	if needs, ok := errors.AsType[*dockerfile.EngineError](err); ok {
		return r.forEngine(ctx, m, baseDigest, needs, diags)
	}
	if err != nil {
		addDockerfileError(err, diags)
		return false
	}
	for _, text := range m.built.built.Warnings {
		diags.AddAttributeWarning(path.Root("dockerfile"), "Place in image not certain: "+m.called(), text)
	}
	return true
}

func addDockerfileError(err error, diags *diag.Diagnostics) {
	at := path.Root("dockerfile")
	if errors.Is(err, image.ErrBase) {
		diags.AddAttributeError(at, "Cannot use base image", sentence(err))
		return
	}
	diags.AddAttributeError(at, "Cannot use Dockerfile", sentence(err))
}

// under puts what attributes say over what the Dockerfile says.
func (b *dockerfileBuild) under(c image.Config) image.Config {
	if b == nil {
		return c
	}
	d := b.built.Config
	if c.Entrypoint == nil {
		c.Entrypoint = d.Entrypoint
		if c.Cmd == nil {
			c.Cmd = d.Cmd
		}
	}
	c.Env, c.Labels = over(d.Env, c.Env), over(d.Labels, c.Labels)
	if c.User == "" {
		c.User = d.User
	}
	if c.Workdir == "" {
		c.Workdir = d.Workdir
	}
	c.Ports = append(c.Ports, d.Ports...)
	slices.Sort(c.Ports)
	c.Ports = slices.Compact(c.Ports)
	c.StopSignal, c.Health, c.Volumes, c.Shell = d.StopSignal, d.Health, d.Volumes, d.Shell
	return c
}

func over(under, with map[string]string) map[string]string {
	if len(under) == 0 {
		return with
	}
	all := maps.Clone(under)
	maps.Copy(all, with)
	return all
}
