package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
)

// Schema describes the type.
func (r *appPackageResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Packages sources: runs Maven, Gradle, Go, npm, pip or any command, picks the artifact, and makes it reproducible, " +
			"so that the same sources give the same bytes on every machine. A plan reads the sources and builds nothing: `source_digest` is known, " +
			"and so is everything else when these sources were built before: by this resource, on this machine, or, where `publish` is set, on any machine. Otherwise it is known after apply.\n\n" +
			"A change of the sources updates the package in place. Unchanged sources plan nothing, in any clone and on any machine. " +
			"Destroying the resource deletes nothing: neither the file in the cache nor what was published.\n\n" +
			"Packages and the logs of builds are kept in the user's cache directory, or where the environment variable `AWSDEPLOY_CACHE_DIR` says." + neededNote("awsdeploy_app_package"),
		Attributes: map[string]schema.Attribute{
			"source_dir": schema.StringAttribute{Required: true,
				MarkdownDescription: "Directory of the sources. The build runs in it. Where it lies is no part of any digest."},
			"sources": schema.ListAttribute{Optional: true, Computed: true, ElementType: types.StringType,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1)},
				Default:             listdefault.StaticValue(types.ListValueMust(types.StringType, []attr.Value{types.StringValue("**")})),
				MarkdownDescription: "Globs, relative to `source_dir`, of the files that `source_digest` covers: `*` stays in one directory, `**` is any number of directories, `{a,b}` is either; a directory's name means all in it. Default `[\"**\"]`."},
			"excludes": schema.ListAttribute{Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Globs of files that are no sources; an excluded directory takes all in it along. Never sources are `.git`, `.terraform`, Terraform's state and lock files, the provider's cache, what `artifact` names, what ignore files name, and what the build tools are known to write: the `target` directories of Maven modules, Gradle's `build` and `.gradle`, `node_modules`, `__pycache__`."},
			"ignore_files": schema.ListAttribute{Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Ignore files, relative to `source_dir`; what they name is no source. A name such as `.gitignore` is read in every directory, as Git does, but not above `source_dir`; one that ends in `.dockerignore` is read at its place and in Docker's way. One that is not there ignores nothing. " +
					"Default `[\".gitignore\", \".awsdeployignore\"]` where something is built, since what Git ignores is in no clone, and `[\".awsdeployignore\"]` with `build.tool` `none`; `[]` reads none."},
			"max_source_size": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "How much the sources may hold together, in bytes; more is an error of the plan that names the largest files, before any is read. Default 4294967296 (4 GiB). It is no part of any digest."},
			"build": buildAttribute(),
			"artifact": schema.StringAttribute{Optional: true, MarkdownDescription: "What becomes the package, relative to `source_dir`: a file, a directory, or a glob that selects exactly one of them, for example `target/*.war`. " +
				"Where several match, what builds make beside the archive that runs does not count: `*-plain`, `*-sources`, `*-javadoc`, `*-tests` and `original-*`. " +
				"Default: `target/*.{jar,war}` for Maven, `build/libs/*.{jar,war}` for Gradle, below `build.module`; with `build.tool` `none`, and where dependencies are laid out beside the code, all sources. Otherwise it is required."},
			"format": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(pack.Formats()...)},
				MarkdownDescription: "`auto` (default): a JAR, WAR, ZIP, `.tar` or `.tar.gz` is written again with one order, one time and plain modes, archives inside it untouched; a directory becomes a ZIP of its files; " +
					"an executable called `bootstrap`, as AWS Lambda's custom runtimes want it, becomes a ZIP that holds it; any other file stays as it is. " +
					"`zip`: any other file becomes a ZIP that holds it, too. `file`: the artifact's bytes as the build wrote them."},
			"publish": schema.SingleNestedAttribute{Optional: true,
				MarkdownDescription: "Uploads the package to Amazon S3, once, under a key made of its hash. Nothing is overwritten or deleted there.",
				Attributes: map[string]schema.Attribute{
					"bucket":     schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(3, 255)}, MarkdownDescription: "Bucket to upload to."},
					"key_prefix": schema.StringAttribute{Optional: true, MarkdownDescription: "What the key begins with, for example `shop/`. The key is `<key_prefix><sha256>/<file name>`. What a package was built of is noted under `<key_prefix>builds/`, so that another machine does not build it again."},
				},
			},
			"path":           schema.StringAttribute{Computed: true, MarkdownDescription: "The package's file on this machine. Its directory is named by `sha256`, so it changes with the content and only then. Resources of this provider fetch or build the file again where it is missing, for example on a fresh CI runner; other providers' resources read what was published."},
			"type":           schema.StringAttribute{Computed: true, MarkdownDescription: "`jar`, `war`, `zip`, `tar`, `tgz` for a TAR file that gzip compressed, or `executable` for any other file."},
			"source_digest":  schema.StringAttribute{Computed: true, MarkdownDescription: "Digest of the sources: their relative paths, contents, executable bits and link targets, and nothing else. Known in plan."},
			"sha256":         schema.StringAttribute{Computed: true, MarkdownDescription: "SHA-256 of the package, hexadecimal."},
			"base64sha256":   schema.StringAttribute{Computed: true, MarkdownDescription: "SHA-256 of the package in Base64, as `source_code_hash` of `aws_lambda_function` wants it."},
			"size":           schema.Int64Attribute{Computed: true, MarkdownDescription: "Size of the package in bytes."},
			"s3_bucket":      schema.StringAttribute{Computed: true, MarkdownDescription: "Bucket that the package was published to."},
			"s3_key":         schema.StringAttribute{Computed: true, MarkdownDescription: "Key that the package was published under."},
			"s3_version_id":  schema.StringAttribute{Computed: true, MarkdownDescription: "Version of the published object, in a bucket with versions."},
			"change_summary": schema.StringAttribute{Computed: true, MarkdownDescription: "What the last change of the package was made of, for the reader of a plan, such as `classes +2 ~1 −0, dependencies unchanged, about 3.1 MB to upload: …`. Sources stand for what is made of them, and the size is the one of the package before."},
		},
	}
	maps.Copy(resp.Schema.Attributes, packageSBOMAttributes())
}
