package storytest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

const stories = "../../examples/stories"

// TestMain names the provider as the stories do.
func TestMain(m *testing.M) {
	if err := os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "awsdeploy"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// person is the access key of whoever runs a story.
const person = "emulated"

// account is an emulated account to which the environment points, as it does
// for people who try a story.
func account(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.New(t)
	point(t, w)
	return w
}

// point lets the environment point to an account.
func point(t *testing.T, w *acctest.World) {
	t.Helper()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": w.URL, "AWS_REGION": acctest.Region,
		"AWS_ACCESS_KEY_ID": person, "AWS_SECRET_ACCESS_KEY": "emulated", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
}

// copied is a story's files in a directory of the CLI's own, with the provider
// as a process.
func copied(t *testing.T, w *acctest.World, story string, names ...string) *acctest.Command {
	t.Helper()
	least(t, w, story)
	c := w.NewCommand(t, "")
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(stories, story, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(c.Dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		c.Write(t, filepath.Join(c.Dir, name), string(text))
	}
	return c
}

// run applies a story with one set of variables after the other; each must
// leave nothing to do.
func run(t *testing.T, w *acctest.World, story string, steps ...resource.TestStep) {
	t.Helper()
	least(t, w, story)
	for i := range steps {
		steps[i].ConfigDirectory = config.StaticDirectory(filepath.Join(stories, story))
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
}

func promoted(address string) []statecheck.StateCheck {
	return []statecheck.StateCheck{acctest.Is(address, "status", "promoted")}
}

func TestStory_web(t *testing.T) {
	w := account(t)
	g := w.NewGroup(t, "shop-web", 6, nil)
	w.NewAlarm(t, "shop-5xx")
	with := func(image string) config.Variables {
		return config.Variables{"autoscaling_group": config.StringVariable(g.Name), "launch_template_id": config.StringVariable(g.TemplateID),
			"image_id": config.StringVariable(image), "alarms": config.ListVariable(config.StringVariable("shop-5xx"))}
	}
	run(t, w, "web",
		resource.TestStep{ConfigVariables: with(g.Images[0]), ConfigStateChecks: promoted("awsdeploy_rolling_release.web")},
		resource.TestStep{ConfigVariables: with(g.Images[1]), ConfigStateChecks: append(promoted("awsdeploy_rolling_release.web"),
			statecheck.ExpectKnownOutputValue("live", knownvalue.MapSizeExact(1)))},
		resource.TestStep{
			PreConfig: func() {
				w.Later(t, 5*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx above 1 percent"})
			},
			ConfigVariables: with(g.Images[0]), ExpectError: acctest.Says("5xx above 1 percent"),
		},
	)
	if v := g.Versions(); v[4] != 6 {
		t.Errorf("instances by version %v, want all back on the second release", v)
	}
	if low := w.Emulator.LowestInService(acctest.Region, g.Name); low < 6 {
		t.Errorf("capacity fell to %d, want never below 6", low)
	}
}

func TestStory_api(t *testing.T) {
	w := account(t)
	f := w.NewFunction(t, "shop-api", 1)
	with := func() config.Variables {
		path := filepath.Join(t.TempDir(), "api.zip")
		if err := os.WriteFile(path, f.Code(), 0o644); err != nil {
			t.Fatal(err)
		}
		return config.Variables{"function": config.StringVariable(f.Name), "code": config.StringVariable(path)}
	}
	run(t, w, "api",
		resource.TestStep{ConfigVariables: with(), ConfigStateChecks: promoted("awsdeploy_alias_promotion.api")},
		resource.TestStep{ConfigVariables: with(), ConfigStateChecks: promoted("awsdeploy_alias_promotion.api")},
	)
	if err := f.Settled("live", "3"); err != nil {
		t.Error(err)
	}
}

// TestStory_stagingProduction: production is never touched when staging does
// not answer.
func TestStory_stagingProduction(t *testing.T) {
	w := account(t)
	staging := w.NewGroup(t, "shop-staging", 2, nil)
	production := w.NewGroup(t, "shop-production", 4, map[string]any{
		"LaunchTemplate": map[string]any{"LaunchTemplateId": staging.TemplateID, "Version": "1"}})
	var broken atomic.Bool
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(site.Close)
	with := func(release string) config.Variables {
		return config.Variables{"launch_template_id": config.StringVariable(staging.TemplateID),
			"release": config.StringVariable(release), "staging_url": config.StringVariable(site.URL)}
	}
	third := 0
	run(t, w, "staging-production",
		resource.TestStep{ConfigVariables: with("1"), ConfigStateChecks: promoted("awsdeploy_rolling_release.production")},
		resource.TestStep{ConfigVariables: with("2"), ConfigStateChecks: promoted("awsdeploy_rolling_release.production")},
		resource.TestStep{
			PreConfig:       func() { third = staging.NewVersion(); broken.Store(true) },
			ConfigVariables: with("3"), ExpectError: acctest.Says("smoke"),
		},
	)
	if v := production.Versions(); v[2] != 4 || v[third] != 0 {
		t.Errorf("production runs %v, want all on 2", v)
	}
	if v := staging.Versions(); v[2] != 2 {
		t.Errorf("staging runs %v, want it back on 2", v)
	}
}

// TestStory_regions: each region has its own group, and the second follows.
func TestStory_regions(t *testing.T) {
	const speed = 600
	w := acctest.NewFast(t, speed)
	point(t, w)
	first := w.NewGroup(t, "shop-web", 4, nil)
	const region = "us-east-1"
	call := func(service, operation string, in map[string]any) map[string]any {
		out, err := w.Emulator.Call(region, service, operation, in)
		if err != nil {
			t.Fatalf("%s in %s: %v", operation, region, err)
		}
		return out
	}
	image := call("ec2", "RegisterImage", map[string]any{"Name": "web"})["ImageId"]
	template := call("ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": "shop-web",
		"LaunchTemplateData": map[string]any{"ImageId": image, "InstanceType": "t3.micro"}})["LaunchTemplate"].(map[string]any)["LaunchTemplateId"].(string)
	call("ec2", "CreateLaunchTemplateVersion", map[string]any{"LaunchTemplateId": template, "SourceVersion": "1",
		"LaunchTemplateData": map[string]any{"InstanceType": "t3.small"}})
	call("autoscaling", "CreateAutoScalingGroup", map[string]any{"AutoScalingGroupName": "shop-web", "MinSize": 0, "MaxSize": 4, "DesiredCapacity": 2,
		"AvailabilityZones": []any{region + "a"}, "LaunchTemplate": map[string]any{"LaunchTemplateId": template, "Version": "1"}})
	w.Pass(5 * time.Minute)
	target := func(variable, id, version string) string {
		return fmt.Sprintf("%s={id=%q,version=%q}", variable, id, version)
	}
	c := copied(t, w, "regions", "main.tf")
	for _, version := range []string{"1", "2"} {
		arguments := []string{"-no-color", "-input=false", "-var", target("first", first.TemplateID, version), "-var", target("second", template, version)}
		if out, err := c.Run(append([]string{"apply", "-auto-approve"}, arguments...)...); err != nil {
			t.Fatalf("applying version %s: %v\n%s", version, err, out)
		}
		if out, err := c.Run(append([]string{"plan", "-detailed-exitcode"}, arguments...)...); err != nil {
			t.Errorf("the plan after version %s: %v\n%s", version, err, out)
		}
	}
	for _, i := range w.Emulator.Group(region, "shop-web").Instances {
		if i.LaunchTemplateVersion != 2 {
			t.Errorf("an instance of %s runs version %d", region, i.LaunchTemplateVersion)
		}
	}
	if v := first.Versions(); v[2] != 4 {
		t.Errorf("the first region runs %v", v)
	}
}

// TestStory_module: its tests run with terraform test, against an account that
// its seed has made.
func TestStory_module(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the seed needs the AWS CLI")
		}
		t.Skip("the seed needs the AWS CLI")
	}
	const speed = 120
	w := acctest.NewFast(t, speed)
	point(t, w)
	module, err := filepath.Abs(filepath.Join(stories, "module"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(filepath.Join(module, "seed.sh")).CombinedOutput(); err != nil {
		t.Fatalf("the seed: %v\n%s", err, out)
	}
	c := copied(t, w, "module", "main.tf", "tests/release.tftest.hcl")
	out, err := c.Run("test", "-no-color")
	if err != nil || !strings.Contains(out, "4 passed, 0 failed") {
		t.Errorf("terraform test: %v\n%s", err, out)
	}
}
