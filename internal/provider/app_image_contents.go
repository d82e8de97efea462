package provider

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	attributepath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// checkContents asks for one source of content, and for places in the image.
func (m appImageModel) checkContents(d *diag.Diagnostics) {
	if !m.Dockerfile.IsNull() {
		for name, other := range map[string]attr.Value{
			"package": m.Package, "files": m.Files, "base_image": m.BaseImage, "platform_packages": m.PlatformPackages, "platform_files": m.PlatformFiles,
		} {
			if !other.IsNull() {
				d.AddAttributeError(attributepath.Root(name), "One content required", fmt.Sprintf(
					"Both `dockerfile` and `%s` are given: the Dockerfile says what goes into the image and upon which base, so leave `%s` out.", name, name))
			}
		}
		return
	}
	if m.checkOne(d); d.HasError() {
		return
	}
	if !m.Files.IsNull() && !m.Files.IsUnknown() && len(m.Files.Elements()) == 0 {
		invalid(d, "files", "Missing files", "`files` is empty: name at least one file or directory by its path in the image.")
	}
	checkPlaces(d, "files", "files", m.Files, nil)
	if m.Files.IsUnknown() || m.PlatformFiles.IsUnknown() {
		return
	}
	for _, key := range sortedKeys(m.PlatformFiles.Elements()) {
		each, ok := m.PlatformFiles.Elements()[key].(types.Map)
		if !ok || each.IsNull() || each.IsUnknown() {
			continue
		}
		name := fmt.Sprintf("platform_files[%q]", key)
		if len(each.Elements()) == 0 && m.Files.IsNull() {
			invalid(d, "platform_files", "Missing files", fmt.Sprintf("`%s` is empty: name at least one file or directory by its path in the image.", name))
		}
		checkPlaces(d, "platform_files", name, each, m.Files.Elements())
	}
}

// checkOne asks for one source of content.
func (m appImageModel) checkOne(d *diag.Diagnostics) {
	var given []string
	for _, one := range []struct {
		name  string
		value attr.Value
	}{{"package", m.Package}, {"platform_packages", m.PlatformPackages}, {"files", m.Files}, {"platform_files", m.PlatformFiles}} {
		if !one.value.IsNull() {
			given = append(given, one.name)
		}
	}
	const way = ": give exactly one of them. `files` also takes a package, at the place that you choose."
	switch {
	case len(given) == 0:
		invalid(d, "package", "One content required", "Neither `package` nor `files` is given, nor `dockerfile`, so the image would be empty"+way)
	case len(given) > 1 && !slices.Equal(given, []string{"files", "platform_files"}):
		invalid(d, given[0], "One content required", fmt.Sprintf("Both `%s` and `%s` are given", given[0], given[1])+way)
	}
}

// checkPlaces checks where files go in the image; beside are files that all
// platforms have.
func checkPlaces(d *diag.Diagnostics, attribute, name string, files types.Map, beside map[string]attr.Value) {
	seen := map[string]string{}
	for _, target := range sortedKeys(beside) {
		seen[path.Clean(target)] = target
	}
	for _, target := range sortedKeys(files.Elements()) {
		clean := path.Clean(target)
		other, twice := seen[clean]
		seen[clean] = target
		switch {
		case !path.IsAbs(target) || slices.Contains(strings.Split(target, "/"), ".."):
			invalid(d, attribute, "Invalid path in image", fmt.Sprintf("`%s` has the key %q: write an absolute path in the image, without \"..\".", name, target))
		case twice && beside[other] != nil:
			invalid(d, attribute, "Path given twice", fmt.Sprintf("The key %q of `%s` is a path that `files` has too: keep one.", target, name))
		case twice:
			invalid(d, attribute, "Path given twice", fmt.Sprintf("The keys %q and %q of `%s` are the same path in the image: keep one.", other, target, name))
		}
	}
}
