package provider

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/ecr"
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
func (r *appImageResource) addMakingError(err error, m appImageModel, diags *diag.Diagnostics) {
	at, said := m.contentAttribute(), sentence(err)
	if errors.Is(err, image.ErrBase) {
		at, said = path.Root("base_image"), said+r.wayIn(err, m.BaseImage.ValueString())
	}
	if !addDiskFull(at, err, diags) {
		diags.AddAttributeError(at, "Image not made", said)
	}
}

// addDiskFull tells of a disk without room: what is sent is kept on this
// machine first. It reports whether that was it.
func addDiskFull(at path.Path, err error, diags *diag.Diagnostics) bool {
	full := errors.Is(err, syscall.ENOSPC)
	if full {
		diags.AddAttributeError(at, "Disk is full", sentence(err)+"\n\nMake room there, or set "+cache.Variable+" to a directory that has some.")
	}
	return full
}

// forTarget refuses an image that what it is for would not take.
func (m appImageModel) forTarget(made *image.Image, diags *diag.Diagnostics) {
	if made == nil || m.Target.ValueString() != targetLambda {
		return
	}
	if err := made.ForLambda(); err != nil {
		diags.AddAttributeError(path.Root("target"), "Not for Lambda", sentence(err))
	}
}

// addPushError says what the registry did not take, and the way out.
func (r *appImageResource) addPushError(err error, m appImageModel, diags *diag.Diagnostics) {
	at, summary := path.Root("repository"), "Image not pushed"
	if addDiskFull(m.contentAttribute(), err, diags) {
		return
	}
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

// repositoryActions are those that an image always needs on a repository: a
// registry does not tell which one it refused when it was asked with HEAD.
func repositoryActions(resource string) string {
	var actions []string
	for _, p := range appImagePermissions().All {
		if p.Resource == resource && (p.Feature == "" || resource == baseARN) {
			actions = append(actions, p.Action)
		}
	}
	return strings.Join(actions, ", ")
}

// wayIn tells what to do about a registry that does not let us.
func (r *appImageResource) wayIn(err error, reference string) string {
	host, rest, _ := strings.Cut(reference, "/")
	ours := r.keychain.Serves(host)
	switch {
	case errors.Is(err, image.ErrUntrusted):
		return fmt.Sprintf(" Name the file of its certificate authority in the provider's `registries`: `%q = { ca_bundle = \"ca.pem\" }`, or in `custom_ca_bundle`.", host)
	case errors.Is(err, image.ErrPlain):
		return fmt.Sprintf(" Give it a certificate, or accept what follows from going without, in the provider's `registries`: `%q = { insecure = true }`.", host)
	case errors.Is(err, image.ErrRepository) && host == ecr.PublicHost:
		return " Make it with `aws_ecrpublic_repository` and refer to its `repository_uri`."
	case errors.Is(err, image.ErrRefused) && host == ecr.PublicHost:
		return " The provider's AWS credentials sign in here: they need `ecr-public:GetAuthorizationToken` and `sts:GetServiceBearerToken`, and for a push the permissions of the repository."
	case errors.Is(err, image.ErrRepository) && ours:
		return fmt.Sprintf(" Make it with `aws_ecr_repository` (name = %q) and refer to its `repository_url`.", rest)
	case errors.Is(err, image.ErrRefused) && ours:
		return fmt.Sprintf(" The provider's AWS credentials sign in here: their policies and the repository's must allow it. "+
			"A base needs %s; a repository that is pushed to needs %s. The guide IAM has the whole policy.", repositoryActions(baseARN), repositoryActions(repositoryARN))
	case errors.Is(err, image.ErrRefused):
		return fmt.Sprintf(" The Docker configuration signs in here: run `docker login %s`, or add a credential helper.", host)
	case errors.Is(err, image.ErrTagTaken):
		return " Use a new tag for each image, or let the repository's tags be mutable."
	}
	return ""
}
