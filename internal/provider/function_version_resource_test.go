package provider_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const functionVersion = "awsdeploy_function_version.api"

// archive writes a ZIP archive whose handler says text; it returns the path
// and the digest in Lambda's form.
func archive(t *testing.T, path, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("bootstrap")
	if err == nil {
		_, err = f.Write([]byte("#!/bin/sh\necho " + text + "\n"))
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return base64.StdEncoding.EncodeToString(sum[:])
}

// functionWorld has one function, shop-builds, without a published version.
func functionWorld(t *testing.T, w *acctest.World) (client *lambda.Client, zipPath string) {
	t.Helper()
	zipPath = filepath.Join(t.TempDir(), "api.zip")
	archive(t, zipPath, "zero")
	w.NewFunction(t, "shop-builds", 0)
	return w.Clients(t).Lambda(), zipPath
}

func functionConfig(w *acctest.World, body string) string {
	return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_function_version" "api" {
  function_name = "shop-builds"
%s
}`, body)
}

func TestAccFunctionVersion_publishes(t *testing.T) {
	w := acctest.Portable(t)
	client, zipPath := functionWorld(t, w)
	one := archive(t, zipPath, "one")
	var two string
	config := functionConfig(w, fmt.Sprintf("  filename = %q", zipPath))
	code := func(version string) string {
		out, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("shop-builds"), Qualifier: aws.String(version)})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.CodeSha256)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config:            config,
				ConfigPlanChecks:  acctest.Plans(acctest.Known(functionVersion, "code_sha256", knownvalue.StringExact(one)), acctest.Unknown(functionVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "1"), acctest.Is(functionVersion, "code_sha256", one)},
			},
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{ // new code publishes in place, and the digest is in the plan
				PreConfig:        func() { two = archive(t, zipPath, "two") },
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(functionVersion), acctest.Unknown(functionVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{
					acctest.Is(functionVersion, "version", "2"),
					acctest.Has(functionVersion, "qualified_arn", knownvalue.StringRegexp(acctest.Says(":function:shop-builds:2"))),
				},
				Check: func(*terraform.State) error {
					if code("1") != one || code("2") != two {
						t.Errorf("version 1 holds %s and version 2 %s, want %s and %s", code("1"), code("2"), one, two)
					}
					return nil
				},
			},
			{
				ResourceName: functionVersion, ImportState: true, ImportStateId: "shop-builds:2", ImportStateVerify: true,
				ImportStateVerifyIdentifierAttribute: "qualified_arn", ImportStateVerifyIgnore: []string{"filename"},
			},
			{Config: config, Destroy: true},
		},
	})
	if code("2") != two {
		t.Error("destroy deleted version 2, which nobody asked for")
	}
}

func TestAccFunctionVersion_settingsTriggersDescription(t *testing.T) {
	w := acctest.New(t)
	client, zipPath := functionWorld(t, w)
	archive(t, zipPath, "one")
	config := func(more string) string {
		return functionConfig(w, fmt.Sprintf("  filename = %q\n%s", zipPath, more))
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config(""), ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "1")}},
			{ // deleted outside: published again
				PreConfig: func() {
					if _, err := client.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("shop-builds"), Qualifier: aws.String("1")}); err != nil {
						t.Fatal(err)
					}
				},
				Config:            config(""),
				ConfigPlanChecks:  acctest.Plans(acctest.Creates(functionVersion)),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "2")},
			},
			{ // the function's own settings changed outside
				PreConfig: func() {
					if _, err := client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("shop-builds"), MemorySize: aws.Int32(512)}); err != nil {
						t.Fatal(err)
					}
				},
				Config:            config(""),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(functionVersion), acctest.Unknown(functionVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "3")},
			},
			{ // nothing was changed in fact: Lambda answers with the same version, and no code is sent
				PreConfig:         w.Emulator.ForgetCalls,
				Config:            config(`  triggers = { again = "1" }`),
				ConfigPlanChecks:  acctest.Plans(acctest.Unknown(functionVersion, "version")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "3")},
				Check: func(*terraform.State) error {
					if sent, published := w.Emulator.Count("lambda", "UpdateFunctionCode"), w.Emulator.Count("lambda", "PublishVersion"); sent != 0 || published != 1 {
						t.Errorf("code was sent %d times and published %d times, want 0 and 1", sent, published)
					}
					return nil
				},
			},
			{Config: config(`  triggers = { again = "1" }`), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{ // only state changes
				PreConfig:        w.Emulator.ForgetCalls,
				Config:           config("  triggers = { again = \"1\" }\n  delete_on_destroy = true"),
				ConfigPlanChecks: acctest.Plans(acctest.Known(functionVersion, "version", knownvalue.StringExact("3"))),
				Check: func(*terraform.State) error {
					if n := w.Emulator.Count("lambda", "PublishVersion"); n != 0 {
						t.Errorf("published %d times for delete_on_destroy", n)
					}
					return nil
				},
			},
		},
	})
	if _, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("shop-builds"), Qualifier: aws.String("3")}); err == nil {
		t.Error("version 3 is still there in spite of delete_on_destroy")
	}
}

func TestAccFunctionVersion_lostAnswers(t *testing.T) {
	w := acctest.New(t)
	_, zipPath := functionWorld(t, w)
	archive(t, zipPath, "one")
	for _, operation := range []string{"UpdateFunctionCode", "PublishVersion"} {
		w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: operation, Kind: emulator.DropAfter})
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{{
			Config:            functionConfig(w, fmt.Sprintf("  filename = %q", zipPath)),
			ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "1")},
		}},
	})
}
