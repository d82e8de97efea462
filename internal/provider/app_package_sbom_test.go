package provider_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// TestAppPackage_sbom: the document lies beside the package, here and in S3,
// moves no digest, and is the same on another machine.
func TestAppPackage_sbom(t *testing.T) {
	w := acctest.New(t)
	dir := sources(t, map[string]string{
		"index.js": "pad", "lib/flask-3.0.0.dist-info/METADATA": "Name: Flask\nVersion: 3.0.0\n", "six-1.16.0.dist-info/METADATA": "Name: six\nVersion: 1.16.0\n",
	})
	client := w.Clients(t).S3()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	config := map[string]any{
		"source_dir": dir, "ignore_files": []any{}, "build": map[string]any{"tool": "none"}, "publish": map[string]any{"bucket": "artifacts"},
	}
	b := w.NewBench(t, "awsdeploy_app_package")
	apply := func() {
		t.Helper()
		if err := b.Apply(context.Background(), config); err != nil {
			t.Fatal(err)
		}
	}
	apply()
	plain, before := b.Attribute("sha256"), b.Attribute("s3_version_id")
	if got := b.Attribute("sbom_path"); got != "" {
		t.Errorf("without being asked there is %s", got)
	}
	config["sbom"] = map[string]any{"format": "cyclonedx"}
	planned, _, _ := b.Plan(config)
	if got := text(t, planned, "sbom_path"); got != b.Attribute("path")+".cdx.json" {
		t.Errorf("planned is %s", got)
	}
	apply()
	if b.Attribute("sha256") != plain || b.Attribute("s3_version_id") != before {
		t.Error("the package moved")
	}
	document, err := os.ReadFile(b.Attribute("sbom_path"))
	if err != nil || !bytes.Contains(document, []byte("pkg:pypi/flask@3.0.0")) || !bytes.Contains(document, []byte("pkg:pypi/six@1.16.0")) || !bytes.Contains(document, []byte(plain)) {
		t.Errorf("the document is %s, %v", document, err)
	}
	key := b.Attribute("sbom_s3_key")
	if key != b.Attribute("s3_key")+".cdx.json" {
		t.Errorf("the key is %s", key)
	}
	if got := object(t, client, key); got != string(document) {
		t.Errorf("published is %s", got)
	}
	if _, _, changes := b.Plan(config); changes {
		t.Error("the same again is a change")
	}
	// Another machine, and a document of another version of the provider.
	if _, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key), Body: strings.NewReader("{}")}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	other := w.NewBench(t, "awsdeploy_app_package")
	if err := other.Apply(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(other.Attribute("sbom_path"))
	if err != nil || !bytes.Equal(again, document) {
		t.Errorf("elsewhere it is %s, %v", again, err)
	}
	head, err := client.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key)})
	if err != nil || aws.ToInt64(head.ContentLength) != 2 {
		t.Errorf("the published one was replaced: %+v, %v", head, err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(other.Attribute("path")), "reading-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

func object(t *testing.T, client *s3.Client, key string) string {
	t.Helper()
	out, err := client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Body.Close() }()
	b, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
