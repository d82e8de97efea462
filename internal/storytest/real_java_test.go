//go:build linux

package storytest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// TestReal_storyJava: Maven builds the WAR from its sources, the image goes to
// a real registry, and the group runs it. A changed class is another release.
func TestReal_storyJava(t *testing.T) {
	const debian = "/etc/maven/settings-debian.xml" // Debian's packages alone
	realparts.Tool(t, "mvn")
	if _, err := os.Stat(debian); err != nil {
		realparts.Missing(t, debian)
	}
	registry := realparts.Registry(t)
	w := account(t)
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	g := w.NewGroup(t, "shop-web", 2, nil)
	source := t.TempDir()
	if err := os.CopyFS(source, os.DirFS("../../examples/resources/awsdeploy_app_package/shop")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(source, ".mvn"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(source, ".mvn", "maven.config"), "-o -s "+debian+"\n")
	with := config.Variables{
		"source_dir": config.StringVariable(source), "repository": config.StringVariable(registry + "/shop"), "base_image": config.StringVariable(server(t, registry)),
		"launch_template_name": config.StringVariable(g.Name), "autoscaling_group": config.StringVariable(g.Name),
	}
	run(t, w, "java",
		resource.TestStep{ConfigVariables: with, ConfigStateChecks: promoted("awsdeploy_rolling_release.shop")},
		resource.TestStep{
			PreConfig: func() {
				page := filepath.Join(source, "src", "main", "webapp", "index.html")
				if _, err := os.Stat(page); err != nil {
					t.Fatal(err)
				}
				write(t, page, "<h1>Another shop</h1>\n")
			},
			ConfigVariables: with, ConfigStateChecks: promoted("awsdeploy_rolling_release.shop"),
			ConfigPlanChecks: acctest.Plans(acctest.Updates("awsdeploy_app_image.shop"), acctest.Updates("awsdeploy_rolling_release.shop")),
		},
	)
	if v := g.Versions(); v[4] != 2 {
		t.Errorf("instances by version %v, want both on the second release", v)
	}
}

// server pushes a base that says where Tomcat keeps its applications. Nothing
// of it runs here.
func server(t *testing.T, registry string) string {
	t.Helper()
	base, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{Env: []string{"CATALINA_BASE=/var/lib/tomcat10"}}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewTag(registry + "/tomcat:10")
	if err == nil {
		err = remote.Write(ref, base)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ref.Name()
}
