package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

var (
	_ datasource.DataSourceWithConfigure      = (*imageDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*imageDataSource)(nil)
)

// NewImageDataSource is the data source awsdeploy_image.
func NewImageDataSource() datasource.DataSource { return &imageDataSource{} }

type imageDataSource struct{ data }

type imageDataModel struct {
	Repository  types.String      `tfsdk:"repository"`
	Tag         types.String      `tfsdk:"tag"`
	Digest      types.String      `tfsdk:"digest"`
	Platform    types.String      `tfsdk:"platform"`
	Image       types.String      `tfsdk:"image"`
	MediaType   types.String      `tfsdk:"media_type"`
	Platforms   []string          `tfsdk:"platforms"`
	Annotations map[string]string `tfsdk:"annotations"`
	Labels      map[string]string `tfsdk:"labels"`
	Size        types.Int64       `tfsdk:"size"`
	Config      *imageConfigModel `tfsdk:"config"`
}

type imageConfigModel struct {
	Digest       types.String      `tfsdk:"digest"`
	Entrypoint   []string          `tfsdk:"entrypoint"`
	Cmd          []string          `tfsdk:"cmd"`
	Env          map[string]string `tfsdk:"env"`
	User         types.String      `tfsdk:"user"`
	Workdir      types.String      `tfsdk:"workdir"`
	ExposedPorts []string          `tfsdk:"exposed_ports"`
	Volumes      []string          `tfsdk:"volumes"`
	StopSignal   types.String      `tfsdk:"stop_signal"`
}

// Metadata names the type.
func (d *imageDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_image"
}

// Configure takes the provider's clients.
func (d *imageDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	configure(req.ProviderData, &d.data, &resp.Diagnostics)
}

// Schema is what users write.
func (d *imageDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks an image up in its registry: which digest a tag has now, and what the image is. Nothing is pulled but manifests and the configuration. " +
			"For Amazon ECR the provider's own AWS credentials are used, for other registries the Docker configuration.",
		Attributes: map[string]schema.Attribute{
			"repository": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Repository with its registry, and without a tag, such as `public.ecr.aws/docker/library/tomcat`. Without a registry it is Docker Hub's.",
			},
			"tag":    schema.StringAttribute{Optional: true, MarkdownDescription: "Tag to look up; exactly one of `tag` and `digest` is required. One that does not exist is an error."},
			"digest": schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: "Digest of the image, or of the index of several platforms: the one that `tag` has now."},
			"platform": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Platform that `labels`, `size` and `config` are told of, such as `linux/arm64`. One that the image is not made for is an error. Default: `linux/amd64`, or the first that there is.",
			},
			"image":       schema.StringAttribute{Computed: true, MarkdownDescription: "The image by its digest, `repository@sha256:…`."},
			"media_type":  schema.StringAttribute{Computed: true, MarkdownDescription: "Media type of what `digest` names: an image's manifest, or an index."},
			"platforms":   schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Platforms that the image is made for."},
			"annotations": schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Annotations of what `digest` names."},
			"labels":      schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Labels of the image for `platform`."},
			"size":        schema.Int64Attribute{Computed: true, MarkdownDescription: "Bytes that the image for `platform` takes in the registry: manifest, configuration and compressed layers."},
			"config": schema.SingleNestedAttribute{
				Computed: true, Attributes: imageConfigAttributes(),
				MarkdownDescription: "What a container of the image for `platform` runs.",
			},
		},
	}
}

func imageConfigAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"digest":        schema.StringAttribute{Computed: true, MarkdownDescription: "Digest of the image for this platform alone."},
		"entrypoint":    schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Program with its fixed arguments."},
		"cmd":           schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Arguments, or the program where there is no entrypoint."},
		"env":           schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Environment variables."},
		"user":          schema.StringAttribute{Computed: true, MarkdownDescription: "User that the program runs as; empty for root."},
		"workdir":       schema.StringAttribute{Computed: true, MarkdownDescription: "Working directory."},
		"exposed_ports": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Ports that the program serves, such as `8080/tcp`."},
		"volumes":       schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Paths that are kept outside of the container."},
		"stop_signal":   schema.StringAttribute{Computed: true, MarkdownDescription: "Signal that ends the program; empty for `SIGTERM`."},
	}
}

// ValidateConfig checks everything that needs no registry.
func (d *imageDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m imageDataModel
	for name, into := range map[string]*types.String{"repository": &m.Repository, "tag": &m.Tag, "digest": &m.Digest, "platform": &m.Platform} {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), into)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	check(&resp.Diagnostics, "repository", "Invalid repository", m.Repository, func(s string) error { _, err := image.ParseSource(s); return err })
	check(&resp.Diagnostics, "tag", "Invalid tag", m.Tag, image.ParseTag)
	check(&resp.Diagnostics, "digest", "Invalid digest", m.Digest, func(s string) error {
		if !digestPattern.MatchString(s) {
			return fmt.Errorf("%q is not a digest: write sha256: and 64 hexadecimal digits", s)
		}
		return nil
	})
	check(&resp.Diagnostics, "platform", "Invalid platform", m.Platform, func(s string) error { _, err := image.ParsePlatform(s); return err })
	if m.Tag.IsNull() == m.Digest.IsNull() {
		said := "Neither `tag` nor `digest` is given"
		if !m.Tag.IsNull() {
			said = "Both `tag` and `digest` are given"
		}
		resp.Diagnostics.AddAttributeError(path.Root("tag"), "One name required", said+": give exactly one of them.")
	}
}

// Read asks the registry.
func (d *imageDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m imageDataModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if d.read(ctx, &m, &resp.Diagnostics); !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	}
}

func (d *imageDataSource) read(ctx context.Context, m *imageDataModel, diags *diag.Diagnostics) {
	reference := m.Repository.ValueString() + "@" + m.Digest.ValueString()
	if !m.Tag.IsNull() {
		reference = m.Repository.ValueString() + ":" + m.Tag.ValueString()
	}
	found, err := d.registry.Look(ctx, reference, m.Platform.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("repository"), "Image not found: "+reference,
			fmt.Sprintf("Looking up %s: %s%s", reference, sentence(err), (&appImageResource{data: d.data}).wayIn(err, m.Repository.ValueString())))
		return
	}
	m.Digest, m.MediaType = types.StringValue(found.Digest.String()), types.StringValue(string(found.MediaType))
	m.Image = types.StringValue(m.Repository.ValueString() + "@" + found.Digest.String())
	m.Platforms, m.Platform = found.Platforms, types.StringValue(found.Platform)
	m.Annotations, m.Labels, m.Size = found.Annotations, found.Config.Labels, types.Int64Value(found.Size)
	c := &imageConfigModel{
		Digest: types.StringValue(found.Child.String()), Entrypoint: found.Config.Entrypoint, Cmd: found.Config.Cmd, Env: map[string]string{},
		User: types.StringValue(found.Config.User), Workdir: types.StringValue(found.Config.WorkingDir),
		ExposedPorts: sortedKeys(found.Config.ExposedPorts), Volumes: sortedKeys(found.Config.Volumes), StopSignal: types.StringValue(found.Config.StopSignal),
	}
	for _, pair := range found.Config.Env {
		variable, value, _ := strings.Cut(pair, "=")
		c.Env[variable] = value
	}
	m.Config = c
	if m.Labels == nil {
		m.Labels = map[string]string{} // none is not unknown: labels["x"] says what is missing
	}
	if m.Annotations == nil {
		m.Annotations = map[string]string{}
	}
}
