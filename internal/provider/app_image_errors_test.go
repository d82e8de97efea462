package provider_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// TestAccAppImage_badInput checks what a plan refuses, and that it names the
// attribute, the value and the way out.
func TestAccAppImage_badInput(t *testing.T) {
	w := newImageWorld(t)
	w.write(t, "notes", "text", 0o644)
	if err := os.Symlink("/etc/passwd", filepath.Join(w.dir, "etc", "out")); err != nil {
		t.Fatal(err)
	}
	inner := fmt.Sprintf("files = { \"/srv/run\" = %q }", filepath.Join(w.dir, "run"))
	closed := httptest.NewServer(nil)
	closed.Close()
	unreachable := strings.TrimPrefix(closed.URL, "http://")
	var steps []resource.TestStep
	for _, c := range []struct{ lines, want string }{
		{inner + "\ntags = [\"no tag\"]", "`tags`: \"no tag\" is not a tag"},
		{inner + "\ntags = [\"1\", \"1\"]", "`tags` has \"1\" twice"},
		{inner + "\nplatforms = [\"amd64\"]", "\"amd64\" is not a platform: write linux/amd64"},
		{inner + "\nplatforms = []", "`platforms` is empty"},
		{inner + "\nexposed_ports = [\"80:80\"]", "\"80:80\" is not a port"},
		{inner + "\nworkdir = \"srv\"", "\"srv\" is not an absolute path in the image"},
		{inner + "\nbase_image = \"Tomcat 10\"", "\"Tomcat 10\" does not name an image"},
		{inner + "\npackage = \"x\"", "Both `package` and `files` are given"},
		{"", "Neither `package` nor `files` is given"},
		{"files = { \"srv\" = \"x\" }", "`files` has the key \"srv\": write an absolute path"},
		{"files = { \"/srv\" = \"x\", \"/srv/\" = \"y\" }", "The keys \"/srv\" and \"/srv/\" of `files` are the same path"},
		{"files = { \"/srv\" = \"/nowhere/at/all\" }", "`files[\"/srv\"]`: /nowhere/at/all is not there"},
		{w.files(), "etc/out is a link to /etc/passwd, which leaves the directory"},
		{fmt.Sprintf("package = %q", filepath.Join(w.dir, "notes")), "is of no known package type"},
		{fmt.Sprintf("package = %q", filepath.Join(w.dir, "gone.jar")), "gone.jar is not there"},
		{inner + "\nstop_signal = \"TERM\"", "\"TERM\" is not a signal: write its name, such as SIGTERM"},
		{inner + "\njava = { layout = \"whole\" }", "`java` says how a `package` is laid into the image"},
		{"package = \"x.war\"\njava = { context = \"a/b\", webapps = \"srv\", main_class = \"a/b\" }", "`java.context`: \"a/b\" is not the name of a directory"},
		{inner + "\nlayering = [{ name = \"a/b\", paths = [\"srv\"] }]", "\"a/b\" is not a layer's name"},
		{inner + "\nlayering = [{ name = \"a\", paths = [\"srv\"] }]", "`layering` has the layer \"a\": \"srv\" is not an absolute path"},
		{inner + "\ntarget = \"lambda\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]", "AWS Lambda takes no index of several platforms"},
		{inner + "\ntarget = \"lambda\"\ncompression = \"zstd\"", "whose images have gzip"},
		{inner + "\ntarget = \"lambda\"\nplatforms = [\"linux/s390x\"]", "AWS Lambda runs linux/amd64 and linux/arm64"},
		{inner + fmt.Sprintf("\nbase_image = \"%s/base:1\"", unreachable), "the registry " + unreachable + " cannot be reached"},
		{inner + fmt.Sprintf("\nbase_image = \"%s/none:1\"", w.host()), "there is no such image"},
	} {
		steps = append(steps, resource.TestStep{Config: w.config(c.lines), PlanOnly: true, ExpectError: acctest.Says(c.want)})
	}
	for repository, want := range map[string]string{
		"shop": "\"shop\" does not name a registry and a repository in it", w.host() + "/shop:1": "carries a tag",
	} {
		config := strings.Replace(w.config(inner), w.host()+"/shop", repository, 1)
		steps = append(steps, resource.TestStep{Config: config, PlanOnly: true, ExpectError: acctest.Says(want)})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
	if got := w.registryWrites(); len(got) > 0 {
		t.Errorf("plans wrote %q", got)
	}
}

// TestAccAppImage_registryRefuses checks what an apply is told by a registry,
// and that the next one makes up for it.
func TestAccAppImage_registryRefuses(t *testing.T) {
	w := newImageWorld(t)
	good := w.config(w.files(), `tags = ["1"]`)
	closed := httptest.NewServer(nil)
	closed.Close()
	unreachable := strings.TrimPrefix(closed.URL, "http://")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config:      strings.Replace(good, "/shop\"", "/absent\"", 1),
				ExpectError: acctest.Says("Make it with `aws_ecr_repository` (name = \"absent\") and refer to its `repository_url`"),
			},
			{
				Config:      strings.Replace(good, w.host()+"/shop\"", unreachable+"/shop\"", 1),
				ExpectError: acctest.Says("The registry " + unreachable + " cannot be reached"),
			},
			{
				PreConfig: func() {
					w.Emulator.Inject(emulator.Fault{Service: "registry", Operation: "StartUpload", Kind: emulator.Denied, Times: -1})
				},
				Config:      good,
				ExpectError: acctest.Says("The provider's AWS credentials sign in here"),
			},
			{
				PreConfig: func() {
					w.Emulator.Heal()
					w.Emulator.Inject(emulator.Fault{Service: "registry", Operation: "PutManifest", Kind: emulator.ServerError500, Times: -1})
				},
				Config:      good,
				ExpectError: acctest.Says("Image not pushed"),
			},
			{PreConfig: w.Emulator.Heal, Config: good, ConfigPlanChecks: acctest.Plans(acctest.Creates(theImage))},
		},
	})
	w.pulled(t, ":1")
}

// TestAccAppImage_immutableTags checks that a tag which has our image already
// is success, and one that has another image is an error that says so.
func TestAccAppImage_immutableTags(t *testing.T) {
	w := newImageWorld(t)
	w.Call(t, "ecr", "PutImageTagMutability", map[string]any{"repositoryName": "shop", "imageTagMutability": "IMMUTABLE"})
	config := w.config(w.files(), `tags = ["1"]`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{Config: w.Provider(), ConfigPlanChecks: acctest.Plans()}, // forgotten, and made again
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Creates(theImage))},
			{
				PreConfig:   func() { w.write(t, "etc/app.conf", "x = 2\n", 0o644) },
				Config:      config,
				ExpectError: acctest.Says("Use a new tag for each image"),
			},
			{Config: w.config(w.files(), `tags = ["2"]`), ConfigPlanChecks: acctest.Plans(acctest.Updates(theImage))},
		},
	})
}

// TestAccAppImage_signsInToECR checks that the registry gets the password that
// the provider's own credentials obtain.
func TestAccAppImage_signsInToECR(t *testing.T) {
	w := newImageWorld(t, emulator.WithRegistryAuth())
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps:                    []resource.TestStep{{Config: w.config(w.files(), `tags = ["1"]`)}},
	})
	if w.Emulator.Count("registry", "PutManifest") == 0 || w.Emulator.Count("ecr", "GetAuthorizationToken") == 0 {
		t.Error("nothing was pushed with a password of ECR")
	}
}
