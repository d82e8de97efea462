package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// What base_update, on_drift and target may be.
const (
	baseLocked    = "locked"
	baseTrack     = "track"
	driftFail     = "fail"
	driftSnapshot = "snapshot"
	targetGeneric = "generic"
	targetLambda  = "lambda"
)

// appImageOptions are how an image is laid out, made and kept up. Null is a
// default: states that were written before there was an attribute have it.
type appImageOptions struct {
	Java        types.Object `tfsdk:"java"`
	Layering    types.List   `tfsdk:"layering"`
	Compression types.String `tfsdk:"compression"`
	Annotations types.Map    `tfsdk:"annotations"`
	HealthCheck types.Object `tfsdk:"health_check"`
	StopSignal  types.String `tfsdk:"stop_signal"`
	Target      types.String `tfsdk:"target"`
	BaseUpdate  types.String `tfsdk:"base_update"`
	OnDrift     types.String `tfsdk:"on_drift"`
	MaxSize     types.Int64  `tfsdk:"max_size"`
}

type imageJavaModel struct {
	Layout    types.String `tfsdk:"layout"`
	JVMFlags  types.List   `tfsdk:"jvm_flags"`
	MainClass types.String `tfsdk:"main_class"`
	Webapps   types.String `tfsdk:"webapps"`
	Context   types.String `tfsdk:"context"`
}

type imageNamedModel struct {
	Name  types.String `tfsdk:"name"`
	Paths types.List   `tfsdk:"paths"`
}

type imageHealthModel struct {
	Command     types.List    `tfsdk:"command"`
	Interval    durationValue `tfsdk:"interval"`
	Timeout     durationValue `tfsdk:"timeout"`
	StartPeriod durationValue `tfsdk:"start_period"`
	Retries     types.Int64   `tfsdk:"retries"`
}

func imageOptionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"java":     javaAttribute(),
		"layering": layeringAttribute(),
		"compression": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(string(image.Gzip), string(image.Zstd))},
			MarkdownDescription: "`gzip`, which everything reads, or `zstd`, which is smaller and unpacks faster, needs an engine that knows it, and makes OCI manifests also upon a base that has Docker's. Only the layers made here are compressed; the base's stay as they are. Default: `gzip`.",
		},
		"annotations": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "OCI annotations of the image's manifests, such as `org.opencontainers.image.source`. They are part of the digest, so nothing that differs from run to run belongs here. The base's name and digest are annotated without being asked.",
		},
		"health_check": healthCheckAttribute(),
		"stop_signal": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Signal that asks the program to end, such as `SIGINT` or `2`. Default: the base's, else what the engine sends.",
		},
		"target": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(targetGeneric, targetLambda)},
			MarkdownDescription: "What the image is for. `lambda` has the plan refuse what AWS Lambda would: more than one platform, an architecture other than amd64 and arm64, zstd, and more than 10 GiB. It changes no digest. Default: `generic`.",
		},
		"base_update": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(baseLocked, baseTrack)},
			MarkdownDescription: "`locked` keeps the base that `base_digest` names until `base_image` changes. `track` looks the base's tag up in every plan: an update there is a planned change here. When the look-up fails, a warning says so and the base stays. Default: `locked`.",
		},
		"on_drift": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(driftFail, driftSnapshot)},
			MarkdownDescription: "What an apply does when sources, or the base's tag, changed since its plan. `fail` refuses, and names what changed. `snapshot` pushes what was planned: the plan keeps its layers in the cache of this machine, so an apply elsewhere still fails. An apply is told from a new plan on Linux alone. Default: `fail`.",
		},
		"max_size": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many bytes each of `files`, or the package, may have. More is an error of the plan that lists the largest files: a directory of builds or dumps that nobody meant. Default: no limit.",
		},
	}
}

func javaAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "How a `package` that is a JAR or WAR is laid into the image and started.",
		Attributes: map[string]schema.Attribute{
			"layout": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(string(image.LayoutAuto), string(image.LayoutLayered), string(image.LayoutWhole))},
				MarkdownDescription: "`layered` unpacks the archive into layers by what changes together: by Spring Boot's `layers.idx` where there is one, else dependencies, snapshot dependencies, resources and classes. `whole` keeps it one file, `/app/<name>` or below the server's `webapps`. " +
					"`auto` is `layered` where that changes nothing for the program: a JAR stays whole when `entrypoint` is set, or when it is signed, for several releases of Java, without a main class, or its manifest has what only a JAR can say. Default: `auto`.",
			},
			"jvm_flags":  schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Flags of the Java runtime, between `java` and the program. Not for a WAR: its server starts it. They have no effect beside `entrypoint`."},
			"main_class": schema.StringAttribute{Optional: true, MarkdownDescription: "Class to start in a JAR that is unpacked. Default: what its manifest says."},
			"webapps":    schema.StringAttribute{Optional: true, MarkdownDescription: "Absolute path of the directory where the base's server looks for web applications. Default: `webapps` below the base's `CATALINA_BASE`, `CATALINA_HOME` or `JETTY_BASE`."},
			"context":    schema.StringAttribute{Optional: true, MarkdownDescription: "Name of a WAR in that directory, from which servers make its path. Default: `ROOT`, which is served at `/`."},
		},
	}
}

func layeringAttribute() schema.Attribute {
	return schema.ListNestedAttribute{
		Optional: true,
		MarkdownDescription: "Layers of your own, from the lowest to the topmost, below all others: a file goes into the first one that wants it. For what changes rarely, such as `node_modules`. " +
			"One that gets no file is left out.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{Required: true, MarkdownDescription: "Name, as `layers` and `change_summary` show it: a word without slashes."},
			"paths": schema.ListAttribute{
				Required: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
				MarkdownDescription: "Absolute paths in the image; a directory means all in it, `*` any name, `**` any number of directories.",
			},
		}},
	}
}

func healthCheckAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "How an engine finds out that a container works. Docker reads it; Amazon ECS and Kubernetes have checks of their own.",
		Attributes: map[string]schema.Attribute{
			"command":      schema.ListAttribute{Required: true, ElementType: types.StringType, MarkdownDescription: "Program in the container, with arguments, that ends with 0 when all is well. An empty list takes the base's check away."},
			"interval":     durationAttribute("Time between checks. Default: the engine's, 30s.", time.Second, longestWait),
			"timeout":      durationAttribute("How long one check may take. Default: the engine's, 30s.", time.Second, longestWait),
			"start_period": durationAttribute("How long after the start failures do not count. Default: none.", 0, longestWait),
			"retries":      schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)}, MarkdownDescription: "How many failures in a row make a container unhealthy. Default: the engine's, 3."},
		},
	}
}

// apply puts what the options say into a recipe.
func (o appImageOptions) apply(ctx context.Context, r *image.Recipe, diags *diag.Diagnostics) {
	as := basetypes.ObjectAsOptions{}
	if !o.Java.IsNull() {
		var m imageJavaModel
		diags.Append(o.Java.As(ctx, &m, as)...)
		r.Java = image.Java{Layout: image.Layout(m.Layout.ValueString()), MainClass: m.MainClass.ValueString(), Webapps: m.Webapps.ValueString(), Context: m.Context.ValueString()}
		diags.Append(m.JVMFlags.ElementsAs(ctx, &r.Java.JVMFlags, false)...)
	}
	var named []imageNamedModel
	diags.Append(o.Layering.ElementsAs(ctx, &named, false)...)
	for _, n := range named {
		r.Layering = append(r.Layering, image.Named{Name: n.Name.ValueString(), Paths: members(n.Paths)})
	}
	if !o.HealthCheck.IsNull() {
		var m imageHealthModel
		diags.Append(o.HealthCheck.As(ctx, &m, as)...)
		r.Config.Health = &image.Health{
			Command: members(m.Command), Interval: m.Interval.Duration(), Timeout: m.Timeout.Duration(),
			StartPeriod: m.StartPeriod.Duration(), Retries: int(m.Retries.ValueInt64()),
		}
	}
	diags.Append(o.Annotations.ElementsAs(ctx, &r.Annotations, false)...)
	if !o.StopSignal.IsNull() {
		r.Config.StopSignal = o.StopSignal.ValueString()
	}
	r.Compression = image.Compression(o.Compression.ValueString())
}
