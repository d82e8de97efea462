package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
)

// appImagePlatforms is what platforms have for themselves.
type appImagePlatforms struct {
	PlatformPackages types.Map `tfsdk:"platform_packages"`
	PlatformFiles    types.Map `tfsdk:"platform_files"`
}

func imagePlatformAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"platform_packages": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "A package for each platform, in place of `package`: its path by the platform, such as `{ for p, made in awsdeploy_app_package.app : p => made.path }`. " +
				"A platform of `platforms` without one, and a program that was built for another platform, are errors of the plan.",
		},
		"platform_files": schema.MapAttribute{
			Optional: true, ElementType: types.MapType{ElemType: types.StringType},
			MarkdownDescription: "Files for each platform, in place of `files` or beside them: what `files` takes, by the platform, such as `{ \"linux/arm64\" = { \"/srv/run\" = \"build/arm64/run\" } }`. " +
				"Each platform of `platforms` needs an entry, which may be empty beside `files`. No place in the image may be given by both.",
		},
	}
}

// byPlatform are both maps, by the attributes' names.
func (o appImagePlatforms) byPlatform() map[string]types.Map {
	return map[string]types.Map{"platform_packages": o.PlatformPackages, "platform_files": o.PlatformFiles}
}

// platformsOf are the platforms that a map has entries for, in their order.
func platformsOf(m types.Map) (list []string) {
	for _, key := range sortedKeys(m.Elements()) {
		if p, err := image.ParsePlatform(key); err == nil {
			list = append(list, p.String())
		}
	}
	slices.Sort(list)
	return list
}

// derivePlatforms takes the platforms from what is given for each, where the
// configuration does not name them.
func (m *appImageModel) derivePlatforms(given types.List) {
	if !given.IsNull() {
		return
	}
	for _, each := range []types.Map{m.PlatformPackages, m.PlatformFiles} {
		switch {
		case each.IsUnknown():
			m.Platforms = types.ListUnknown(types.StringType)
		case !each.IsNull():
			var values []attr.Value
			for _, p := range platformsOf(each) {
				values = append(values, types.StringValue(p))
			}
			m.Platforms = types.ListValueMust(types.StringType, values)
			return
		}
	}
}

// checkPlatforms asks for an entry for each platform, and for no other.
func (m appImageModel) checkPlatforms(d *diag.Diagnostics) {
	wanted := m.Platforms
	named := "`platforms` has"
	for _, name := range []string{"platform_files", "platform_packages"} {
		each := m.byPlatform()[name]
		if each.IsNull() || each.IsUnknown() {
			continue
		}
		if len(each.Elements()) == 0 {
			invalid(d, name, "Missing platform", fmt.Sprintf("`%s` is empty: give an entry for each platform, such as \"linux/amd64\".", name))
		}
		for _, key := range sortedKeys(each.Elements()) {
			if _, err := image.ParsePlatform(key); err != nil {
				invalid(d, name, "Invalid platform", fmt.Sprintf("`%s`: %s.", name, err))
			}
			if v := each.Elements()[key]; v.IsNull() {
				invalid(d, name, "Platform without content", fmt.Sprintf("`%s[%q]` is null: leave the platform out, or give its content.", name, key))
			}
		}
		has := platformsOf(each)
		if twice := slices.Compact(slices.Clone(has)); len(twice) < len(has) {
			invalid(d, name, "Invalid platform", fmt.Sprintf("`%s` names one platform in two ways: keep one of %s.", name, strings.Join(sortedKeys(each.Elements()), ", ")))
		}
		if wholly(wanted) && !wanted.IsNull() {
			m.compareDemand(name, named, members(wanted), has, d)
		} else if wanted.IsNull() {
			values := []attr.Value{}
			for _, p := range has {
				values = append(values, types.StringValue(p))
			}
			wanted, named = types.ListValueMust(types.StringType, values), fmt.Sprintf("`%s` has", name)
		}
	}
}

// compareDemand compares the platforms that are wanted with those that have
// content.
func (m appImageModel) compareDemand(name, named string, wanted, has []string, d *diag.Diagnostics) {
	var normal []string
	for _, text := range wanted {
		p, err := image.ParsePlatform(text)
		if err != nil {
			return // said elsewhere
		}
		normal = append(normal, p.String())
		if !slices.Contains(has, p.String()) {
			invalid(d, name, "Platform without content", fmt.Sprintf("%s %q, for which `%s` has no entry: add one, or take the platform out.", named, text, name))
		}
	}
	for _, text := range has {
		if !slices.Contains(normal, text) {
			invalid(d, name, "Content without platform", fmt.Sprintf("`%s` has an entry for %q, and the image is not made for it: add it to `platforms`, or take the entry out.", name, text))
		}
	}
}

// imageContents are what goes into an image.
type imageContents struct {
	common []image.Content
	own    map[string][]image.Content
}

// own reads what platforms have for themselves.
func (m appImageModel) own(ctx context.Context, diags *diag.Diagnostics) (own map[string][]image.Content, pending bool) {
	if m.PlatformPackages.IsNull() && m.PlatformFiles.IsNull() {
		return nil, false
	}
	own = map[string][]image.Content{}
	for _, key := range sortedKeys(m.PlatformPackages.Elements()) {
		p, err := image.ParsePlatform(key)
		if err != nil {
			continue // refused before
		}
		c, waits := m.readPackage(ctx, "platform_packages", m.PlatformPackages.Elements()[key].(types.String).ValueString(), diags)
		own[p.String()] = append(own[p.String()], c)
		pending = pending || waits
	}
	for _, key := range sortedKeys(m.PlatformFiles.Elements()) {
		p, err := image.ParsePlatform(key)
		if err != nil {
			continue
		}
		files := m.PlatformFiles.Elements()[key].(types.Map)
		for _, c := range m.readFiles(ctx, fmt.Sprintf("platform_files[%q]", key), files, diags) {
			if err := c.Explicit(p); err != nil {
				diags.AddAttributeError(path.Root("platform_files"), "Cannot use files", fmt.Sprintf("`platform_files[%q][%q]`: %s", key, c.Target, sentence(err)))
			}
			own[p.String()] = append(own[p.String()], c)
		}
	}
	return own, pending
}

// readPackage reads a package. Pending says that it is known by its digest
// alone: its file is not on this machine, or not yet.
func (m appImageModel) readPackage(ctx context.Context, attribute, file string, diags *diag.Diagnostics) (c image.Content, pending bool) {
	file = packageHere(file)
	c, err := image.ReadPackage(ctx, file, m.MaxSize.ValueInt64())
	if sum, _, ok := pack.Locate(file); ok && errors.Is(err, image.ErrGone) {
		c, err, pending = c.Pending(sum), nil, true
	}
	if err != nil {
		diags.AddAttributeError(path.Root(attribute), "Cannot use package", sentence(err))
	}
	return c, pending
}

// readFiles reads what a map lays into the image.
func (m appImageModel) readFiles(ctx context.Context, called string, files types.Map, diags *diag.Diagnostics) (list []image.Content) {
	attribute, _, _ := strings.Cut(called, "[")
	for _, target := range sortedKeys(files.Elements()) {
		c, err := image.ReadFiles(ctx, target, files.Elements()[target].(types.String).ValueString(), m.MaxSize.ValueInt64())
		if err != nil {
			diags.AddAttributeError(path.Root(attribute), "Cannot use files", fmt.Sprintf("`%s[%q]`: %s", called, target, sentence(err)))
		}
		list = append(list, c)
	}
	return list
}

// packages are the paths of all packages, by what they are called.
func (m appImageModel) packages() map[string]string {
	all := map[string]string{}
	if !m.Package.IsNull() {
		all["package"] = m.Package.ValueString()
	}
	for key, v := range m.PlatformPackages.Elements() {
		all[fmt.Sprintf("platform_packages[%q]", key)] = v.(types.String).ValueString()
	}
	return all
}

// locals are the local paths of all files, by where they go.
func (m appImageModel) locals() map[string]string {
	all := map[string]string{}
	for target, v := range m.Files.Elements() {
		all[target] = v.(types.String).ValueString()
	}
	for key, each := range m.PlatformFiles.Elements() {
		for target, v := range each.(types.Map).Elements() {
			all[key+" "+target] = v.(types.String).ValueString()
		}
	}
	return all
}
