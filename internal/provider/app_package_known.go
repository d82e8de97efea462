package provider

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
)

// builtKey is where private state keeps what the resource built before, the
// newest last.
const builtKey = "built"

// mostBuilt is how many builds are kept.
const mostBuilt = 20

// built is one build: what it was made of, and what it gave.
type built struct {
	Recipe  string       `json:"recipe"`
	Package pack.Package `json:"package"`
}

// history are builds of private state.
type history []built

func readHistory(value []byte) history {
	var h history
	if json.Unmarshal(value, &h) != nil {
		return nil // another version's: only a convenience is lost
	}
	return h
}

func (h history) find(recipe string) (pack.Package, bool) {
	for _, b := range slices.Backward(h) {
		if b.Recipe == recipe {
			return b.Package, true
		}
	}
	return pack.Package{}, false
}

func (h history) without(recipe string) history {
	return slices.DeleteFunc(slices.Clone(h), func(b built) bool { return b.Recipe == recipe })
}

func (h history) with(b built) history {
	h = append(h.without(b.Recipe), b)
	return h[max(0, len(h)-mostBuilt):]
}

// value is the history as private state keeps it.
func (h history) value(diags *diag.Diagnostics) []byte {
	value, err := json.Marshal(h)
	if err != nil {
		diags.AddError("Builds cannot be noted", err.Error()+".")
		return []byte("null")
	}
	return value
}

// known is what a recipe gave before: on this machine, where it was published,
// or for this resource. A file that is not here can be fetched or made again.
func (r *appPackageResource) known(ctx context.Context, m *appPackageModel, store pack.Store, recipe string, past history, diags *diag.Diagnostics) (pack.Package, bool) {
	if p, ok := store.Find(recipe); ok {
		return p, true
	}
	if p, ok := r.noted(ctx, m, recipe, diags); ok {
		return p, true
	}
	return past.find(recipe)
}

// noted asks S3 for what a recipe gave, and makes sure that it is there.
func (r *appPackageResource) noted(ctx context.Context, m *appPackageModel, recipe string, diags *diag.Diagnostics) (pack.Package, bool) {
	bucket, prefix, ok := m.published()
	if !ok || !r.data.known() {
		return pack.Package{}, false
	}
	var p pack.Package
	found, err := r.store().Noted(ctx, bucket, noteKey(prefix, recipe), &p)
	if found && err == nil && isHash(p.SHA256) {
		var there artifactstore.Object
		there, err = r.store().Find(ctx, artifactstore.Object{Bucket: bucket, Key: packageKey(prefix, p)})
		if awsapi.IsNotFound(err) {
			return pack.Package{}, false
		}
		if err == nil {
			return p, there.Size == p.Size && strings.EqualFold(hex.EncodeToString(there.SHA256[:]), p.SHA256)
		}
	}
	if err != nil {
		diags.AddAttributeWarning(path.Root("publish"), "Cannot look for earlier builds",
			fmt.Sprintf("Whether s3://%s holds a package that was built of the same sources before is not known, so it is built again: %s.", bucket, awsapi.Describe(err)))
	}
	return pack.Package{}, false
}

// published is where packages go; ok is false while that is not known or
// nowhere.
func (m appPackageModel) published() (bucket, prefix string, ok bool) {
	fields := m.Publish.Attributes()
	for _, v := range []attr.Value{m.Publish, fields["bucket"], fields["key_prefix"]} {
		if v == nil || v.IsUnknown() {
			return "", "", false
		}
	}
	return stringOf(fields["bucket"]), stringOf(fields["key_prefix"]), !m.Publish.IsNull()
}

// packageKey is where a package is published.
func packageKey(prefix string, p pack.Package) string { return prefix + p.SHA256 + "/" + p.Name }

// noteKey is where it is noted what a recipe gave.
func noteKey(prefix, recipe string) string { return prefix + "builds/" + recipe + ".json" }

func isHash(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == 32
}

// note writes to S3 what the published package was made of. Without it, only
// other machines build again.
func (r *appPackageResource) note(ctx context.Context, m *appPackageModel, recipe string, diags *diag.Diagnostics) {
	bucket, prefix, ok := m.published()
	if !ok {
		return
	}
	if err := r.store().Note(ctx, bucket, noteKey(prefix, recipe), m.packaged()); err != nil {
		diags.AddAttributeWarning(path.Root("publish"), "Build cannot be noted",
			fmt.Sprintf("The package is published. What it was made of could not be written beside it, so other machines build it again: %s.", awsapi.Describe(err)))
	}
}

// fetch gets the planned package from where it was published, if it is there.
func (r *appPackageResource) fetch(ctx context.Context, m *appPackageModel, store pack.Store) (bool, error) {
	bucket, prefix, ok := m.published()
	if !ok || m.SHA256.IsUnknown() {
		return false, nil
	}
	want := m.packaged()
	object := artifactstore.Object{Bucket: bucket, Key: packageKey(prefix, want)}
	switch _, err := r.store().Find(ctx, object); {
	case awsapi.IsNotFound(err) || awsapi.IsAccessDenied(err):
		return false, nil
	case err != nil:
		return false, &pack.Problem{Attribute: "publish", Err: errors.New(publishAdvice(err))}
	}
	got, err := store.Add(want.Name, want.Type, want.Type == pack.TypeExecutable, func(w io.Writer) error {
		return r.store().Fetch(ctx, object, w)
	})
	if err == nil && got.SHA256 != want.SHA256 {
		err = fmt.Errorf("s3://%s/%s holds something else than its name says: delete it there", bucket, object.Key)
	}
	if err != nil {
		return false, &pack.Problem{Attribute: "publish", Err: err}
	}
	return true, nil
}
