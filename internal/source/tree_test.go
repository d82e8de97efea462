package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestDigest_isOfContentAlone(t *testing.T) {
	files := map[string]string{"main.go": "package main", "run*": "#!/bin/sh", "lib/a.go": "package lib", "latest": "->lib/a.go"}
	one := walk(t, lay(t, files), nil, nil)
	dir := lay(t, files)
	// Another directory, other times, another umask, another number of
	// processors.
	for _, name := range []string{"main.go", "lib/a.go"} {
		full := filepath.Join(dir, name)
		if err := errors.Join(os.Chmod(full, 0o600), os.Chtimes(full, time.Unix(9, 0), time.Unix(9, 0))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	two := walk(t, dir, nil, nil)
	if one.Digest() != two.Digest() {
		t.Errorf("two digests: %s and %s", one.Digest(), two.Digest())
	}
	const golden = "sha256:f475103888d230276bd6139d9ba78c5e7d75dc6f5bd35a119fda290a382ac385"
	if one.Digest() != golden {
		t.Errorf("the digest of the same files moved: got %s, want %s", one.Digest(), golden)
	}
}

func TestDigest_seesEveryChange(t *testing.T) {
	seen := map[string]string{}
	for name, files := range map[string]map[string]string{
		"base":       {"a": "1", "b": "2"},
		"content":    {"a": "1", "b": "3"},
		"name":       {"a": "1", "c": "2"},
		"executable": {"a*": "1", "b": "2"},
		"link":       {"a": "1", "b": "->a"},
		"other link": {"a": "1", "b": "->b/../a"},
		"fewer":      {"a": "1"},
		"swapped":    {"a": "2", "b": "1"},
	} {
		digest := walk(t, lay(t, files), nil, nil).Digest()
		if other, ok := seen[digest]; ok {
			t.Errorf("%s and %s share a digest", name, other)
		}
		seen[digest] = name
	}
}

func TestDiff(t *testing.T) {
	old := walk(t, lay(t, map[string]string{"a": "1", "b": "1", "c": "1", "e*": "1"}), nil, nil)
	now := walk(t, lay(t, map[string]string{"a": "1", "b": "2", "d": "1", "e": "1"}), nil, nil)
	diff := now.Diff(old)
	if got := fmt.Sprint(diff.Added, diff.Changed, diff.Removed); got != "[d] [b e] [c]" {
		t.Errorf("got %s", got)
	}
	if diff.Count() != "+1 ~2 −1" || diff.String() != "  b changed\n  e changed\n  d is new\n  c is gone" {
		t.Errorf("got %s:\n%s", diff.Count(), diff)
	}
	if !now.Diff(now).Empty() {
		t.Error("a tree differs from itself")
	}
}

func TestMemory_keepsTrees(t *testing.T) {
	m := Memory{Dir: t.TempDir()}
	tree := walk(t, lay(t, map[string]string{"a": "1", "b*": "2", "c": "->a"}), nil, nil)
	digest, err := m.Save(tree)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := m.Load(digest)
	if err != nil || loaded.Digest() != digest || !loaded.Diff(tree).Empty() {
		t.Errorf("loaded %+v, %v", loaded, err)
	}
	file := m.treeFile(digest)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data[:len(data)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Load(digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a damaged manifest: got %v", err)
	}
}

func TestMemory_saysWhatChangedSinceThePlan(t *testing.T) {
	m := Memory{Dir: t.TempDir()}
	one := walk(t, lay(t, map[string]string{"a": "1"}), nil, nil)
	two := walk(t, lay(t, map[string]string{"a": "2", "b": "1"}), nil, nil)
	key := Key("dir", "**")
	for i, step := range []struct {
		tree    Tree
		pending bool
		want    string
	}{
		{one, true, ""},
		{one, true, ""},
		{two, true, "+1 ~1 −0"},
		{one, false, "+0 ~1 −1"}, // back again: nothing to do, and nothing outstanding
		{two, true, ""},
	} {
		drift, err := m.Plan(key, step.tree, step.pending)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if drift != nil {
			got = drift.Changes.Count()
			if drift.SameRun {
				t.Errorf("step %d: one provider process cannot know that it is applying", i)
			}
		}
		if got != step.want {
			t.Errorf("step %d: got %q, want %q", i, got, step.want)
		}
	}
	if err := m.Applied(key); err != nil {
		t.Fatal(err)
	}
	if drift, _ := m.Plan(key, one, true); drift != nil {
		t.Errorf("an applied plan is still outstanding: %+v", drift)
	}
	if Key("ab", "c") == Key("a", "bc") {
		t.Error("two configurations share a key")
	}
}

func TestBrief(t *testing.T) {
	old := walk(t, lay(t, map[string]string{"a": "1", "b": "1", "c": "1", "d": "->a", "f": "1"}), nil, nil)
	now := walk(t, lay(t, map[string]string{"a": "1", "b": "2", "d": "->b", "e": "1"}), nil, nil)
	brief, err := old.Brief()
	if err != nil {
		t.Fatal(err)
	}
	got, err := now.DiffBrief(brief)
	if want := now.Diff(old); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v (%v)", got, want, err)
	}
	if _, err := now.DiffBrief([]byte("no brief")); err == nil {
		t.Error("anything is taken for a brief")
	}
	var large Tree
	for i := range 10000 {
		large.Entries = append(large.Entries, Entry{Path: fmt.Sprintf("%05d", i), Mode: 0o644, Size: int64(i)})
	}
	if brief, err := large.Brief(); err != nil || brief != nil {
		t.Errorf("10000 files are %d bytes of state (%v)", len(brief), err)
	}
}
