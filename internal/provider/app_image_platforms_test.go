package provider_test

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// program is the header of a program for a machine; more makes it another one.
func program(t *testing.T, machine elf.Machine, more string) string {
	t.Helper()
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	var b strings.Builder
	if err := binary.Write(&b, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	return b.String() + more
}

// programs lays a program for each of two platforms.
func (w *imageWorld) programs(t *testing.T, more string) {
	t.Helper()
	w.write(t, "bin/linux/amd64/serve", program(t, elf.EM_X86_64, more), 0o755)
	w.write(t, "bin/linux/arm64/serve", program(t, elf.EM_AARCH64, more), 0o755)
}

// TestAccAppImage_programForEachPlatform makes an image for two platforms of
// two packages, each with its own program, in one apply.
func TestAccAppImage_programForEachPlatform(t *testing.T) {
	w := newImageWorld(t)
	w.programs(t, "")
	config, made := "", []string{}
	for _, architecture := range []string{"amd64", "arm64"} {
		config += fmt.Sprintf(`
resource "awsdeploy_app_package" "%[2]s" {
  source_dir = "%[1]s/bin/linux/%[2]s"
  artifact   = "serve"
}
`, w.dir, architecture)
		made = append(made, fmt.Sprintf("\"linux/%[1]s\" = awsdeploy_app_package.%[1]s.path", architecture))
	}
	config += w.config("platform_packages = { "+strings.Join(made, ", ")+" }", `tags = ["1"]`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config: config,
				Check: func(*terraform.State) error {
					ref, err := name.ParseReference(w.host() + "/shop:1")
					if err != nil {
						return err
					}
					index, err := remote.Index(ref)
					if err != nil {
						return err
					}
					if err := validate.Index(index); err != nil {
						return err
					}
					m, err := index.IndexManifest()
					if err != nil {
						return err
					}
					var found []string
					for _, one := range m.Manifests {
						found = append(found, one.Platform.String())
						made, err := index.Image(one.Digest)
						if err != nil {
							return err
						}
						file, err := made.ConfigFile()
						if err != nil || file.Architecture != one.Platform.Architecture || strings.Join(file.Config.Entrypoint, " ") != "/app/serve" {
							return fmt.Errorf("%s: %+v, %w", one.Platform, file, err)
						}
					}
					if got := strings.Join(found, " "); got != "linux/amd64 linux/arm64" {
						return fmt.Errorf("the platforms are %s", got)
					}
					return nil
				},
			},
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig: func() { w.programs(t, "changed") },
				Config:    config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage), acctest.Known(theImage, "platforms",
					knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("linux/amd64"), knownvalue.StringExact("linux/arm64")}))),
			},
		},
	})
}

// platformSettings is a configuration without the world's common files.
func (w *imageWorld) platformSettings(more map[string]any) map[string]any {
	config := w.settings(more)
	if _, given := more["files"]; !given {
		delete(config, "files")
	}
	return config
}

// TestAppImage_filesForEachPlatform plans digests and layers of programs that
// platforms have for themselves beside files that all have.
func TestAppImage_filesForEachPlatform(t *testing.T) {
	w := newImageWorld(t)
	w.programs(t, "")
	own := func(platform string) map[string]any {
		return map[string]any{"/srv/serve": filepath.Join(w.dir, "bin", platform, "serve")}
	}
	config := w.platformSettings(map[string]any{
		"files":          map[string]any{"/srv/etc": filepath.Join(w.dir, "etc")},
		"platform_files": map[string]any{"linux/amd64": own("linux/amd64"), "linux/arm64/v8": own("linux/arm64")},
		"tags":           []any{"1"}, "entrypoint": []any{"/srv/serve"},
	})
	b := w.NewBench(t, "awsdeploy_app_image")
	planned, _, _ := b.Plan(config)
	digest := text(t, planned, "digest")
	for _, want := range []string{`"platform":tftypes.String<"linux/amd64">`, `"platform":tftypes.String<"linux/arm64">`, `"from":tftypes.String<"/srv/serve">`, `"from":tftypes.String<"/srv/etc">`} {
		if n := strings.Count(planned.String(), want); n != 2 {
			t.Errorf("the plan has %s %d times: %s", want, n, planned)
		}
	}
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	if got := b.Attribute("digest"); got != digest {
		t.Errorf("planned %s, pushed %s", digest, got)
	}
	b.Restart()
	b.Read()
	if _, _, changes := b.Plan(config); changes {
		t.Error("the same again is a change")
	}
	w.write(t, "bin/linux/arm64/serve", program(t, elf.EM_AARCH64, "changed"), 0o755)
	planned, _, _ = b.Plan(config)
	if got := text(t, planned, "change_summary"); !strings.HasPrefix(got, "/srv/serve changed, 1 unchanged; at most ") {
		t.Errorf("planned: %s", got)
	}
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	// A fresh machine: everything is known from the state.
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	b.Restart()
	b.Read()
	if _, _, changes := b.Plan(config); changes {
		t.Error("on another machine it is a change")
	}
}

// TestAppImage_platformsRefused: what does not fit is an error of the plan.
func TestAppImage_platformsRefused(t *testing.T) {
	w := newImageWorld(t)
	w.programs(t, "")
	if err := os.WriteFile(filepath.Join(w.dir, "notes"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	amd, arm := filepath.Join(w.dir, "bin/linux/amd64/serve"), filepath.Join(w.dir, "bin/linux/arm64/serve")
	both := []any{"linux/amd64", "linux/arm64"}
	file := func(local string) map[string]any { return map[string]any{"/srv/serve": local} }
	b := w.NewBench(t, "awsdeploy_app_image")
	for name, c := range map[string]struct {
		config map[string]any
		want   string
	}{
		"a platform without a package":      {map[string]any{"platforms": both, "platform_packages": map[string]any{"linux/amd64": amd}}, "`platforms` has \"linux/arm64\", for which `platform_packages` has no entry"},
		"a package without a platform":      {map[string]any{"platforms": []any{"linux/amd64"}, "platform_packages": map[string]any{"linux/amd64": amd, "linux/arm64": arm}}, "`platform_packages` has an entry for \"linux/arm64\", and the image is not made for it"},
		"a platform that is none":           {map[string]any{"platform_packages": map[string]any{"amd64": amd}}, "`platform_packages`: \"amd64\" is not a platform"},
		"one platform in two ways":          {map[string]any{"platform_packages": map[string]any{"linux/arm64": arm, "linux/arm64/v8": arm}}, "names one platform in two ways"},
		"no platform":                       {map[string]any{"platform_packages": map[string]any{}}, "`platform_packages` is empty"},
		"no files":                          {map[string]any{"platform_files": map[string]any{"linux/amd64": map[string]any{}}}, "`platform_files[\"linux/amd64\"]` is empty"},
		"a path that is none":               {map[string]any{"platform_files": map[string]any{"linux/amd64": map[string]any{"srv": amd}}}, "`platform_files[\"linux/amd64\"]` has the key \"srv\": write an absolute path"},
		"a path that all have":              {map[string]any{"files": file(amd), "platform_files": map[string]any{"linux/amd64": map[string]any{"/srv/serve/": amd}}}, "is a path that `files` has too"},
		"two contents":                      {map[string]any{"package": amd, "platform_packages": map[string]any{"linux/amd64": amd}}, "Both `package` and `platform_packages` are given"},
		"a package for another platform":    {map[string]any{"platform_packages": map[string]any{"linux/amd64": amd, "linux/arm64": amd}}, "serve is a program for amd64, and would not start on linux/arm64"},
		"a file for another platform":       {map[string]any{"platform_files": map[string]any{"linux/arm64": file(amd)}}, "`platform_files[\"linux/arm64\"][\"/srv/serve\"]`: "},
		"one program for all":               {map[string]any{"platforms": both, "files": file(arm), "entrypoint": []any{"/srv/serve"}}, "serve is a program for arm64, and would not start on linux/amd64"},
		"one program for the other":         {map[string]any{"files": file(arm), "entrypoint": []any{"/srv/serve"}}, "give each platform its own by `platform_packages` or `platform_files`"},
		"a package that is none":            {map[string]any{"platform_packages": map[string]any{"linux/amd64": filepath.Join(w.dir, "notes")}}, "is of no known package type"},
		"files that are not there":          {map[string]any{"platform_files": map[string]any{"linux/amd64": file("/nowhere")}}, "`platform_files[\"linux/amd64\"][\"/srv/serve\"]`: /nowhere is not there"},
		"platforms that differ in the maps": {map[string]any{"platform_files": map[string]any{"linux/amd64": file(amd)}, "files": file(amd), "platforms": both}, "no entry"},
	} {
		t.Run(name, func(t *testing.T) {
			config := w.platformSettings(c.config)
			err := b.Validate(config)
			if err == nil {
				err = b.Refused(config)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
