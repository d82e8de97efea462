package provider

import (
	"fmt"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// addDrift says that sources are not what the last plan was made of. Terraform
// computes a plan again when it applies it, and refuses one that comes out
// different, in words that blame the provider: these say what happened. When
// this is surely such an apply, it is an error; else it may be a new plan.
func addDrift(attribute path.Path, dir string, drift *source.Drift, diags *diag.Diagnostics) {
	if drift == nil {
		return
	}
	files := "Which files changed is not known any more."
	if !drift.Changes.Empty() {
		files = "These files changed:\n" + drift.Changes.String()
	}
	// Terraform folds warnings of one summary into one.
	summary := fmt.Sprintf("Sources of %s changed", filepath.Base(filepath.Clean(dir)))
	if drift.SameRun {
		diags.AddAttributeError(attribute, summary,
			fmt.Sprintf("The sources in %s changed between plan and apply, so this is not what was approved. %s\n\nNothing was built. Run the plan again.", dir, files))
		return
	}
	diags.AddAttributeWarning(attribute, summary,
		fmt.Sprintf("The sources in %s changed since the last plan, which was not applied. %s\n\n"+
			"Where that plan was saved and this is its apply, Terraform now refuses it as inconsistent, and rightly: plan again. A new plan is not affected.", dir, files))
}
