package source

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzIgnore reads any ignore file by Git's rules and by Docker's. What is
// appended to it is heard last, whatever stands before.
func FuzzIgnore(f *testing.F) {
	f.Add("*.log\n# no comment\n\nout/\n!keep\n/top\ndocs/**/*.md", "docs/a/b.md")
	f.Add("\ufeff\\#a\r\n\\!b  \r\n{c,d}\r\n[broken\r\n", "{c,d}")
	f.Add(strings.Repeat("long/", 20000), "a")
	f.Add("[a-z]*\n**\n!**/\n*\x00*", "x/y/z")
	f.Add(strings.Repeat("*a", 40), strings.Repeat("a", 60))
	f.Fuzz(func(t *testing.T, text, name string) {
		if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\r\n") || strings.TrimSpace(name) != name {
			return
		}
		if len(name) > 200 {
			return // longer than a test need ask
		}
		read := func(text string) (git, docker ignores) {
			git.rules, docker.fixed = gitRules(".", []byte(text)), dockerRules([]byte(text))
			return git, docker
		}
		git, docker := read(text)
		if again, other := read(text); !reflect.DeepEqual(git, again) || !reflect.DeepEqual(docker, other) {
			t.Fatal("read twice, there are other rules")
		}
		if !strings.Contains(text, "\r") {
			if again, other := read(strings.ReplaceAll(text, "\n", "\r\n")); !reflect.DeepEqual(git, again) || !reflect.DeepEqual(docker, other) {
				t.Fatal("Windows' line ends make other rules")
			}
		}
		for _, dir := range []bool{false, true} {
			if got, want := git.match(name, dir), git.match(name, dir); got != want {
				t.Fatal("asked twice, another answer")
			}
		}
		for _, add := range []struct {
			line string
			want bool
		}{{"/" + escape(name), true}, {"!/" + escape(name), false}} {
			git, docker := read(text + "\n" + add.line + "\n")
			if git.match(name, false) != add.want {
				t.Fatalf("Git's rules: %q comes last, and %q is ignored: %v", add.line, name, !add.want)
			}
			if path.Clean("/" + name)[1:] == name && !strings.ContainsAny(name, `\`) && docker.match(name, false) != add.want {
				t.Fatalf("Docker's rules: %q comes last, and %q is ignored: %v", add.line, name, !add.want)
			}
		}
	})
}

// FuzzManifest reads any bytes as what is kept of a tree. What is read is
// written again as the same bytes, and what does not have its digest is never
// taken for the tree.
func FuzzManifest(f *testing.F) {
	tree := Tree{Entries: []Entry{
		{Path: "a", Mode: 0o644, Size: 7, Sum: sha256.Sum256([]byte("a"))}, {Path: "b/run", Mode: 0o755, Size: 1 << 40},
		{Path: "c", Mode: fs.ModeSymlink, Link: "b/run"},
	}}
	var seed bytes.Buffer
	if err := tree.encode(&seed); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Add([]byte(canonicalHeader))
	f.Add([]byte(canonicalHeader + "f\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"))
	f.Add([]byte(statsHeader + "\x01a" + strings.Repeat("\x00", 72)))
	dir := f.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sources"), 0o755); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		memory := Memory{Dir: dir}
		file := memory.treeFile(tree.Digest())
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := memory.Load(tree.Digest()); err == nil && !reflect.DeepEqual(got, tree) {
			t.Fatalf("another tree under this one's digest: %+v", got)
		}
		if got, err := decode(data); err == nil {
			var again bytes.Buffer
			if err := got.encode(&again); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), data) {
				t.Fatalf("%q was read, and written as %q", data, again.Bytes())
			}
			if digest := fmt.Sprintf("sha256:%x", sha256.Sum256(data)); got.Digest() != digest {
				t.Fatalf("its digest is %s, and its file's %s", got.Digest(), digest)
			}
		}
		if known, err := decodeStats(data); err == nil && len(known) > len(data) {
			t.Fatalf("%d files in %d bytes", len(known), len(data))
		}
		sum := sha256.Sum256(data)
		if known, err := decodeStats(append(bytes.Clone(data), sum[:]...)); err == nil && len(known)*(5*8+sha256.Size) > len(data) {
			t.Fatalf("%d files in %d bytes", len(known), len(data))
		}
	})
}
