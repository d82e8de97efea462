package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

func TestAccFunctionVersion_refusedInPlan(t *testing.T) {
	w := acctest.New(t)
	functionWorld(t, w)
	folder := t.TempDir()
	text, large := filepath.Join(folder, "text.zip"), filepath.Join(folder, "large.zip")
	if err := os.WriteFile(text, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(50<<20 + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	version := func(name, body string) string {
		return fmt.Sprintf("resource \"awsdeploy_function_version\" %q {\n  function_name = \"shop-builds\"\n  %s\n}\n", name, body)
	}
	w.Refuses(t, w.Provider()+
		version("missing", fmt.Sprintf("filename = %q", filepath.Join(folder, "nothing.zip")))+
		version("text", fmt.Sprintf("filename = %q", text))+
		version("large", fmt.Sprintf("filename = %q", large))+
		version("image", `image_uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1"`),
		"nothing.zip does not exist", "build it before the plan",
		"text.zip is no ZIP archive",
		"has 52428801 bytes, and Lambda takes at most 52428800 (50 MB) directly: name a bucket in upload",
		"Function shop-builds has package type Zip, which never changes: give filename or s3_bucket instead of image_uri",
	)
}

func TestAccLaunchTemplateVersion_refusedInPlan(t *testing.T) {
	tw := newTemplateWorld(t, acctest.New(t))
	version := func(name, id, body string) string {
		return fmt.Sprintf("resource \"awsdeploy_launch_template_version\" %q {\n  launch_template_id = %q\n  %s\n}\n", name, id, body)
	}
	tw.Refuses(t, tw.Provider()+
		version("template", "lt-0123456789abcdef0", "")+
		version("source", tw.id, `source_version = "99"`)+
		version("image", tw.id, `image_id = "ami-0123456789abcdef0"`),
		"There is no launch template lt-0123456789abcdef0 in eu-central-1",
		"has no version 99",
		"InvalidAMIID.NotFound", "Give the id of an AMI in eu-central-1",
	)
}

func TestAccBuildingTypes_refusedByValidation(t *testing.T) {
	w := acctest.New(t)
	w.Refuses(t, w.Provider()+`
resource "awsdeploy_launch_template_version" "a" {
  launch_template_id = "lt-0123456789abcdef0"
  source_version     = "$Latest"
  image_id           = "resolve:ssm:/shop/ami"
  user_data          = "#!/bin/sh"
  tags               = { "aws:name" = "x" }
}
resource "awsdeploy_launch_template_version" "b" {
  launch_template_id   = "lt-0123456789abcdef0"
  launch_template_name = "shop-web"
}
resource "awsdeploy_function_version" "c" {
  function_name = "arn:aws:lambda:eu-central-1:123456789012:function:shop-api"
  filename      = "a.zip"
  s3_bucket     = "b"
}`,
		`source_version is "$Latest", which means another version tomorrow`,
		"AWS does not roll back to what may change by itself",
		"write base64encode(…) around the text",
		"must not begin with aws:",
		"[launch_template_id,launch_template_name]",
		"must be the function's name alone",
		"s3_key",
	)
}

func TestAccProvider_refusals(t *testing.T) {
	const resource = `
resource "awsdeploy_launch_template_version" "web" {
  launch_template_id = "lt-0123456789abcdef0"
}`
	w := acctest.New(t)
	t.Run("nothing listens", func(t *testing.T) {
		gone := *w
		gone.URL = "http://127.0.0.1:9" // discard: nobody serves it
		gone.Refuses(t, gone.Provider()+resource,
			"AWS cannot be reached", "STS GetCallerIdentity: cannot reach http://127.0.0.1:9", "sts endpoint http://127.0.0.1:9 (region eu-central-1)")
	})
	t.Run("block", func(t *testing.T) {
		config := strings.Replace(w.Provider("max_retries = 0", `retry_mode = "often"`), "  endpoints {\n", "  endpoints {\n    elb = \"sts.example\"\n", 1)
		w.Refuses(t, config+resource, `write a URL with its scheme and host`, "max_retries", "retry_mode")
	})
}
