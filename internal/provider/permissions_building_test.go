package provider_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// putObject puts a file into the bucket artifacts, which has versions then.
func putObject(t *testing.T, w *acctest.World, file, key string) string {
	t.Helper()
	client := w.Clients(t).S3()
	body, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String("artifacts"),
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}}); err != nil {
		t.Fatal(err)
	}
	out, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key), Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.VersionId)
}

func packageScenarios() map[string]scenario {
	const kind = "awsdeploy_app_package"
	estate := func(l *least) (*packageBench, string) {
		l.t.Setenv("AWSDEPLOY_CACHE_DIR", l.t.TempDir())
		b := newPackageBench(l.t)
		dir := l.t.TempDir()
		for name, text := range map[string]string{"a.txt": "a", "b.txt": "b"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				l.t.Fatal(err)
			}
		}
		return b, dir
	}
	return map[string]scenario{
		"a package is published": {of: kind, features: []string{"publish"}, run: func(l *least) {
			b, dir := estate(l)
			l.begin(b.w, kind, map[string]string{"BUCKET_NAME": "artifacts", "KEY_PREFIX": "shop/"})
			l.apply(b.config(dir, nil))
			l.t.Setenv("AWSDEPLOY_CACHE_DIR", l.t.TempDir()) // another machine
			l.Bench = b.w.NewBench(l.t, kind)
			l.Applying = func() { l.phase(true); l.Restart() }
			l.apply(b.config(dir, nil))
		}},
		"a package whose upload breaks": {of: kind, features: []string{"publish"}, fails: "InvalidRequest", run: func(l *least) {
			b, dir := estate(l)
			if err := os.WriteFile(filepath.Join(dir, "a.txt"), make([]byte, 33<<20), 0o644); err != nil {
				l.t.Fatal(err)
			}
			l.begin(b.w, kind, map[string]string{"BUCKET_NAME": "artifacts", "KEY_PREFIX": "shop/"})
			b.w.Emulator.Inject(emulator.Fault{Service: "s3", Operation: "UploadPart", Kind: emulator.Refused, Code: "InvalidRequest", Times: -1})
			l.apply(b.config(dir, nil))
		}},
		"a package in a bucket with versions": {of: kind, features: []string{"publish"}, run: func(l *least) {
			b, dir := estate(l)
			putObject(l.t, b.w, filepath.Join(dir, "a.txt"), "other")
			l.begin(b.w, kind, map[string]string{"BUCKET_NAME": "artifacts", "KEY_PREFIX": "shop/"})
			l.apply(b.config(dir, nil))
		}},
	}
}

// pushBase pushes an image with a layer to the repository base.
func pushBase(t *testing.T, b *imageBench) string {
	t.Helper()
	b.Call(t, "ecr", "CreateRepository", map[string]any{"repositoryName": "base"})
	given := b.Call(t, "ecr", "GetAuthorizationToken", nil)["authorizationData"].([]any)[0].(map[string]any)["authorizationToken"].(string)
	repo, err := name.NewTag(b.host() + "/base:1")
	if err != nil {
		t.Fatal(err)
	}
	layer := static.NewLayer([]byte("not read"), types.OCIUncompressedLayer)
	image, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layer)
	if err == nil {
		image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}}})
	}
	if err == nil {
		err = remote.Write(repo, image, remote.WithAuth(authn.FromConfig(authn.AuthConfig{Auth: given})))
	}
	if err != nil {
		t.Fatal(err)
	}
	return repo.String()
}

func imageScenarios() map[string]scenario {
	const kind = "awsdeploy_app_image"
	estate := func(l *least, config map[string]any) *imageBench {
		b := newImageBench(l.t, config, emulator.WithRegistryAuth())
		l.begin(b.World, kind, map[string]string{"REPOSITORY_NAME": "shop", "BASE_REPOSITORY": "base"})
		b.Bench = l.Bench
		return b
	}
	push := func(l *least, b *imageBench, text string) {
		b.write(l.t, "etc/app.conf", text, 0o644)
		l.apply(b.config)
	}
	return map[string]scenario{
		"an image is pushed": {of: kind, run: func(l *least) {
			b := estate(l, map[string]any{"tags": []any{"live"}})
			push(l, b, "x = 1")
			push(l, b, "x = 2")
			l.step(l.Destroy)
		}},
		"an image on a base": {of: kind, features: []string{"base_image in Amazon ECR"}, run: func(l *least) {
			b := estate(l, map[string]any{"tags": []any{"live"}})
			b.config["base_image"] = pushBase(l.t, b)
			push(l, b, "x = 1")
			l.t.Setenv("AWSDEPLOY_CACHE_DIR", l.t.TempDir()) // another machine
			push(l, b, "x = 2")
		}},
		"an image must pass its scan": {of: kind, features: []string{"gate"}, run: func(l *least) {
			b := estate(l, map[string]any{"tags": []any{"live"}, "gate": map[string]any{"fail_on": "HIGH"}})
			push(l, b, "x = 1")
		}},
		"old images go": {of: kind, features: []string{"retain", "retain.protect_in_use"}, run: func(l *least) {
			b := estate(l, map[string]any{"tags": []any{"live"}, "retain": map[string]any{"keep": 0}})
			b.Call(l.t, "ecs", "RegisterTaskDefinition", map[string]any{
				"family": "shop", "containerDefinitions": []any{map[string]any{"name": "shop", "image": "other", "memory": 64}}})
			b.Call(l.t, "ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": "shop", "LaunchTemplateData": map[string]any{"InstanceType": "t3.micro"}})
			l.w.Emulator.ForgetCalls()
			push(l, b, "x = 1")
			push(l, b, "x = 2")
		}},
		"the password of a registry": {of: "ephemeral awsdeploy_registry_login", features: []string{"host in Amazon ECR"}, run: func(l *least) {
			l.begin(acctest.New(l.t), kind, nil)
			l.step(func(ctx context.Context) error { return l.Open(ctx, "awsdeploy_registry_login", nil) })
		}},
		"the password of ECR Public": {of: "ephemeral awsdeploy_registry_login", features: []string{"host = public.ecr.aws"}, run: func(l *least) {
			l.begin(acctest.New(l.t), kind, nil)
			l.step(func(ctx context.Context) error {
				return l.Open(ctx, "awsdeploy_registry_login", map[string]any{"host": "public.ecr.aws"})
			})
		}},
		"an image is looked up": {of: "data awsdeploy_image", run: func(l *least) {
			b := newImageBench(l.t, map[string]any{"tags": []any{"live"}}, emulator.WithRegistryAuth())
			b.released(1)
			l.begin(b.World, kind, map[string]string{"REPOSITORY_NAME": "shop"})
			l.step(func(ctx context.Context) error {
				return l.Look(ctx, "awsdeploy_image", map[string]any{"repository": strings.TrimPrefix(b.URL, "http://") + "/shop", "tag": "live"})
			})
		}},
	}
}
