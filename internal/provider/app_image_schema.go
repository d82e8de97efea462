package provider

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	attributepath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// Schema is what users write.
func (r *appImageResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	platforms := types.ListValueMust(types.StringType, []attr.Value{types.StringValue("linux/amd64")})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes a container image from a package, files or a Dockerfile, without a container engine unless a Dockerfile runs commands, and pushes it to Amazon ECR or any other registry. " +
			"The digest is known in the plan whenever the content is: it depends on the content, on these attributes and on the base's digest, and on nothing else. " +
			"Nothing is pushed before apply. A change makes another image in place; images that were pushed stay in the registry, also when the resource is destroyed.\n\n" +
			"For Amazon ECR the provider's own AWS credentials are used, for other registries the Docker configuration (`~/.docker/config.json` and its credential helpers)." + neededNote("awsdeploy_app_image"),
		Attributes: map[string]schema.Attribute{
			"repository": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Repository to push to, with its registry and without a tag, such as the `repository_url` of an `aws_ecr_repository`.",
			},
			"tags": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Tags that name the image. One that was lost or moved outside is set again. A tag taken out of the list stays in the registry.",
			},
			"base_image": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(image.Scratch),
				MarkdownDescription: "Image that this one is laid upon, or `scratch` for none. A tag is looked up once, when the resource is made or the attribute changes; from then on the base stays locked to `base_digest`, unless `base_update` says otherwise. Default: `scratch`.",
			},
			"platforms": schema.ListAttribute{
				Optional: true, Computed: true, ElementType: types.StringType, Default: listdefault.StaticValue(platforms),
				MarkdownDescription: "Platforms, such as `linux/arm64`. Several make an image index; `platform_packages` and `platform_files` say what each has for itself. Default: the platforms that those name, else `[\"linux/amd64\"]`.",
			},
			"package": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Path of a package, such as the `path` of an `awsdeploy_app_package`; exactly one of `package`, `platform_packages`, files and `dockerfile` is required. " +
					"An executable becomes `/app/<name>` and is what starts. A `.jar` is unpacked below `/app` into layers and started by its main class; one that must stay a file becomes `/app/<name>` and is started by `java -jar`. " +
					"A `.war` is unpacked into layers as the root application of the base's server: `$CATALINA_BASE`, `$CATALINA_HOME` or `$JETTY_BASE`, then `webapps/ROOT`; one of Spring Boot also runs without a server. `java` says how. " +
					"A `.zip` is unpacked into `/app`. `files` puts things elsewhere.",
			},
			"files": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Local files and directories by their absolute path in the image; each becomes a layer of its own. " +
					"Owners and times are not carried over, of the modes only the executable bit. Empty directories, `.git` and Terraform's own files are left out.",
			},
			"entrypoint": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Program that a container runs, with its fixed arguments. Setting it drops the base's `cmd`. Default: the package's, else the base's.",
			},
			"cmd": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Arguments after `entrypoint`. Default: the base's, when the entrypoint is its own too.",
			},
			"env": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Environment variables, beside the base's. No place for secrets: whoever may pull the image reads them.",
			},
			"user":    schema.StringAttribute{Optional: true, MarkdownDescription: "User or `user:group` that the program runs as. Default: the base's."},
			"workdir": schema.StringAttribute{Optional: true, MarkdownDescription: "Absolute path of the program's working directory. Default: the base's."},
			"exposed_ports": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Ports that the program serves, such as `8080` or `53/udp`, beside the base's.",
			},
			"labels": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Labels of the image, beside the base's.",
			},
			"dockerfile":     dockerfileAttribute(),
			"source_digest":  schema.StringAttribute{Computed: true, MarkdownDescription: "Digest of all that a container builder makes the image of: the Dockerfile, its arguments, the context and the images that it names. Known in the plan. Null when none is needed."},
			"digest":         schema.StringAttribute{Computed: true, MarkdownDescription: "Digest of the image, or of the index of several platforms."},
			"image":          schema.StringAttribute{Computed: true, MarkdownDescription: "The image by its digest, `repository@sha256:…`: what an engine, a launch template or a function pulls."},
			"base_digest":    schema.StringAttribute{Computed: true, MarkdownDescription: "Digest that `base_image` is locked to; null for `scratch`."},
			"size":           schema.Int64Attribute{Computed: true, MarkdownDescription: "Bytes that the image takes in a registry, each layer counted once."},
			"upload_bytes":   schema.Int64Attribute{Computed: true, MarkdownDescription: "Bytes that the last change uploads at most: what the image before it did not have. What the repository holds already is not sent."},
			"change_summary": schema.StringAttribute{Computed: true, MarkdownDescription: "What the last change of the image consists of, in words."},
			"layers":         layersAttribute(),
		},
	}
	maps.Copy(resp.Schema.Attributes, imagePlatformAttributes())
	maps.Copy(resp.Schema.Attributes, imageOptionAttributes())
	maps.Copy(resp.Schema.Attributes, imageRuleAttributes())
	maps.Copy(resp.Schema.Attributes, imageSBOMAttributes())
}

func layersAttribute() schema.Attribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Layers from the lowest to the topmost, for each platform.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"from":     schema.StringAttribute{Computed: true, MarkdownDescription: "`base`, the layer's place in the image, or its name: of `layering`, of Spring Boot's index, or what kind of a Java program's files it holds."},
			"platform": schema.StringAttribute{Computed: true, MarkdownDescription: "Platform of the image that has the layer."},
			"digest":   schema.StringAttribute{Computed: true, MarkdownDescription: "Digest of the layer as it is pushed."},
			"diff_id":  schema.StringAttribute{Computed: true, MarkdownDescription: "Digest of the layer's content, uncompressed."},
			"size":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Bytes of the layer as it is pushed."},
		}},
	}
}

// ValidateConfig checks everything that needs neither files nor a registry.
func (r *appImageResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m appImageModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	d := &resp.Diagnostics
	check(d, "repository", "Invalid repository", m.Repository, func(s string) error { _, err := image.ParseRepository(s); return err })
	checkEach(d, "tags", "Invalid tag", m.Tags.Elements(), image.ParseTag)
	check(d, "base_image", "Invalid base image", m.BaseImage, func(s string) error {
		if s == image.Scratch {
			return nil
		}
		_, err := image.ParseBase(s)
		return err
	})
	checkEach(d, "platforms", "Invalid platform", m.Platforms.Elements(), func(s string) error { _, err := image.ParsePlatform(s); return err })
	checkEach(d, "exposed_ports", "Invalid port", m.ExposedPorts.Elements(), func(s string) error { _, err := image.ParsePort(s); return err })
	check(d, "workdir", "Invalid working directory", m.Workdir, func(s string) error {
		if !path.IsAbs(s) {
			return fmt.Errorf("%q is not an absolute path in the image", s)
		}
		return nil
	})
	if !m.Platforms.IsNull() && !m.Platforms.IsUnknown() && len(m.Platforms.Elements()) == 0 {
		d.AddAttributeError(attributepath.Root("platforms"), "Missing platform", "`platforms` is empty: name at least one, such as \"linux/amd64\", or leave the attribute out.")
	}
	m.checkContents(d)
	m.checkPlatforms(d)
	m.checkOptions(ctx, d)
	m.checkBuilder(ctx, d)
	for _, name := range sortedKeys(m.Env.Elements()) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			d.AddAttributeError(attributepath.Root("env"), "Invalid variable name", fmt.Sprintf("`env` has a variable %q: a name is not empty and has no equals sign.", name))
		}
	}
}

// check tells what is wrong with one known value.
func check(d *diag.Diagnostics, attribute, summary string, value types.String, parse func(string) error) {
	if value.IsNull() || value.IsUnknown() {
		return
	}
	if err := parse(value.ValueString()); err != nil {
		d.AddAttributeError(attributepath.Root(attribute), summary, fmt.Sprintf("`%s`: %s.", attribute, err))
	}
}

// checkEach checks known members, and that none is there twice.
func checkEach(d *diag.Diagnostics, attribute, summary string, values []attr.Value, parse func(string) error) {
	for i, v := range values {
		member, ok := v.(types.String)
		if !ok || member.IsUnknown() {
			continue
		}
		if member.IsNull() {
			d.AddAttributeError(attributepath.Root(attribute), summary, fmt.Sprintf("`%s` has a member that is null.", attribute))
			continue
		}
		check(d, attribute, summary, member, parse)
		if slices.ContainsFunc(values[:i], v.Equal) {
			d.AddAttributeError(attributepath.Root(attribute), summary, fmt.Sprintf("`%s` has %q twice.", attribute, member.ValueString()))
		}
	}
}
