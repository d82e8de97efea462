package provider_test

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// functionBench is the function shop-builds without a version, and an archive.
type functionBench struct {
	*acctest.Bench
	t      *testing.T
	w      *acctest.World
	client *lambda.Client
	zip    string
}

func newFunctionBench(t *testing.T, options ...emulator.Option) functionBench {
	t.Helper()
	w := acctest.New(t, options...)
	client, zipPath := functionWorld(t, w)
	return functionBench{w.NewBench(t, "awsdeploy_function_version"), t, w, client, zipPath}
}

func (b functionBench) in(more map[string]any) map[string]any {
	config := map[string]any{"function_name": "shop-builds", "filename": b.zip}
	for name, value := range more {
		config[name] = value
	}
	return config
}

// publish applies with new code and wants the version's number.
func (b functionBench) publish(text, version string, more map[string]any) {
	b.t.Helper()
	archive(b.t, b.zip, text)
	if err := b.Apply(context.Background(), b.in(more)); err != nil {
		b.t.Fatal(err)
	}
	if got := b.Attribute("version"); got != version {
		b.t.Errorf("published version %s, want %s", got, version)
	}
}

// versions are the published versions, in order.
func (b functionBench) versions() string {
	b.t.Helper()
	out, err := b.client.ListVersionsByFunction(context.Background(), &lambda.ListVersionsByFunctionInput{FunctionName: aws.String("shop-builds")})
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, v := range out.Versions[1:] {
		all = append(all, aws.ToString(v.Version))
	}
	return strings.Join(all, " ")
}

func TestFunctionVersion_everySettingMakesAVersion(t *testing.T) {
	b := newFunctionBench(t)
	b.publish("one", "1", nil)
	for i, c := range []struct {
		name string
		in   lambda.UpdateFunctionConfigurationInput
	}{
		{"MemorySize", lambda.UpdateFunctionConfigurationInput{MemorySize: aws.Int32(512)}},
		{"Timeout", lambda.UpdateFunctionConfigurationInput{Timeout: aws.Int32(9)}},
		{"Role", lambda.UpdateFunctionConfigurationInput{Role: aws.String("arn:aws:iam::123456789012:role/other")}},
		{"Environment", lambda.UpdateFunctionConfigurationInput{Environment: &types.Environment{Variables: map[string]string{"MODE": "x"}}}},
		{"Layers", lambda.UpdateFunctionConfigurationInput{Layers: []string{"arn:aws:lambda:eu-central-1:123456789012:layer:base:3"}}},
		{"TracingConfig", lambda.UpdateFunctionConfigurationInput{TracingConfig: &types.TracingConfig{Mode: types.TracingModeActive}}},
		{"VpcConfig", lambda.UpdateFunctionConfigurationInput{VpcConfig: &types.VpcConfig{SubnetIds: []string{"subnet-1"}, SecurityGroupIds: []string{"sg-1"}}}},
		{"Handler", lambda.UpdateFunctionConfigurationInput{Handler: aws.String("main")}},
		{"DeadLetterConfig", lambda.UpdateFunctionConfigurationInput{DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:eu-central-1:123456789012:dead")}}},
		{"EphemeralStorage", lambda.UpdateFunctionConfigurationInput{EphemeralStorage: &types.EphemeralStorage{Size: aws.Int32(1024)}}},
		{"LoggingConfig", lambda.UpdateFunctionConfigurationInput{LoggingConfig: &types.LoggingConfig{LogFormat: types.LogFormatJson}}},
	} {
		c.in.FunctionName = aws.String("shop-builds")
		if _, err := b.client.UpdateFunctionConfiguration(context.Background(), &c.in); err != nil {
			t.Fatal(err)
		}
		b.Read()
		if _, _, changes := b.Plan(b.in(nil)); !changes || !strings.Contains(strings.Join(b.Warnings, "\n"), "is published: "+c.name) {
			t.Errorf("%s changed: the plan changes something: %v; it says %v", c.name, changes, b.Warnings)
		}
		b.publish("one", fmt.Sprint(i+2), nil)
	}
	if n := b.w.Emulator.Count("lambda", "UpdateFunctionCode"); n != 1 {
		t.Errorf("code was sent %d times, want once", n)
	}
}

func TestFunctionVersion_keepVersions(t *testing.T) {
	b := newFunctionBench(t)
	keep := map[string]any{"keep_versions": 2}
	call := func(operation string, in map[string]any) {
		in["FunctionName"] = "shop-builds"
		b.w.Call(t, "lambda", operation, in)
	}
	for n, text := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
		b.publish(text, string("1234567"[n]), nil)
	}
	call("CreateAlias", map[string]any{"Name": "live", "FunctionVersion": "5", "RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]any{"6": 0.1}}})
	call("PutProvisionedConcurrencyConfig", map[string]any{"Qualifier": "2", "ProvisionedConcurrentExecutions": 1})
	b.w.Emulator.SeedEventSourceMappings(acctest.Region, "shop-builds", map[string]any{
		"UUID": "0e7a2b1c", "FunctionArn": "arn:aws:lambda:" + acctest.Region + ":123456789012:function:shop-builds:1"})
	archive(t, b.zip, "eight")
	b.Read()
	b.Plan(b.in(keep))
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "keep_versions = 2 deletes version 3 of function shop-builds") {
		t.Errorf("the plan says %s", said)
	}
	b.publish("eight", "8", keep)
	// 8 and 7 are the newest; 6 and 5 serve; 4 is before 5; 2 and 1 are used.
	if got, want := b.versions(), "1 2 4 5 6 7 8"; got != want {
		t.Errorf("versions %s are left, want %s", got, want)
	}
	call("UpdateAlias", map[string]any{"Name": "live", "FunctionVersion": "8", "RoutingConfig": map[string]any{}})
	call("DeleteProvisionedConcurrencyConfig", map[string]any{"Qualifier": "2"})
	b.publish("nine", "9", map[string]any{"keep_versions": 1})
	if got, want := b.versions(), "1 7 8 9"; got != want {
		t.Errorf("versions %s are left, want %s", got, want)
	}
	if err := b.Apply(context.Background(), b.in(map[string]any{"keep_versions": 2})); err != nil || b.versions() != "1 7 8 9" {
		t.Errorf("keep_versions alone deleted something: %s, %v", b.versions(), err)
	}
}

func TestFunctionVersion_keepsWhatItCannotTell(t *testing.T) {
	b := newFunctionBench(t)
	keep := map[string]any{"keep_versions": 1}
	b.publish("one", "1", keep)
	b.publish("two", "2", keep)
	if got := b.versions(); got != "2" {
		t.Fatalf("versions %s are left, want 2", got)
	}
	b.w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: "ListEventSourceMappings", Kind: emulator.Refused, Code: "AccessDeniedException", Times: 9})
	b.publish("three", "3", keep)
	if got := b.versions(); got != "2 3" {
		t.Errorf("versions %s are left, want both: nobody knows what uses the old one", got)
	}
}

func TestFunctionVersion_limits(t *testing.T) {
	b := newFunctionBench(t)
	largeArchive(t, b.zip, 51<<20, 0)
	says := func(more map[string]any, words string) {
		t.Helper()
		if err := b.Refused(b.in(more)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("the plan ended with %v, want that it says %q", err, words)
		}
	}
	says(nil, "name a bucket in upload")
	largeArchive(t, b.zip, 1, 300<<20)
	says(map[string]any{"upload": map[string]any{"bucket": "artifacts"}}, "has 314572801 bytes when it is unpacked")
}

// largeArchive writes an archive of that many bytes which do not compress, and
// one more file that claims to have claimed bytes.
func largeArchive(t *testing.T, path string, size, claimed int64) {
	t.Helper()
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	data, err := z.CreateHeader(&zip.FileHeader{Name: "model.bin", Method: zip.Store})
	if err == nil {
		_, err = io.CopyN(data, rand.NewChaCha8([32]byte{}), size)
	}
	if err == nil && claimed > 0 {
		_, err = z.CreateRaw(&zip.FileHeader{Name: "zeros", Method: zip.Deflate, UncompressedSize64: uint64(claimed)})
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestFunctionVersion_waitsForSnapshots(t *testing.T) {
	b := newFunctionBench(t)
	b.w.Pass(10 * time.Second) // the function is made
	if _, err := b.client.UpdateFunctionConfiguration(context.Background(), &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("shop-builds"), SnapStart: &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions},
	}); err != nil {
		t.Fatal(err)
	}
	began := b.w.Clock.Now()
	b.publish("one", "1", nil)
	out, err := b.client.GetFunctionConfiguration(context.Background(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("shop-builds"), Qualifier: aws.String("1")})
	if err != nil || out.State != types.StateActive {
		t.Errorf("version 1 is %s (%v) when the apply ends, want Active", out.State, err)
	}
	if took := b.w.Clock.Now().Sub(began); took < 90*time.Second || took > 110*time.Second {
		t.Errorf("took %s, want the 90 s of the snapshot and a little", took)
	}
	b.Read()
	if _, _, changes := b.Plan(b.in(nil)); changes {
		t.Errorf("the next plan is not empty: %v", b.Warnings)
	}
}

// TestKillMatrix_functionVersion: however the publishing is cut off, the next
// apply ends with one version of each code and no twin.
func TestKillMatrix_functionVersion(t *testing.T) {
	for then, want := range map[aftermath]string{again: "1 2", created: "1"} {
		runKillMatrix(t, killCase{kind: "awsdeploy_function_version", build: func(t *testing.T, w *acctest.World) killEstate {
			client, old := functionWorld(t, w)
			planned := filepath.Join(t.TempDir(), "api.zip")
			archive(t, old, "one")
			archive(t, planned, "two")
			in := func(file string) map[string]any {
				return map[string]any{"function_name": "shop-builds", "filename": file, "keep_versions": 3}
			}
			return killEstate{old: in(old), planned: in(planned), check: func(aftermath) error {
				if got := (functionBench{t: t, w: w, client: client}).versions(); got != want {
					return fmt.Errorf("versions %s are published, want %s", got, want)
				}
				return nil
			}}
		}}, then)
	}
}
