package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// appImageRules are what an image must pass before its tags move, and what
// becomes of those before it. None of them reaches the digest.
type appImageRules struct {
	Retain types.Object `tfsdk:"retain"`
	Gate   types.Object `tfsdk:"gate"`
	Test   types.Object `tfsdk:"test"`
}

func imageRuleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{"retain": retainAttribute(), "gate": gateAttribute(), "test": imageTestAttribute()}
}
