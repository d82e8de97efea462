//go:build linux

package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// debianMaven are the settings with which Maven finds Debian's packages alone.
const debianMaven = "/etc/maven/settings-debian.xml"

// tomcat pushes a base of Debian's Tomcat and Java to a registry.
func tomcat(t *testing.T, registry string) string {
	t.Helper()
	realparts.Tool(t, "apt-get")
	realparts.Tool(t, "dpkg-deb")
	script := exec.Command("../../scripts/tomcat-base.sh")
	script.Stderr = os.Stderr
	root, err := script.Output()
	if err != nil {
		t.Fatalf("making the base: %v", err)
	}
	layer, err := tarball.LayerFromFile(strings.TrimSpace(string(root)))
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}, Config: v1.Config{
		Env: []string{"CATALINA_BASE=/var/lib/tomcat10"},
		// What catalina.sh runs; the base has no shell.
		Entrypoint: []string{"/usr/lib/jvm/java/bin/java", "-cp", "/usr/share/tomcat10/bin/bootstrap.jar:/usr/share/tomcat10/bin/tomcat-juli.jar",
			"-Dcatalina.home=/usr/share/tomcat10", "-Dcatalina.base=/var/lib/tomcat10", "org.apache.catalina.startup.Bootstrap"},
		Cmd: []string{"start"},
	}})
	if err == nil {
		image, err = mutate.AppendLayers(image, layer)
	}
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewTag(registry + "/tomcat:10")
	if err == nil {
		err = remote.Write(ref, image)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ref.Name()
}

// warConfig makes the example's WAR and an image of it.
func warConfig(w *acctest.World, dir, registry, base, address string) string {
	_, port, _ := strings.Cut(address, ":")
	return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_app_package" "shop" {
  source_dir = %q
  build      = { tool = "maven", command = ["mvn", "-o", "-B", "-s", %q, "package"] }
  artifact   = "target/*.war"
}
resource "awsdeploy_app_image" "shop" {
  repository = "%s/shop"
  tags       = ["1"]
  base_image = %q
  package    = awsdeploy_app_package.shop.path
  env        = { JAVA_TOOL_OPTIONS = "-Dhttp.port=%s" }
}
output "image" { value = awsdeploy_app_image.shop.image }
output "digest" { value = awsdeploy_app_image.shop.digest }
output "layers" { value = join(" ", [for l in awsdeploy_app_image.shop.layers : l.from]) }
`, dir, debianMaven, registry, base, port)
}

// TestReal_warOnTomcat goes from Java sources to an answer over HTTP: Maven
// builds, the provider makes the image and pushes it, an engine runs it. A
// second checkout with an empty cache comes to the same image.
func TestReal_warOnTomcat(t *testing.T) {
	realparts.Tool(t, "mvn")
	if _, err := os.Stat(debianMaven); err != nil {
		realparts.Missing(t, debianMaven)
	}
	engine, registry, address := realparts.NewEngine(t), realparts.Registry(t), realparts.FreeAddress(t)
	base := tomcat(t, registry)
	w := acctest.New(t)
	var digests []string
	for _, old := range []time.Duration{0, 1000 * time.Hour} {
		t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
		dir := checkout(t, "../../examples/resources/awsdeploy_app_package/shop", old)
		s := newShell(t, warConfig(w, dir, registry, base, address))
		s.run("plan", "-out=saved")
		s.run("apply", "saved")
		s.says(s.run("plan", "-detailed-exitcode"), "No changes")
		digests = append(digests, s.output("digest"))
		if got := s.output("layers"); got != "base resources classes" {
			t.Errorf("the layers are %s", got)
		}
		if old == 0 {
			engine.Start(s.output("image"))
			realparts.Await(t, "the page", func() error { return realparts.Answers("http://"+address+"/", "<h1>Shop</h1>") })
			realparts.Await(t, "the class", func() error { return realparts.Answers("http://"+address+"/price.jsp", "Today: 19.99") })
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("two checkouts became %q", digests)
	}
}
