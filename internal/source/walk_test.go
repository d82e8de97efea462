package source

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// lay writes files below a new directory: a name that ends in * is
// executable, content that starts with -> is a link.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, strings.TrimSuffix(name, "*"))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(content, "->"); ok {
			err = os.Symlink(target, full)
		} else if err = os.WriteFile(full, []byte(content), 0o644); err == nil && strings.HasSuffix(name, "*") {
			err = os.Chmod(full, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func paths(tree Tree) string {
	var names []string
	for _, e := range tree.Entries {
		names = append(names, e.Path)
	}
	return strings.Join(names, " ")
}

func walk(t *testing.T, root string, include, exclude []string) Tree {
	t.Helper()
	tree, err := Walk(t.Context(), root, include, exclude)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestWalk_selects(t *testing.T) {
	dir := lay(t, map[string]string{
		"main.go": "a", "a-b/x.go": "b", "a/b.go": "c", "a/deep/c.txt": "d", "target/app.war": "e",
		".git/config": "f", "a/.terraform/x": "g", "terraform.tfstate": "h", ".terraform.tfstate.lock.info": "i",
		"link": "->a/b.go",
	})
	for _, c := range []struct {
		name             string
		include, exclude []string
		want             string
	}{
		{"everything, sorted by path and without history and state", nil, nil, "a-b/x.go a/b.go a/deep/c.txt link main.go target/app.war"},
		{"one level", []string{"*"}, nil, "link main.go"},
		{"by extension at any depth", []string{"**/*.go"}, nil, "a-b/x.go a/b.go main.go"},
		{"a directory by its name", []string{"a"}, nil, "a/b.go a/deep/c.txt"},
		{"an excluded directory takes all along", []string{"**"}, []string{"a", "target/**"}, "a-b/x.go link main.go"},
		{"alternatives", []string{"{main,x}.go"}, nil, "main.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := paths(walk(t, dir, c.include, c.exclude)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWalk_refuses(t *testing.T) {
	dir := lay(t, map[string]string{
		"ok/a": "a", "out/link": "->../../etc/passwd", "abs/link": "->/etc/passwd",
		"sneaky/here": "->..", "sneaky/link": "->here/../../x",
	})
	socket, err := net.Listen("unix", filepath.Join(dir, "sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for _, c := range []struct {
		name, include, exclude, want string
	}{
		{"a link up and out", "out/**", "", "out/link is a link to ../../etc/passwd, which leaves the directory"},
		{"an absolute link", "abs/**", "", "abs/link is a link to /etc/passwd, which leaves the directory"},
		{"a link out through another link", "sneaky/link", "", "sneaky/link is a link to here/../../x, which leaves the directory"},
		{"a socket", "sock", "", "sock is a socket"},
		{"a pattern without a file", "none/*", "", `the pattern "none/*" selects no file`},
		{"a pattern whose files are excluded", "ok/*", "ok", `the pattern "ok/*" selects no file`},
		{"a broken pattern", "[a", "", `"[a" is not a glob pattern`},
		{"a pattern that leaves", "../*", "", `"../*" leaves the directory`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var exclude []string
			if c.exclude != "" {
				exclude = []string{c.exclude}
			}
			_, err := Walk(t.Context(), dir, []string{c.include}, exclude)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := Walk(t.Context(), filepath.Join(dir, "absent"), nil, nil); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("an absent root: got %v", err)
	}
}

func TestWalk_stopsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := Walk(ctx, lay(t, map[string]string{"a": "a"}), nil, nil); !errors.Is(err, cause) {
		t.Errorf("got %v, want the context's cause", err)
	}
}

func TestWalk_oneFile(t *testing.T) {
	dir := lay(t, map[string]string{"app.jar": "jar", "other": "x"})
	tree := walk(t, filepath.Join(dir, "app.jar"), nil, nil)
	if paths(tree) != "app.jar" || tree.Entries[0].Size != 3 {
		t.Errorf("got %+v", tree)
	}
	if f, err := Open(tree.Root, tree.Entries[0].Path); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
}

func TestWalk_omitsTheCache(t *testing.T) {
	dir := lay(t, map[string]string{"a": "a", "build/cache/packages/x": "x", "build/b": "b"})
	t.Setenv("AWSDEPLOY_CACHE_DIR", filepath.Join(dir, "build", "cache"))
	if got := paths(walk(t, dir, nil, nil)); got != "a build/b" {
		t.Errorf("got %s", got)
	}
}

func TestFile_changesWhileRead(t *testing.T) {
	dir := lay(t, map[string]string{"a": "first", "b": "first", "c": "first"})
	for name, change := range map[string]func(string) error{
		"a": func(p string) error { return os.WriteFile(p, []byte("longer than before"), 0o644) },
		"b": func(p string) error { return os.Chtimes(p, time.Unix(1, 0), time.Unix(1, 0)) },
		"c": func(p string) error { return os.Truncate(p, 1) },
	} {
		f, err := Open(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 64)
		for err == nil {
			_, err = f.Read(buffer)
		}
		if !strings.Contains(err.Error(), name+" changed while it was read") {
			t.Errorf("%s: got %v", name, err)
		}
		f.Close()
	}
	if _, err := Open(dir, "gone"); err == nil || !strings.Contains(err.Error(), "gone vanished while the files were read") {
		t.Errorf("a file that vanished: got %v", err)
	}
}

func TestWalk_emptyDirectories(t *testing.T) {
	dir := lay(t, map[string]string{"a": "a"})
	before := walk(t, dir, nil, nil)
	if err := os.MkdirAll(filepath.Join(dir, "empty", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	after := walk(t, dir, nil, nil)
	if paths(after) != "a empty/er" || after.Entries[1].Mode != fs.ModeDir {
		t.Errorf("got %+v", after.Entries)
	}
	if before.Digest() != after.Digest() || !after.Diff(before).Empty() {
		t.Error("an empty directory moved the digest")
	}
}

// TestFile_justWritten: a file system with coarse times gives what is written
// now the time that a file has which was just written. Nobody begins to read
// such a file.
func TestFile_justWritten(t *testing.T) {
	dir := lay(t, map[string]string{"a": "first"})
	file := filepath.Join(dir, "a")
	for name, read := range map[string]func() error{
		"opened": func() error {
			f, err := Open(dir, "a")
			if err == nil {
				f.Close()
			}
			return err
		},
		"walked": func() error {
			_, err := Walk(t.Context(), dir, []string{"**"}, nil)
			return err
		},
	} {
		written := clock.System{}.Now()
		if err := os.Chtimes(file, written, written); err != nil {
			t.Fatal(err)
		}
		if err := read(); err != nil {
			t.Fatal(err)
		}
		if age := (clock.System{}).Now().Sub(written); age < tick {
			t.Errorf("%s %s after it was written", name, age)
		}
	}
}
