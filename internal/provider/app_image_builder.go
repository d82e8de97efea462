package provider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/builder"
)

// builderModel is what builds a Dockerfile that runs commands.
type builderModel struct {
	Program   types.String `tfsdk:"program"`
	Address   types.String `tfsdk:"address"`
	Network   types.String `tfsdk:"network"`
	CacheFrom types.List   `tfsdk:"cache_from"`
	CacheTo   types.List   `tfsdk:"cache_to"`
}

func builderAttribute() schema.Attribute {
	caches := func(text string) schema.Attribute {
		return schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))}, MarkdownDescription: text,
		}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "What builds a Dockerfile that needs a container builder; others are built without one, whatever this says. It is run in an apply, as a program with arguments that no shell reads, and its process group is killed when the apply is interrupted. " +
			"None of this is part of what the image is made of, so that changing it builds nothing.",
		Attributes: map[string]schema.Attribute{
			"program": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "`docker`: the Docker Engine, through buildx where its plugin is installed. `buildctl`: a BuildKit daemon. `buildah`: Buildah, which needs no daemon. Or the path of one of them. " +
					"Default: `buildctl` when `BUILDKIT_HOST` is set, else the first of `docker`, `buildctl` and `buildah` that is on `PATH`.",
			},
			"address": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Where the Docker Engine or the BuildKit daemon is, such as `ssh://build@example.com` or `tcp://buildkitd:1234`. Default: what the program takes by itself, from `DOCKER_HOST`, its context, or `BUILDKIT_HOST`. Buildah has none.",
			},
			"network": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf("default", "host", "none")},
				MarkdownDescription: "Network of `RUN`: `default`, `host` or `none`. Default: the builder's own.",
			},
			"cache_from": caches("Caches to import, in the builder's words, such as `type=registry,ref=registry.example.com/shop:cache` for BuildKit; for an engine without buildx the names of images."),
			"cache_to":   caches("Caches to export to, in the builder's words, such as `type=registry,ref=registry.example.com/shop:cache,mode=max`. The Docker Engine without buildx exports none, and the apply says so."),
		},
	}
}

// secretID is what RUN --mount=type=secret can name, and no command line
// would take for more.
var secretID = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// checkBuilder checks what the configuration says about a builder.
func (m appImageModel) checkBuilder(ctx context.Context, d *diag.Diagnostics) {
	if m.Dockerfile.IsNull() || m.Dockerfile.IsUnknown() {
		return
	}
	fields := m.Dockerfile.Attributes()
	if secrets, ok := fields["secrets_wo"].(types.Map); ok {
		for _, id := range sortedKeys(secrets.Elements()) {
			if !secretID.MatchString(id) {
				invalid(d, "dockerfile", "Invalid secret", fmt.Sprintf("`dockerfile.secrets_wo` has the key %q: the id of a secret is letters, digits, and after the first also dots and dashes.", id))
			}
		}
	}
	given, ok := fields["builder"].(types.Object)
	if !ok || given.IsNull() || given.IsUnknown() {
		return
	}
	var b builderModel
	if d.Append(given.As(ctx, &b, basetypes.ObjectAsOptions{})...); d.HasError() || b.Program.IsUnknown() {
		return
	}
	kind := builder.Kind(b.Program.ValueString())
	switch {
	case !b.Program.IsNull() && kind == "":
		invalid(d, "dockerfile", "Invalid builder", fmt.Sprintf("`dockerfile.builder.program`: %q is neither `docker`, `buildctl` nor `buildah`, nor the path of one.", b.Program.ValueString()))
	case !b.Address.IsNull() && kind == builder.Buildah:
		invalid(d, "dockerfile", "Invalid builder", "`dockerfile.builder.address`: Buildah builds on this machine and has no server: leave it out, or choose `docker` or `buildctl`.")
	case !b.Address.IsNull() && kind == "":
		invalid(d, "dockerfile", "Invalid builder", "`dockerfile.builder.address`: say in `program` whether a Docker Engine (`docker`) or a BuildKit daemon (`buildctl`) is there.")
	}
}

// builder is what the configuration says builds.
func (d dockerfileModel) builder(ctx context.Context, diags *diag.Diagnostics) builder.Builder {
	var b builderModel
	if d.Builder.IsNull() {
		return builder.Builder{}
	}
	diags.Append(d.Builder.As(ctx, &b, basetypes.ObjectAsOptions{})...)
	made := builder.Builder{
		Program: b.Program.ValueString(), Address: b.Address.ValueString(), Network: b.Network.ValueString(),
		CacheFrom: members(b.CacheFrom), CacheTo: members(b.CacheTo),
	}
	if made.Network == "default" {
		made.Network = ""
	}
	return made
}

// secrets are the Dockerfile's, which only the configuration has.
func (m appImageModel) secrets() map[string]string {
	if m.Dockerfile.IsNull() {
		return nil
	}
	return mapStrings(m.Dockerfile.Attributes()["secrets_wo"])
}

// adviseBuilder warns in the plan of a program that is not on this machine,
// where the apply may not run.
func adviseBuilder(b builder.Builder, needs error, called string, diags *diag.Diagnostics) {
	if err := b.Find(); err != nil {
		diags.AddAttributeWarning(path.Root("dockerfile"), "No container builder: "+called, fmt.Sprintf(
			"%s, so the apply needs a container builder, and on this machine %s. %s", sentence(needs), err, startBuilder))
	}
}

// startBuilder says what to install and to start.
const startBuilder = "Install and start a Docker Engine (Debian: `apt install docker.io`, then `systemctl start docker`), or install Buildah (`apt install buildah`); " +
	"or name a builder elsewhere by `dockerfile.builder`: `{ program = \"docker\", address = \"ssh://build@example.com\" }` or `{ program = \"buildctl\", address = \"tcp://buildkitd:1234\" }`."
