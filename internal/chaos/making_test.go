package chaos

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

func packageWorld(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.New(t)
	if _, err := w.Clients(t).S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	return w
}

// fails applies and wants an error that says all of the words, and nothing in
// state.
func fails(t *testing.T, b *acctest.Bench, config map[string]any, words ...string) {
	t.Helper()
	err := b.Apply(context.Background(), config)
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("apply ended with %v\nwant that it says %q", err, word)
		}
	}
	if !b.State.IsNull() {
		t.Errorf("the state holds %s", b.State)
	}
}

// mended applies what failed before, and wants nothing more to do.
func mended(t *testing.T, b *acctest.Bench, config map[string]any) {
	t.Helper()
	if err := b.Apply(context.Background(), config); err != nil {
		t.Fatalf("applying again: %v", err)
	}
	b.Read()
	if _, _, changes := b.Plan(config); changes {
		t.Error("the next plan is not empty")
	}
}

// TestMaking_buildToolKilled: a build that something kills (the kernel, out of
// memory, does) leaves nothing behind that a later apply takes for a package.
func TestMaking_buildToolKilled(t *testing.T) {
	w, dir := packageWorld(t), sources(t, "one")
	b, mark := w.NewBench(t, "awsdeploy_app_package"), filepath.Join(t.TempDir(), "killed")
	config := map[string]any{"source_dir": dir, "sources": []any{"**"}, "artifact": "all",
		"build":   map[string]any{"tool": "command", "command": []any{"sh", "-c", "head -c 5 index.html > all; [ -e " + mark + " ] || { touch " + mark + "; kill -9 $$; }; cp index.html all"}},
		"publish": map[string]any{"bucket": "artifacts", "key_prefix": "shop/"}}
	fails(t, b, config, "Build failed", "signal: killed")
	if n := acted(w, "PutObject"); n > 0 {
		t.Errorf("%d objects were put for a build that was killed", n)
	}
	mended(t, b, config)
	out, err := w.Clients(t).S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String(b.Attribute("s3_key"))})
	if err != nil || aws.ToInt64(out.ContentLength) != int64(len(content(t, "one"))) {
		t.Errorf("published %v, %v: want the whole of it", out, err)
	}
}

// TestMaking_sourcesChangeWhileRead: whoever reads a tree that something writes
// to gets an error, or the digest of one of the states that it was in.
func TestMaking_sourcesChangeWhileRead(t *testing.T) {
	w, dir := packageWorld(t), t.TempDir()
	file := filepath.Join(dir, "large.bin")
	states := [][]byte{[]byte(strings.Repeat("a", 3<<20)), []byte(strings.Repeat("b", 3<<20))}
	config := map[string]any{"source_dir": dir, "sources": []any{"**"}}
	b := w.NewBench(t, "awsdeploy_app_package")
	digests := map[string]bool{}
	for _, state := range states {
		if err := os.WriteFile(file, state, 0o644); err != nil {
			t.Fatal(err)
		}
		digest, err := b.Plans(config, "source_digest")
		if err != nil || digest == "" {
			t.Fatalf("the digest of a quiet tree is %q, %v", digest, err)
		}
		digests[digest] = true
	}
	if len(digests) != 2 {
		t.Fatalf("the states have the digests %v", digests)
	}
	refused, whole := 0, 0
	defer write(t, file, states)()
	for range 60 {
		switch digest, err := b.Plans(config, "source_digest"); {
		case err == nil && digests[digest]:
			whole++
		case err == nil:
			t.Errorf("a tree that never was has the digest %s", digest)
		case strings.Contains(err.Error(), "changed while it was read"):
			refused++
		default:
			t.Error(err)
		}
	}
	t.Logf("refused %d times, read whole %d times", refused, whole)
	if refused == 0 {
		t.Error("nothing changed while it was read")
	}
}

// write writes one content after the other into a file, in place and of one
// size, which is the hardest to notice, until stop is called.
func write(t *testing.T, file string, contents [][]byte) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ctx.Err() == nil; n++ {
			f, err := os.OpenFile(file, os.O_WRONLY, 0)
			if err == nil {
				_, err = f.Write(contents[n%len(contents)])
				_ = f.Close()
			}
			if err != nil {
				t.Error(err)
				return
			}
			_ = clock.System{}.Sleep(ctx, time.Duration(n%7)*time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}
