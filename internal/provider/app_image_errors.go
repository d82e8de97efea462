package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// sentence makes an error's text a sentence of its own.
func sentence(err error) string {
	text := err.Error()
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// addMakingError blames the attribute that an image could not be made of.
func addMakingError(err error, m appImageModel, diags *diag.Diagnostics) {
	at := path.Root("files")
	if !m.Package.IsNull() {
		at = path.Root("package")
	}
	if errors.Is(err, image.ErrBase) {
		at = path.Root("base_image")
	}
	diags.AddAttributeError(at, "Image not made", sentence(err))
}

// addPushError says what the registry did not take, and the way out.
func (r *appImageResource) addPushError(err error, m appImageModel, diags *diag.Diagnostics) {
	at, summary := path.Root("repository"), "Image not pushed"
	switch {
	case errors.Is(err, image.ErrRepository):
		summary = "Repository does not exist"
	case errors.Is(err, image.ErrTagTaken):
		at, summary = path.Root("tags"), "Tag cannot be moved"
	case errors.Is(err, image.ErrRefused):
		summary = "Registry refuses access"
	}
	diags.AddAttributeError(at, summary, sentence(err)+r.wayIn(err, m.Repository.ValueString())+
		"\n\nWhat is in the registry already is not sent again by the next apply. No tag was moved to an image that is not whole.")
}

// wayIn tells what to do about a registry that does not let us.
func (r *appImageResource) wayIn(err error, reference string) string {
	host, rest, _ := strings.Cut(reference, "/")
	ours := r.keychain.Serves(host)
	switch {
	case errors.Is(err, image.ErrRepository) && ours:
		return fmt.Sprintf(" Make it with `aws_ecr_repository` (name = %q) and refer to its `repository_url`.", rest)
	case errors.Is(err, image.ErrRefused) && ours:
		return " The provider's AWS credentials sign in here: their policies and the repository's must allow it."
	case errors.Is(err, image.ErrRefused):
		return fmt.Sprintf(" The Docker configuration signs in here: run `docker login %s`, or add a credential helper.", host)
	case errors.Is(err, image.ErrTagTaken):
		return " Use a new tag for each image, or let the repository's tags be mutable."
	}
	return ""
}

// addSourceDrift names the files that changed since a plan. Refused says that
// this is the apply of that plan; else it may be a new plan just as well.
func addSourceDrift(changes source.Changes, what string, refused bool, diags *diag.Diagnostics) {
	files := "Which files changed is not known on this machine."
	if !changes.Empty() {
		files = "Since then:\n\n" + changes.String()
	}
	const summary = "Sources changed since plan"
	if refused {
		diags.AddError(summary, fmt.Sprintf(
			"The plan names the %s that the sources made then; now they make another one, which nobody has seen. %s\n\nNothing was pushed: plan again.", what, files))
		return
	}
	diags.AddWarning(summary, fmt.Sprintf(
		"The last plan of this %s was not applied, and cannot be any more: the sources now make another one. %s\n\nIf this is an apply, Terraform refuses it: plan again.", what, files))
}
