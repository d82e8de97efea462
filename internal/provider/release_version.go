package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var number = regexp.MustCompile(`^[1-9][0-9]*$`)

// versionNumber wants a version's number as a string.
type versionNumber struct{}

func (versionNumber) Description(context.Context) string { return "a string that holds a number" }

func (v versionNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (versionNumber) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := req.ConfigValue
	if value.IsNull() || value.IsUnknown() || number.MatchString(value.ValueString()) {
		return
	}
	detail := fmt.Sprintf("%s is %q. It must be the number of a version, such as \"7\".", req.Path, value.ValueString())
	if strings.HasPrefix(value.ValueString(), "$") {
		detail = fmt.Sprintf("%s is %q, which means another version tomorrow: a plan could not show what it releases, and AWS cannot roll back to it. "+
			"Give the number, such as the attribute latest_version of the template or version of the version.", req.Path, value.ValueString())
	}
	resp.Diagnostics.AddAttributeError(root(req.Path), "Invalid version", detail)
}
