package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// packageBench is a package that a script builds and counts.
type packageBench struct {
	*acctest.Bench
	w     *acctest.World
	t     *testing.T
	count string
}

func newPackageBench(t *testing.T) *packageBench {
	w := acctest.New(t)
	if _, err := w.Clients(t).S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	return &packageBench{Bench: w.NewBench(t, "awsdeploy_app_package"), w: w, t: t, count: filepath.Join(t.TempDir(), "count")}
}

// config builds and publishes the sources in dir.
func (b *packageBench) config(dir string, more map[string]any) map[string]any {
	c := map[string]any{
		"source_dir": dir, "artifact": "all", "sources": []any{"**"},
		"build":   map[string]any{"tool": "command", "command": []any{"sh", "-c", "echo run >> " + b.count + "; cat a.txt b.txt > all"}},
		"publish": map[string]any{"bucket": "artifacts", "key_prefix": "shop/"},
	}
	for name, value := range more {
		c[name] = value
	}
	return c
}

func (b *packageBench) runs(want int) {
	b.t.Helper()
	data, _ := os.ReadFile(b.count)
	if got := strings.Count(string(data), "run"); got != want {
		b.t.Errorf("built %d times, want %d", got, want)
	}
}

// planned is what a plan knows of a string attribute; empty when nothing.
func (b *packageBench) planned(config map[string]any, name string) string {
	b.t.Helper()
	value, _, _ := b.Plan(config)
	var all map[string]tftypes.Value
	var text string
	if err := value.As(&all); err != nil {
		b.t.Fatal(err)
	}
	if v := all[name]; v.IsKnown() && !v.IsNull() && v.As(&text) != nil {
		b.t.Fatalf("%s is %s", name, v)
	}
	return text
}

func (b *packageBench) apply(config map[string]any) {
	b.t.Helper()
	if err := b.Apply(b.t.Context(), config); err != nil {
		b.t.Fatal(err)
	}
}

// elsewhere is another machine: nothing of this one's cache, state or process.
func (b *packageBench) elsewhere() {
	b.t.Helper()
	freshCache(b.t)
	b.Restart()
}

func (b *packageBench) forget() { b.State, b.Private = tftypes.NewValue(b.State.Type(), nil), nil }

// TestAppPackage_builtElsewhere checks that a fresh runner with a fresh clone
// knows what another one published, and builds nothing.
func TestAppPackage_builtElsewhere(t *testing.T) {
	b := newPackageBench(t)
	files := map[string]string{"a.txt": "a", "b.txt": "b"}
	config := b.config(sources(t, files), nil)
	b.apply(config)
	b.runs(1)
	sha := b.Attribute("sha256")

	// Another state too: only S3 knows.
	b.elsewhere()
	b.forget()
	clone := b.config(sources(t, files), nil)
	if got := b.planned(clone, "sha256"); got != sha {
		t.Errorf("a fresh machine plans %q, want %s", got, sha)
	}
	if got := b.planned(clone, "path"); !strings.HasSuffix(got, "/packages/"+sha+"/all") {
		t.Errorf("a fresh machine plans the path %q", got)
	}
	if got := b.planned(clone, "s3_key"); got != "shop/"+sha+"/all" {
		t.Errorf("a fresh machine plans the key %q", got)
	}
	b.apply(clone)
	b.runs(1)
	if data, err := os.ReadFile(b.Attribute("path")); err != nil || string(data) != "ab" {
		t.Errorf("the fetched package holds %q, %v", data, err)
	}

	// Other sources are another package, and so is another build.
	other := b.config(sources(t, map[string]string{"a.txt": "a", "b.txt": "c"}), nil)
	if got := b.planned(other, "sha256"); got != "" {
		t.Errorf("sources that nobody built are known as %s", got)
	}
	if got := b.planned(b.config(sources(t, files), map[string]any{"format": "zip"}), "sha256"); got != "" {
		t.Errorf("a build that nobody ran is known as %s", got)
	}

	// What is noted and not there is built.
	b.elsewhere()
	b.forget()
	if _, err := b.w.Clients(t).S3().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("shop/" + sha + "/all")}); err != nil {
		t.Fatal(err)
	}
	if got := b.planned(clone, "sha256"); got != "" {
		t.Errorf("a package that is gone is known as %s", got)
	}
	b.apply(clone)
	b.runs(2)

	// S3 that does not answer costs a build, not the plan.
	b.elsewhere()
	b.forget()
	b.w.Emulator.Inject(emulator.Fault{Service: "s3", Operation: "GetObject", Kind: emulator.ServerError500, Times: -1})
	if got := b.planned(clone, "sha256"); got != "" || len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0], "Cannot look for earlier builds") {
		t.Errorf("planned %q with the warnings %q", got, b.Warnings)
	}
	b.w.Emulator.Heal()
	b.w.Emulator.Inject(emulator.Fault{Service: "s3", Operation: "GetObject", Kind: emulator.Denied, Times: -1})
	if got := b.planned(clone, "sha256"); got != "" || len(b.Warnings) != 0 {
		t.Errorf("without the permission, planned %q with the warnings %q", got, b.Warnings)
	}
}

// TestAppPackage_builtBefore checks that the state alone knows what its
// resource built, and that a build which does not repeat is not asked for twice.
func TestAppPackage_builtBefore(t *testing.T) {
	b := newPackageBench(t)
	dir := sources(t, map[string]string{"a.txt": "a", "b.txt": "b"})
	config := b.config(dir, map[string]any{"publish": nil})
	b.apply(config)
	one := b.Attribute("sha256")
	lay(t, dir, "b.txt", "c")
	b.apply(config)
	b.runs(2)

	lay(t, dir, "b.txt", "b")
	b.elsewhere()
	if got := b.planned(config, "sha256"); got != one {
		t.Errorf("planned %q, want %s", got, one)
	}
	b.apply(config)
	b.runs(3) // its file was nowhere
	if got := b.planned(config, "change_summary"); got != "sources +0 ~1 −0: b.txt" {
		t.Errorf("kept the summary %q", got)
	}

	// The same sources give something else from now on.
	build := config["build"].(map[string]any)
	build["command"] = []any{"sh", "-c", "echo run >> " + b.count + "; cat a.txt b.txt " + b.count + " > all"}
	b.apply(config)
	lay(t, dir, "b.txt", "d")
	b.apply(config)
	lay(t, dir, "b.txt", "b")
	b.elsewhere()
	if err := b.Apply(t.Context(), config); err == nil || !strings.Contains(err.Error(), "the build is not reproducible") {
		t.Errorf("got %v", err)
	}
	b.elsewhere()
	if got := b.planned(config, "sha256"); got != "" {
		t.Errorf("what could not be made again is still planned: %s", got)
	}
	b.apply(config)
}

// TestAppPackage_refreshAsksOnlyForHeads checks that a refresh reads nothing,
// that 404 alone is drift, and that a plan of unchanged sources asks nothing.
func TestAppPackage_refreshAsksOnlyForHeads(t *testing.T) {
	b := newPackageBench(t)
	config := b.config(sources(t, map[string]string{"a.txt": "a", "b.txt": "b"}), nil)
	b.apply(config)
	key := b.Attribute("s3_key")
	b.elsewhere()
	b.w.Emulator.ForgetCalls()
	b.Read()
	if _, _, changes := b.Plan(config); changes {
		t.Error("an unchanged package is planned anew")
	}
	if calls := b.w.Emulator.Calls(); len(calls) != 1 || calls[0].Operation != "HeadObject" {
		t.Errorf("asked %v", calls)
	}
	for _, kind := range []emulator.FaultKind{emulator.Denied, emulator.ServerError500, emulator.Throttle, emulator.DropBefore} {
		b.w.Emulator.Inject(emulator.Fault{Service: "s3", Operation: "HeadObject", Kind: kind, Times: -1})
		b.Read()
		b.w.Emulator.Heal()
		if _, _, changes := b.Plan(config); changes || b.Attribute("s3_key") != key {
			t.Errorf("fault %v is taken for drift", kind)
		}
	}
	if _, err := b.w.Clients(t).S3().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(key)}); err != nil {
		t.Fatal(err)
	}
	b.Read()
	if got := b.planned(config, "s3_key"); got != key || b.Attribute("s3_key") != "" {
		t.Errorf("a lost package is planned at %q, state %q", got, b.Attribute("s3_key"))
	}
	b.apply(config)
	b.runs(2) // the cache went with the machine
}
