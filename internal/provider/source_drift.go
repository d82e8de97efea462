package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// addDrift says that sources are not what the last plan was made of. Terraform
// computes a plan again when it applies it, and refuses one that comes out
// different, in words that blame the provider: these say what happened. When
// this is surely such an apply, it is an error; else it may be a new plan. What
// names the package or image that the sources become.
func addDrift(attribute path.Path, what string, drift *source.Drift, diags *diag.Diagnostics) {
	if drift == nil {
		return
	}
	files := "What changed is not known any more."
	if !drift.Changes.Empty() {
		files = "This changed:\n" + drift.Changes.String()
	}
	// Terraform folds warnings of one summary into one.
	summary := fmt.Sprintf("Sources of %s changed", what)
	if drift.SameRun {
		diags.AddAttributeError(attribute, summary,
			fmt.Sprintf("The sources of %s changed between plan and apply, so this is not what was approved. %s\n\nNothing was built or pushed. Run the plan again.", what, files))
		return
	}
	diags.AddAttributeWarning(attribute, summary,
		fmt.Sprintf("The sources of %s changed since the last plan, which was not applied. %s\n\n"+
			"Where that plan was saved and this is its apply, Terraform now refuses it as inconsistent, and rightly: plan again. A new plan is not affected.", what, files))
}
