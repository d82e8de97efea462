package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// rollingPrivate is what private state keeps of a group.
type rollingPrivate struct {
	Saved string `json:"saved"`          // what the group itself launches, as live names it
	Held  int    `json:"held,omitempty"` // the step at which the release is held, in percent
}

const privateKey = "group"

func privateFor(saved autoscaling.Template, held int) rollingPrivate {
	return rollingPrivate{Saved: saved.String(), Held: held}
}

func (p rollingPrivate) bytes() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		return []byte("{}") // two plain fields: cannot be
	}
	return text
}

// privateOf reads private state; nothing saved is the zero value.
func privateOf(ctx context.Context, from interface {
	GetKey(context.Context, string) ([]byte, diag.Diagnostics)
}) (p rollingPrivate, diags diag.Diagnostics) {
	text, diags := from.GetKey(ctx, privateKey)
	if len(text) > 0 {
		if err := json.Unmarshal(text, &p); err != nil {
			diags.AddError("Private state unreadable", err.Error())
		}
	}
	return p, diags
}
