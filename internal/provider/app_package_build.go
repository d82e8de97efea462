package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// buildAttribute is how a package is built.
func buildAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{Optional: true,
		MarkdownDescription: "How the artifact is built. Without it nothing is run, as with `tool = \"none\"`. Commands run in `source_dir`, as lists of arguments that no shell reads; Ctrl-C kills them and all that they started.",
		Attributes: map[string]schema.Attribute{
			"tool": schema.StringAttribute{Required: true,
				MarkdownDescription: "`maven`: runs the project's `mvnw` if it can be run, else `mvn`, with `-B package`. " +
					"`gradle`: runs the project's `gradlew` if it can be run, else `gradle`, with `--no-daemon --console=plain assemble`, and makes its archives reproducible. " +
					"`go`: runs `go build -trimpath -buildvcs=false -o <artifact>`, without cgo unless `environment` sets `CGO_ENABLED`. " +
					"`npm`: runs `npm ci`, which needs a `package-lock.json`, and `npm run build` where `package.json` has that script; see `layout`. " +
					"`python`: installs `requirements.txt`, if there is one, by `python3 -m pip install` beside the code; see `layout`. " +
					"`command`: runs `command`. `none`: runs nothing."},
			"command": schema.ListAttribute{Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
				MarkdownDescription: "The command to run instead of the tool's own. Maven is also told one time for what it stamps (`project.build.outputTimestamp`), and Gradle to write reproducible archives. For `python`, `{target}` stands for the directory to install to."},
			"module": schema.StringAttribute{Optional: true,
				MarkdownDescription: "Which of many the tool builds, as a directory below `source_dir`: a module of Maven (with those that it needs) or Gradle (`:apps:web` will do), a `main` package of Go, a workspace of npm. Default: what lies in `source_dir`."},
			"platform": schema.StringAttribute{Optional: true,
				MarkdownDescription: "What to build for, as operating system and architecture. `go`: any that it knows, default `linux/amd64`. `npm` with a `layout`, and `python`: `linux/amd64` or `linux/arm64`, for packages that hold machine code; default: the machine that builds. Other tools refuse it."},
			"runtime": schema.StringAttribute{Optional: true,
				MarkdownDescription: "The Python of AWS Lambda that packages are installed for, such as `python3.13`, together with `platform`. Only wheels are taken then, of the C library that this runtime has. Default: the Python that builds."},
			"layout": schema.StringAttribute{Optional: true,
				MarkdownDescription: "How a package takes its dependencies along. `lambda`: a ZIP of the artifact's files and what they depend on, as a function of AWS Lambda wants it: for `python` (its default) the packages beside the code, for `npm` `node_modules` without what only development needs, left so in `source_dir`. " +
					"`lambda_layer`: a ZIP of the dependencies below `python` or `nodejs/node_modules`, with the artifact's files only if `artifact` is set. `pack`: for `npm`, what `npm pack` makes. Default for `npm`: `artifact` alone."},
			"environment": schema.MapAttribute{Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Environment variables of the build. Beside them it sees only where things are (`PATH`, `HOME`, the caches and homes of the build tools), how the network is reached (proxies, certificates, mirrors of packages), and `TZ=UTC`, a C locale and `SOURCE_DATE_EPOCH`. The values are stored in the state."},
			"environment_wo": schema.MapAttribute{Optional: true, WriteOnly: true, ElementType: types.StringType,
				MarkdownDescription: "Further environment variables of the build, such as passwords of package registries: neither in the plan nor in the state, and masked in the build's output when they have four characters or more. They are not part of what the package is made of, so a change of them alone builds nothing."},
			"environment_wo_version": schema.Int64Attribute{Optional: true,
				MarkdownDescription: "Raise it to build again with changed `environment_wo`."},
		},
	}
}
