package provider

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// largestUserData is EC2's limit before encoding.
const largestUserData = 16 << 10

// userData refuses what EC2 would refuse as user data.
type userData struct{}

func (userData) Description(context.Context) string { return "base64, at most 16 KB before encoding" }

func (v userData) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (userData) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	plain, err := base64.StdEncoding.DecodeString(req.ConfigValue.ValueString())
	switch {
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, "User data is not base64",
			fmt.Sprintf("%s must be in base64: write base64encode(…) around the text, or filebase64(…) for a file.", req.Path))
	case len(plain) == 0:
		resp.Diagnostics.AddAttributeError(req.Path, "User data is empty",
			fmt.Sprintf("%s is empty: leave it out to take the source version's.", req.Path))
	case len(plain) > largestUserData:
		resp.Diagnostics.AddAttributeError(req.Path, "User data is too long",
			fmt.Sprintf("%s has %d bytes before encoding, and EC2 takes at most %d.", req.Path, len(plain), largestUserData))
	}
}
