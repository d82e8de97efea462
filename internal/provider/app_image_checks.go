package provider

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	attributepath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// checkOptions checks what needs neither files nor a registry.
func (m appImageModel) checkOptions(ctx context.Context, d *diag.Diagnostics) {
	check(d, "stop_signal", "Invalid stop signal", m.StopSignal, image.CheckSignal)
	m.checkLambda(d)
	if wholly(m.Java) && !m.Java.IsNull() {
		m.checkJava(ctx, d)
	}
	if wholly(m.Layering) {
		m.checkLayering(ctx, d)
	}
	for _, name := range sortedKeys(m.Annotations.Elements()) {
		if name == "" {
			invalid(d, "annotations", "Invalid annotation", "`annotations` has an empty name: write one such as \"org.opencontainers.image.source\".")
		}
	}
}

// checkLambda refuses what Lambda would.
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
func (m appImageModel) checkLambda(d *diag.Diagnostics) {
	if m.Target.ValueString() != targetLambda {
		return
	}
	if m.Compression.ValueString() == string(image.Zstd) {
		invalid(d, "compression", "Not for Lambda", "`compression` is \"zstd\" and `target` \"lambda\", whose images have gzip: leave `compression` out.")
	}
	if !wholly(m.Platforms) {
		return
	}
	if names := members(m.Platforms); len(names) > 1 {
		invalid(d, "platforms", "Not for Lambda", fmt.Sprintf("`platforms` has %d members, and AWS Lambda takes no index of several platforms: make an image for each.", len(names)))
	} else if len(names) == 1 {
		if p, err := image.ParsePlatform(names[0]); err == nil && p.Architecture != "amd64" && p.Architecture != "arm64" {
			invalid(d, "platforms", "Not for Lambda", fmt.Sprintf("`platforms` has %q, and AWS Lambda runs linux/amd64 and linux/arm64.", names[0]))
		}
	}
}

func (m appImageModel) checkJava(ctx context.Context, d *diag.Diagnostics) {
	if !m.Files.IsNull() || !m.PlatformFiles.IsNull() {
		invalid(d, "java", "No Java package", "`java` says how a `package` is laid into the image, and there are `files` instead: leave it out, or give the JAR or WAR as `package`.")
	}
	var java imageJavaModel
	if d.Append(m.Java.As(ctx, &java, basetypes.ObjectAsOptions{})...); d.HasError() {
		return
	}
	if dir := java.Webapps.ValueString(); !java.Webapps.IsNull() && !path.IsAbs(dir) {
		invalid(d, "java", "Invalid path in image", fmt.Sprintf("`java.webapps`: %q is not an absolute path in the image.", dir))
	}
	if name := java.Context.ValueString(); !java.Context.IsNull() && (name == "" || strings.ContainsAny(name, "/\\ ")) {
		invalid(d, "java", "Invalid context", fmt.Sprintf("`java.context`: %q is not the name of a directory: write \"shop\" for /shop, or leave it out for \"ROOT\".", name))
	}
	if name := java.MainClass.ValueString(); !java.MainClass.IsNull() && (name == "" || strings.ContainsAny(name, "/ :")) {
		invalid(d, "java", "Invalid main class", fmt.Sprintf("`java.main_class`: %q is not the name of a class: write it with dots, such as \"com.example.shop.Main\".", name))
	}
}

func (m appImageModel) checkLayering(ctx context.Context, d *diag.Diagnostics) {
	var named []imageNamedModel
	if d.Append(m.Layering.ElementsAs(ctx, &named, false)...); d.HasError() {
		return
	}
	seen := map[string]bool{}
	for _, n := range named {
		name := n.Name.ValueString()
		if err := image.CheckLayerName(name); err != nil {
			invalid(d, "layering", "Invalid layer name", fmt.Sprintf("`layering`: %s.", err))
		}
		if seen[name] {
			invalid(d, "layering", "Layer named twice", fmt.Sprintf("`layering` has two layers %q: put all of its `paths` into one.", name))
		}
		seen[name] = true
		for _, p := range members(n.Paths) {
			if err := image.CheckPath(p); err != nil {
				invalid(d, "layering", "Invalid path in image", fmt.Sprintf("`layering` has the layer %q: %s.", name, err))
			}
		}
	}
}

// invalid blames an attribute of the configuration.
func invalid(d *diag.Diagnostics, attribute, summary, detail string) {
	d.AddAttributeError(attributepath.Root(attribute), summary, detail)
}
