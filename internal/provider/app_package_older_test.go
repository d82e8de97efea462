package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAccAppPackage_olderState plans on a state that the first version of the
// provider wrote on another machine, before there were modules, platforms,
// layouts and ignore files: nothing has changed.
func TestAccAppPackage_olderState(t *testing.T) {
	w := acctest.New(t)
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	client := w.Clients(t).S3()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	const key = "site/bbfb44c164e929fa6036b8425b1259ca6df9cc42310a310739ed00f433a088c1/package.zip"
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key), Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	s := newShell(t, w.Provider()+`
resource "awsdeploy_app_package" "shop" {
  source_dir = "${path.module}/shop"
  excludes   = ["out"]
  build      = { tool = "command", command = ["sh", "-c", "mkdir -p out; cat src/a.txt b.txt > out/all"], environment = { GREETING = "hi" } }
  artifact   = "out/all"
}
resource "awsdeploy_app_package" "site" {
  source_dir = "${path.module}/site"
  sources    = ["*.html"]
}
resource "awsdeploy_app_package" "published" {
  source_dir = "${path.module}/site"
  sources    = ["*.html"]
  publish    = { bucket = "artifacts", key_prefix = "site/" }
}
`)
	state, err := os.ReadFile(filepath.Join("testdata", "app_package_first.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(state)
	if strings.Contains(s.run("version"), "OpenTofu") {
		text = strings.ReplaceAll(text, "registry.terraform.io", "registry.opentofu.org")
	}
	lay(t, s.dir, "terraform.tfstate", text)
	for name, content := range map[string]string{"shop/src/a.txt": "one\n", "shop/b.txt": "two\n", "site/index.html": "hello\n", "site/note.md": "deep\n"} {
		lay(t, s.dir, name, content)
	}
	s.says(s.run("plan", "-detailed-exitcode"), "No changes")

	// What the older version noted of the sources still words a change.
	lay(t, s.dir, "shop/b.txt", "three\n")
	s.says(s.run("plan"), "sources +0 ~1 −0: b.txt")
}
