package provider_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

const shop = "awsdeploy_app_package.shop"

// sources lays files out below a new directory, and gives the test a cache of
// its own.
func sources(t *testing.T, files map[string]string) string {
	t.Helper()
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	dir := t.TempDir()
	for name, content := range files {
		lay(t, dir, name, content)
	}
	return dir
}

func lay(t *testing.T, dir, name, content string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func shopPackage(w *acctest.World, dir, more string) string {
	return w.Provider() + fmt.Sprintf("resource \"awsdeploy_app_package\" \"shop\" {\n  source_dir = %q\n%s\n}\n", dir, more)
}

const concatenate = `
  excludes = ["notes"]
  build    = { tool = "command", command = ["sh", "-c", "echo run >> $COUNT; mkdir -p out; cat a.txt b.txt > out/all"], environment = { COUNT = "%s" } }
  artifact = "out/all"
`

func TestAccAppPackage_builds(t *testing.T) {
	w := acctest.New(t)
	dir := sources(t, map[string]string{"a.txt": "a", "b.txt": "b", "notes": "n"})
	count := filepath.Join(t.TempDir(), "count")
	config := shopPackage(w, dir, fmt.Sprintf(concatenate, count))
	digest := regexp.MustCompile("^sha256:[0-9a-f]{64}$")
	runs := func(want int) resource.TestCheckFunc {
		return (func(*terraform.State) error {
			data, _ := os.ReadFile(count)
			if got := strings.Count(string(data), "run"); got != want {
				return fmt.Errorf("built %d times, want %d", got, want)
			}
			return nil
		})
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigPlanChecks: acctest.Plans(acctest.Creates(shop), acctest.Known(shop, "source_digest", knownvalue.StringRegexp(digest)),
					acctest.Unknown(shop, "path"), acctest.Unknown(shop, "sha256"), acctest.Known(shop, "change_summary", knownvalue.StringExact("first package of 2 files"))),
				ConfigStateChecks: []statecheck.StateCheck{
					acctest.Is(shop, "type", "executable"), acctest.Has(shop, "size", knownvalue.Int64Exact(2)),
					// printf ab | sha256sum
					acctest.Is(shop, "sha256", "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"),
					acctest.Is(shop, "base64sha256", "+44g/C5MPySMYMOb1lLzwTRymLuXe4tNWQO4UFViBgM="),
					acctest.Has(shop, "s3_key", knownvalue.Null()),
				},
				Check: runs(1),
			},
			{ // touched files, what is no source, and a lost cache are no change
				PreConfig: func() {
					lay(t, dir, "notes", "more")
					if err := errors.Join(os.Chtimes(filepath.Join(dir, "a.txt"), time.Unix(9, 0), time.Unix(9, 0)),
						os.Chmod(filepath.Join(dir, "b.txt"), 0o600), os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR"))); err != nil {
						t.Fatal(err)
					}
				},
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Nothing()),
			},
			{ // a change is made in place
				PreConfig: func() { lay(t, dir, "b.txt", "c"); lay(t, dir, "d.txt", "d") },
				Config:    config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(shop), acctest.Unknown(shop, "path"), acctest.Unknown(shop, "sha256"),
					acctest.Known(shop, "change_summary", knownvalue.StringExact("sources +1 ~1 −0: b.txt, d.txt"))),
				Check: runs(2),
			},
			{
				PreConfig: func() { lay(t, dir, "b.txt", "d") },
				Config:    config,
				Check:     runs(3),
			},
			{ // what was built before is known in the plan, and not built again
				PreConfig: func() { lay(t, dir, "b.txt", "c") },
				Config:    config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(shop),
					// printf ac | sha256sum
					acctest.Known(shop, "sha256", knownvalue.StringExact("f45de51cdef30991551e41e882dd7b5404799648a0a00753f44fc966e6153fc1")),
					acctest.Known(shop, "path", knownvalue.StringRegexp(regexp.MustCompile("/f45de51cdef30991551e41e882dd7b5404799648a0a00753f44fc966e6153fc1/all$")))),
				Check: runs(3),
			},
			{ // the build's own change
				Config: strings.Replace(config, "a.txt b.txt", "b.txt a.txt", 1),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(shop),
					acctest.Known(shop, "change_summary", knownvalue.StringExact("build changed"))),
				Check: runs(4),
			},
		},
	})
}

func TestAccAppPackage_publishes(t *testing.T) {
	w := acctest.New(t)
	client := w.Clients(t).S3()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String("artifacts"),
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}}); err != nil {
		t.Fatal(err)
	}
	dir := sources(t, map[string]string{"index.js": "exports.handler = async () => 1"})
	config := shopPackage(w, dir, `publish = { bucket = "artifacts", key_prefix = "shop/" }`)
	var key string
	published := func(*terraform.State) error {
		page, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("artifacts")})
		if err != nil || len(page.Contents) != 2 {
			return fmt.Errorf("the bucket holds %d objects (%v), want the package and what it was built of", len(page.Contents), err)
		}
		if !strings.HasPrefix(aws.ToString(page.Contents[1].Key), "shop/builds/") {
			return fmt.Errorf("the bucket holds %s", aws.ToString(page.Contents[1].Key))
		}
		key = aws.ToString(page.Contents[0].Key)
		out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key)})
		if err != nil {
			return err
		}
		body, err := io.ReadAll(out.Body)
		if err != nil || !strings.HasPrefix(string(body), "PK") {
			return fmt.Errorf("%s holds %.20q (%v)", key, body, err)
		}
		return nil
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Known(shop, "s3_bucket", knownvalue.StringExact("artifacts")), acctest.Unknown(shop, "s3_key")),
				ConfigStateChecks: []statecheck.StateCheck{acctest.Is(shop, "type", "zip"), acctest.Has(shop, "s3_version_id", knownvalue.NotNull()),
					acctest.Has(shop, "s3_key", knownvalue.StringRegexp(regexp.MustCompile("^shop/[0-9a-f]{64}/package.zip$")))},
				Check: published,
			},
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{ // lost: published again, in place, under the same key
				PreConfig: func() {
					if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key)}); err != nil {
						t.Fatal(err)
					}
					deleteVersions(t, client)
					if err := os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR")); err != nil {
						t.Fatal(err)
					}
				},
				Config:           config,
				ConfigPlanChecks: acctest.Plans(acctest.Updates(shop), acctest.Known(shop, "s3_key", knownvalue.StringRegexp(regexp.MustCompile("^shop/")))),
				Check:            published,
			},
			{Config: config, ConfigPlanChecks: acctest.Plans(acctest.Nothing())},
			{
				Config:      shopPackage(w, dir, `publish = { bucket = "nowhere" }`),
				ExpectError: acctest.Says("NoSuchBucket"),
			},
			{Config: config, Destroy: true},
		},
	})
	if err := published(nil); err != nil {
		t.Errorf("destroy took the published package along: %v", err)
	}
}

func deleteVersions(t *testing.T, client *s3.Client) {
	t.Helper()
	page, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String("artifacts")})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range page.Versions {
		if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("artifacts"), Key: v.Key, VersionId: v.VersionId}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAccAppPackage_anotherClone(t *testing.T) {
	w := acctest.New(t)
	files := map[string]string{"go.mod": "module example.com/shop\n\ngo 1.22\n", "main.go": "package main\n\nfunc main() { println(1) }\n"}
	one, two := sources(t, files), sources(t, files) // the second begins with an empty cache
	const api = `
  build    = { tool = "go" }
  artifact = "bootstrap"
`
	var sum string
	same := resource.TestCheckResourceAttrWith(shop, "sha256", func(value string) error {
		if sum != "" && sum != value {
			return fmt.Errorf("the clone gave %s, want %s", value, sum)
		}
		sum = value
		return nil
	})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{Config: shopPackage(w, one, api), Check: same, ConfigStateChecks: []statecheck.StateCheck{acctest.Is(shop, "type", "zip")}},
			{ // the directory is state only
				PreConfig: func() { t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir()) },
				Config:    shopPackage(w, two, api),
				ConfigPlanChecks: acctest.Plans(acctest.Updates(shop), acctest.Known(shop, "sha256", knownvalue.NotNull()),
					acctest.Known(shop, "path", knownvalue.NotNull())),
				Check: same,
			},
			{ // a build from nothing gives the same bytes
				Config: shopPackage(w, two, api), Taint: []string{shop}, Check: same,
				ConfigPlanChecks: acctest.Plans(plancheck.ExpectResourceAction(shop, plancheck.ResourceActionReplace), acctest.Unknown(shop, "sha256")),
			},
		},
	})
}

func TestAccAppPackage_refuses(t *testing.T) {
	w := acctest.New(t)
	dir := sources(t, map[string]string{"a.txt": "a", "b.txt": "b", "main.go": "package main\n\nfunc main() { oops() }\n", "go.mod": "module example.com/shop\n\ngo 1.22\n"})
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "links"), 0o755), os.Symlink("/etc/passwd", filepath.Join(dir, "links", "out"))); err != nil {
		t.Fatal(err)
	}
	var steps []resource.TestStep
	for _, c := range []struct{ more, says string }{
		{`build = { tool = "ant" }`, `build.tool "ant" is not supported`},
		{`artifact = "*.txt"
excludes = ["links"]`, `artifact "*.txt" selects 2 files`},
		{`artifact = "*.war"
excludes = ["links"]`, `no such file is among the sources`},
		{`sources = ["src/**"]`, `the pattern "src/**" selects no file`},
		{`sources = ["links/**"]`, `links/out is a link to /etc/passwd, which leaves the directory`},
		{`artifact = "../x"`, `"../x" leaves the directory`},
		{`format = "tar"`, `value must be one of`},
		{`sources = ["*.go", "go.mod"]
build = { tool = "go" }
artifact = "shop"`, `main.go:3:15: undefined: oops`},
	} {
		steps = append(steps, resource.TestStep{Config: shopPackage(w, dir, c.more), ExpectError: acctest.Says(c.says)})
	}
	steps = append(steps, resource.TestStep{Config: shopPackage(w, filepath.Join(dir, "absent"), ""), ExpectError: acctest.Says("does not exist")})
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
}
