package chaos

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// sources is a directory that no other cell has: the cells share a cache.
func sources(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(content(t, text)), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func content(t *testing.T, text string) string { return text + " of " + t.Name() }

// appPackage packages sources and publishes the package in S3.
func appPackage() subject {
	return subject{name: "app_package", kind: "awsdeploy_app_package",
		build: func(t *testing.T, w *acctest.World) estate {
			client := w.Clients(t).S3()
			if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
				t.Fatal(err)
			}
			in := func(text string) map[string]any {
				return map[string]any{"source_dir": sources(t, text), "sources": []any{"**"}, "artifact": "all",
					"build":   map[string]any{"tool": "command", "command": []any{"cp", "index.html", "all"}},
					"publish": map[string]any{"bucket": "artifacts", "key_prefix": "shop/"}}
			}
			return estate{old: in("one"), planned: in("two"), check: func(b *acctest.Bench, _ ending) error {
				out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(b.Attribute("s3_key"))})
				if err != nil {
					return fmt.Errorf("the published package: %w", err)
				}
				defer out.Body.Close()
				if got, err := io.ReadAll(out.Body); err != nil || string(got) != content(t, "two") {
					return fmt.Errorf("published %q, %v", got, err)
				}
				return nil
			}}
		}}
}

// appImage makes an image of a directory and pushes it.
func appImage() subject {
	return subject{name: "app_image", kind: "awsdeploy_app_image",
		build: func(t *testing.T, w *acctest.World) estate {
			w.Call(t, "ecr", "CreateRepository", map[string]any{"repositoryName": "shop"})
			repository := strings.TrimPrefix(w.URL, "http://") + "/shop"
			in := func(text string) map[string]any {
				return map[string]any{"repository": repository, "base_image": "scratch", "tags": []any{"live"}, "files": map[string]any{"/srv": sources(t, text)}}
			}
			return estate{old: in("one"), planned: in("two"), check: func(b *acctest.Bench, _ ending) error {
				for _, reference := range []string{repository + ":live", b.Attribute("image")} {
					if got, err := pulled(reference, "srv/index.html"); err != nil || got != content(t, "two") {
						return fmt.Errorf("%s holds %q (%v)", reference, got, err)
					}
				}
				return nil
			}}
		}}
}

// pulled is a file of an image, as another client gets it.
func pulled(reference, file string) (string, error) {
	ref, err := name.ParseReference(reference, name.Insecure)
	if err != nil {
		return "", err
	}
	img, err := remote.Image(ref)
	if err != nil {
		return "", err
	}
	all := mutate.Extract(img)
	defer all.Close()
	for r := tar.NewReader(all); ; {
		h, err := r.Next()
		if err != nil {
			return "", err
		}
		if strings.TrimPrefix(h.Name, "/") == file {
			text, err := io.ReadAll(r)
			return string(text), err
		}
	}
}
