package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// published are the numbers of a function's versions.
func published(t *testing.T, client *lambda.Client, name string) string {
	t.Helper()
	out, err := client.ListVersionsByFunction(t.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(name)})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, v := range out.Versions {
		if number := aws.ToString(v.Version); number != "$LATEST" {
			numbers = append(numbers, number)
		}
	}
	return strings.Join(numbers, " ")
}

// TestAccFunctionVersion_keepVersions: old versions go when a new one is
// there, but for those that something needs; and what is too large is refused
// before anything is sent.
func TestAccFunctionVersion_keepVersions(t *testing.T) {
	w := acctest.New(t)
	client, zipPath := functionWorld(t, w)
	config := functionConfig(w, fmt.Sprintf("  filename = %q\n  keep_versions = 1", zipPath))
	publishes := func(text, number, left string) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() {
				if text == "six" {
					w.Call(t, "lambda", "CreateAlias", map[string]any{"FunctionName": "shop-builds", "Name": "live", "FunctionVersion": "5"})
				}
				if got := published(t, client, "shop-builds"); got != left {
					t.Errorf("before %s there are versions %s, want %s", text, got, left)
				}
				archive(t, zipPath, text)
			},
			Config: config, ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", number)},
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			publishes("one", "1", ""), publishes("two", "2", "1"), publishes("three", "3", "2"),
			{
				PreConfig: func() { largeArchive(t, zipPath, 51<<20, 0); w.Emulator.ForgetCalls() },
				Config:    config, PlanOnly: true, ExpectError: saysAll("Cannot use archive", "name a bucket in upload"),
			},
			publishes("four", "4", "3"), publishes("five", "5", "4"), publishes("six", "6", "5"), publishes("seven", "7", "5 6"),
		},
	})
	// 5 serves, and 6 was the newest before.
	if got := published(t, client, "shop-builds"); got != "5 7" {
		t.Errorf("versions %s are left, want 5 and 7", got)
	}
}

// TestAccFunctionVersion_portableSettings runs on any AWS: another setting
// makes a version, another trigger alone does not.
func TestAccFunctionVersion_portableSettings(t *testing.T) {
	w := acctest.Portable(t)
	client, zipPath := functionWorld(t, w)
	sum := archive(t, zipPath, "one")
	config := func(more string) string {
		return functionConfig(w, fmt.Sprintf("  filename = %q\n%s", zipPath, more))
	}
	is := func(version string) []statecheck.StateCheck {
		return []statecheck.StateCheck{acctest.Is(functionVersion, "version", version), acctest.Is(functionVersion, "code_sha256", sum)}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config(""), ConfigStateChecks: is("1")},
			{
				PreConfig: func() {
					if _, err := client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("shop-builds"), MemorySize: aws.Int32(512)}); err != nil {
						t.Fatal(err)
					}
				},
				Config:            config(""),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(functionVersion), acctest.Unknown(functionVersion, "version")),
				ConfigStateChecks: is("2"),
			},
			{Config: config(""), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{ // nothing was changed in fact: Lambda answers with the version that is there
				Config:            config(`  triggers = { again = "1" }`),
				ConfigPlanChecks:  acctest.Plans(acctest.Unknown(functionVersion, "version"), acctest.Known(functionVersion, "code_sha256", knownvalue.StringExact(sum))),
				ConfigStateChecks: is("2"),
			},
			{Config: config(`  triggers = { again = "1" }`), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
		},
	})
	if got := published(t, client, "shop-builds"); got != "1 2" {
		t.Errorf("there are versions %s, want 1 and 2: destroy keeps them", got)
	}
}
