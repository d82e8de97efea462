package provider_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// bucket makes a bucket for archives.
func bucket(t *testing.T, w *acctest.World) *s3.Client {
	t.Helper()
	client := w.Clients(t).S3()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestAccFunctionVersion_fromS3(t *testing.T) {
	w := acctest.New(t)
	_, zipPath := functionWorld(t, w)
	store := bucket(t, w)
	put := func(key, text string) string {
		digest := archive(t, zipPath, text)
		body, err := os.ReadFile(zipPath)
		if err == nil {
			_, err = store.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key), Body: bytes.NewReader(body)})
		}
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}
	one, two := put("api-1.zip", "one"), put("api-2.zip", "two")
	config := func(key, more string) string {
		return functionConfig(w, fmt.Sprintf("  s3_bucket = \"artifacts\"\n  s3_key = %q\n%s", key, more))
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config("none.zip", ""), ExpectError: acctest.Says("Version not published")},
			{
				Config:            config("api-1.zip", `description = "first"`),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "1"), acctest.Is(functionVersion, "code_sha256", one)},
			},
			{
				Config:            config("api-2.zip", ""),
				ConfigPlanChecks:  acctest.Plans(acctest.Updates(functionVersion), acctest.Unknown(functionVersion, "code_sha256")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "2"), acctest.Is(functionVersion, "code_sha256", two)},
			},
			{ // replaced under its key: not seen, until triggers say so
				PreConfig:        func() { two = put("api-2.zip", "three") },
				Config:           config("api-2.zip", ""),
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{
				Config: config("api-2.zip", `triggers = { again = "1" }`),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "3"),
					acctest.Has(functionVersion, "code_sha256", knownvalue.StringFunc(func(got string) error {
						if got != two {
							return fmt.Errorf("code %s, want %s", got, two)
						}
						return nil
					}))},
			},
		},
	})
}

func TestAccFunctionVersion_fromImage(t *testing.T) {
	w := newImageWorld(t)
	w.base(t, "SEED=1")
	image := func() string { return w.config(w.files()) }
	w.Call(t, "lambda", "CreateFunction", map[string]any{"FunctionName": "shop-builds", "PackageType": "Image", "Role": "arn:aws:iam::123456789012:role/shop",
		"Code": map[string]any{"ImageUri": w.host() + "/shop:base"}})
	config := func() string {
		return image() + fmt.Sprintf("\nresource \"awsdeploy_function_version\" \"api\" {\n  function_name = \"shop-builds\"\n  image_uri = %s.image\n}\n", theImage)
	}
	published := func(version string) resource.TestCheckFunc {
		return func(s *terraform.State) error {
			all := s.RootModule().Resources
			digest := all[theImage].Primary.Attributes["digest"]
			if got := all[functionVersion].Primary.Attributes; "sha256:"+got["code_sha256"] != digest || got["version"] != version {
				return fmt.Errorf("version %s holds %s, want version %s with %s", got["version"], got["code_sha256"], version, digest)
			}
			return nil
		}
	}
	began := w.Clock.Now()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: config(), Check: published("1")},
			{Config: config(), ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				PreConfig:        func() { w.write(t, "etc/app.conf", "x = 2\n", 0o644) },
				Config:           config(),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(functionVersion), acctest.Unknown(functionVersion, "version")),
				Check:            published("2"),
			},
			{Config: functionConfig(w.World, "  filename = \"x.zip\""), ExpectError: acctest.Says("x.zip does not exist")},
		},
	})
	if took := w.Clock.Now().Sub(began); took.Seconds() < 40 {
		t.Errorf("two images became active within %s: they were not waited for", took)
	}
}

func TestAccFunctionVersion_largeThroughS3(t *testing.T) {
	w := acctest.New(t)
	_, zipPath := functionWorld(t, w)
	store := bucket(t, w)
	largeArchive(t, zipPath, 51<<20, 0)
	config := func(more string) string {
		return functionConfig(w, fmt.Sprintf("  filename = %q\n  upload = { bucket = \"artifacts\", key_prefix = \"shop/\" }\n%s", zipPath, more))
	}
	uploads := func() int {
		return w.Emulator.Count("s3", "CompleteMultipartUpload") + w.Emulator.Count("s3", "PutObject")
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: functionConfig(w, fmt.Sprintf("  filename = %q", zipPath)), ExpectError: acctest.Says("at most 52428800 (50 MB) directly: name a bucket in upload")},
			{
				Config:            config(""),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "1")},
				Check: func(*terraform.State) error {
					body, err := os.ReadFile(zipPath)
					if err != nil {
						return err
					}
					sum := sha256.Sum256(body)
					_, err = store.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("shop/" + hex.EncodeToString(sum[:]) + "/api.zip")})
					return err
				},
			},
			{ // the function has this code already
				PreConfig: w.Emulator.ForgetCalls,
				Config:    config(`triggers = { again = "1" }`),
				Check: func(*terraform.State) error {
					if n := uploads() + w.Emulator.Count("lambda", "UpdateFunctionCode"); n != 0 {
						return fmt.Errorf("%d uploads of code that is there", n)
					}
					return nil
				},
			},
			{ // a small one is sent as it is
				PreConfig:         func() { archive(t, zipPath, "small") },
				Config:            config(`triggers = { again = "1" }`),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(functionVersion, "version", "2")},
				Check: func(*terraform.State) error {
					if n := uploads(); n != 0 {
						return fmt.Errorf("%d uploads of a small archive", n)
					}
					return nil
				},
			},
		},
	})
}
