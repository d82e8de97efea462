package source

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// wait lets real time pass: file systems have no other.
func wait(tb testing.TB, d time.Duration) {
	tb.Helper()
	if err := (clock.System{}).Sleep(tb.Context(), d); err != nil {
		tb.Fatal(err)
	}
}

// TestWalk_readsOnce checks that a second walk reads only what was touched,
// and that no trick of a writer hides a change.
func TestWalk_readsOnce(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("files are read each time here")
	}
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	dir := lay(t, map[string]string{"a": "one", "b": "one", "c": "one", "large": strings.Repeat("x", worthBytes)})
	wait(t, racy+50*time.Millisecond)
	lay1 := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lay1("young", "one")
	first := walk(t, dir, nil, nil)

	kept, err := filepath.Glob(filepath.Join(os.Getenv("AWSDEPLOY_CACHE_DIR"), "stats", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, %v", kept, err)
	}
	data, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	old, err := decodeStats(data)
	var names []string
	for _, k := range old {
		names = append(names, k.path)
	}
	if err != nil || !slices.Equal(names, []string{"a", "b", "c", "large"}) {
		t.Errorf("kept %v, %v", names, err)
	}

	// What is kept is used: a lie about a file that nobody touched is believed.
	w, entries := &walkStats{old: old}, []Entry{{Path: "a"}, {Path: "aa"}, {Path: "c"}}
	old[0].sum[0] ^= 1
	found := w.match(entries)
	if found[0] != &old[0] || found[1] != nil || found[2] != &old[2] {
		t.Errorf("found %v", found)
	}
	var l listing
	err = (&walker{tree: Tree{Root: dir}}).fill(&entries[0], &l, found[0], newReader(), func(int64) error { return nil })
	if err != nil || l.read || entries[0].Sum != old[0].sum || entries[0].Size != 3 {
		t.Errorf("an untouched file is read again: %+v, %v", entries[0], err)
	}

	// A change that keeps size and time is seen all the same.
	was, err := os.Stat(filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	lay1("b", "two")
	lay1("young", "two")
	if err := os.Chtimes(filepath.Join(dir, "b"), was.ModTime(), was.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(filepath.Join(dir, "c"), filepath.Join(dir, "d")), os.Chmod(filepath.Join(dir, "a"), 0o755)); err != nil {
		t.Fatal(err)
	}
	second := walk(t, dir, nil, nil)
	if got := second.Diff(first).String(); got != "  a changed\n  b changed\n  young changed\n  d is new\n  c is gone" {
		t.Errorf("got:\n%s", got)
	}
	fresh, err := Options{Fresh: true}.Walk(t.Context(), dir)
	if err != nil || fresh.Digest() != second.Digest() {
		t.Errorf("reading all gives another digest (%v)", err)
	}

	// Damage is read over.
	data[len(data)/2] ^= 1
	if err := os.WriteFile(kept[0], data, 0o644); err != nil {
		t.Fatal(err)
	}
	if third := walk(t, dir, nil, nil); third.Digest() != second.Digest() {
		t.Error("a damaged file of stats moved the digest")
	}
}

// TestTree_Open checks that a file is taken for what was hashed only when it
// was left alone since well before.
func TestTree_Open(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("nothing tells here")
	}
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	dir := lay(t, map[string]string{"changed": "one", "kept": "one"})
	wait(t, racy+50*time.Millisecond)
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("young", "one")
	tree := walk(t, dir, nil, nil)
	write("changed", "two")
	for i, e := range tree.Entries {
		f, err := tree.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		if want := e.Path == "kept"; f.Hashed() != want {
			t.Errorf("%s: hashed %t, want %t", e.Path, f.Hashed(), want)
		}
		if text, err := io.ReadAll(f); err != nil || len(text) != 3 {
			t.Errorf("%s: %q, %v", e.Path, text, err)
		}
		if err := f.Close(); err != nil || f.Close() == nil {
			t.Errorf("%s: closing: %v", e.Path, err)
		}
	}
	loose := Tree{Root: dir, Entries: tree.Entries}
	if f, err := loose.Open(1); err != nil || f.Hashed() || f.Close() != nil {
		t.Errorf("a tree that no walk made: %v", err)
	}
}
