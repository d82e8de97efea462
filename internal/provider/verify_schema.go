package provider

import (
	"maps"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What an HTTP check does where nothing is configured.
const (
	httpTimeout  = 10 * time.Second
	httpAttempts = 3
)

// verifyAttribute is the list of checks. http is a kind that every release
// type has, kinds are the type's others.
func verifyAttribute(description string, kinds map[string]schema.Attribute) schema.Attribute {
	attributes := map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 64)},
			MarkdownDescription: "Name of the check, for messages; each once."},
		"http": schema.SingleNestedAttribute{Optional: true,
			MarkdownDescription: "Asks a URL. Certificates are always verified.",
			Attributes:          httpAttributes()},
	}
	maps.Copy(attributes, kinds)
	return schema.ListNestedAttribute{
		Optional: true, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
		MarkdownDescription: description,
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}

func httpAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"url": schema.StringAttribute{Required: true, MarkdownDescription: "The URL, `http` or `https`."},
		"method": schema.StringAttribute{Optional: true,
			Validators: []validator.String{stringvalidator.OneOf(http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
				http.MethodPatch, http.MethodDelete, http.MethodOptions)},
			MarkdownDescription: "The method. Default: `GET`."},
		"headers": schema.MapAttribute{ElementType: types.StringType, Optional: true, Sensitive: true,
			MarkdownDescription: "Headers to send. They follow a redirection only to the same host."},
		"status": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(100, 599)},
			MarkdownDescription: "The status that passes. Default: any of 200 to 299, after redirections."},
		"contains": schema.StringAttribute{Optional: true,
			MarkdownDescription: "Text that the body must contain; the first MiB is looked at."},
		"timeout": durationAttribute("How long an answer may take. Default: `\"10s\"`.", time.Second, 5*time.Minute),
		"attempts": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(1, 20)},
			MarkdownDescription: "How often to ask, 5 seconds apart, before the check counts as failed. Default: 3."},
	}
}

// invokeAttribute is the kind of check that calls the new version directly.
func invokeAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{Optional: true,
		MarkdownDescription: "Invokes the new version directly, first before it gets any traffic. A function error fails the check.",
		Attributes: map[string]schema.Attribute{
			"payload": schema.StringAttribute{Optional: true,
				MarkdownDescription: "The event, as JSON. Default: none."},
			"expect": schema.StringAttribute{Optional: true,
				MarkdownDescription: "What the answer must hold. Of a JSON object, such as `jsonencode({ statusCode = 200 })`, the answer must " +
					"have every member and may have more; any other text must be a part of it. Default: any answer passes."},
		}}
}
