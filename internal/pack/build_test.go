package pack

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lay writes files below a new directory; a name that ends in * is a program.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if script, ok := strings.CutSuffix(full, "*"); ok {
			full, mode = script, 0o755
		}
		if err := os.WriteFile(full, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func build(t *testing.T, s Store, spec Spec) (Package, error) {
	t.Helper()
	if err := spec.Check(); err != nil {
		return Package{}, err
	}
	tree, err := spec.Walk(t.Context())
	if err != nil {
		return Package{}, err
	}
	return s.Build(t.Context(), spec, tree)
}

func mustBuild(t *testing.T, s Store, spec Spec) Package {
	t.Helper()
	p, err := build(t, s, spec)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Verify(t.Context(), p) {
		t.Fatalf("%+v is not in the store", p)
	}
	return p
}

func members(t *testing.T, file string) string {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Mode().String()+" "+f.Name)
	}
	return strings.Join(names, ", ")
}

func TestBuild_none(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	dir := lay(t, map[string]string{"web/index.html": "hi", "web/a/b.css": "b", "run.sh": "#!/bin/sh", "bootstrap": "x", "skip/x": "x"})
	if err := os.Chmod(filepath.Join(dir, "bootstrap"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, artifact, format, file, kind, members string
	}{
		{"the whole directory", "", "", "package.zip", TypeZip, "-rwxr-xr-x bootstrap, -rw-r--r-- run.sh, -rw-r--r-- web/a/b.css, -rw-r--r-- web/index.html"},
		{"a directory of it", "web", "", "web.zip", TypeZip, "-rw-r--r-- a/b.css, -rw-r--r-- index.html"},
		{"a file", "run.sh", "", "run.sh", TypeExecutable, ""},
		{"a file by a pattern", "*.sh", "", "run.sh", TypeExecutable, ""},
		{"a file into a ZIP", "run.sh", Zip, "run.sh.zip", TypeZip, "-rw-r--r-- run.sh"},
		{"Lambda's bootstrap", "bootstrap", "", "bootstrap.zip", TypeZip, "-rwxr-xr-x bootstrap"},
		{"bootstrap as it is", "bootstrap", File, "bootstrap", TypeExecutable, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mustBuild(t, s, Spec{Dir: dir, Excludes: []string{"skip"}, Tool: None, Artifact: c.artifact, Format: c.format})
			if p.Name != c.file || p.Type != c.kind {
				t.Errorf("got %s of type %s, want %s of type %s", p.Name, p.Type, c.file, c.kind)
			}
			if c.members != "" && members(t, s.Path(p)) != c.members {
				t.Errorf("holds %s, want %s", members(t, s.Path(p)), c.members)
			}
		})
	}
}

func TestBuild_go(t *testing.T) {
	files := map[string]string{
		"go.mod":  "module example.com/hello\n\ngo 1.22\n",
		"main.go": "package main\n\nfunc main() { println(\"hello\") }\n",
	}
	s := Store{Dir: t.TempDir()}
	spec := Spec{Dir: lay(t, files), Tool: Go, Artifact: "hello"}
	one := mustBuild(t, s, spec)
	if one.Type != TypeExecutable {
		t.Errorf("type %s", one.Type)
	}
	if info, err := os.Stat(s.Path(one)); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info, err)
	}
	tree, err := spec.Walk(t.Context())
	if err != nil || len(tree.Entries) != 2 {
		t.Errorf("what was built counts as a source: %+v, %v", tree, err)
	}
	found, ok := s.Find(spec.Recipe(tree.Digest()))
	if !ok || found != one {
		t.Errorf("found %+v, %v", found, ok)
	}
	// Another directory, and a store that knows nothing.
	again := mustBuild(t, Store{Dir: t.TempDir()}, Spec{Dir: lay(t, files), Tool: Go, Artifact: "hello"})
	if again.SHA256 != one.SHA256 {
		t.Error("the same sources gave other bytes")
	}
}

func TestBuild_goFails(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	dir := lay(t, map[string]string{"go.mod": "module example.com/hello\n\ngo 1.22\n", "main.go": "package main\n\nfunc main() { oops() }\n"})
	_, err := build(t, s, Spec{Dir: dir, Tool: Go, Artifact: "hello"})
	var failed *BuildError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(failed.First, "main.go:3:15: undefined: oops") {
		t.Errorf("first error %q", failed.First)
	}
	if data, err := os.ReadFile(failed.Log); err != nil || !strings.Contains(string(data), "oops") {
		t.Errorf("the log holds %q, %v", data, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "packages", "*")); len(left) > 0 {
		t.Errorf("a failed build left %v", left)
	}
}

func TestBuild_command(t *testing.T) {
	t.Setenv("SECRET_OF_MINE", "1")
	dir := lay(t, map[string]string{"src/a": "a"})
	script := `mkdir -p dist/lib && cp src/a dist/lib/a && echo "$GREETING-$SECRET_OF_MINE-$TZ" > dist/env`
	s := Store{Dir: t.TempDir()}
	p := mustBuild(t, s, Spec{Dir: dir, Tool: Command, Command: []string{"sh", "-c", script}, Env: map[string]string{"GREETING": "hi"}, Artifact: "dist"})
	if p.Name != "dist.zip" || members(t, s.Path(p)) != "-rw-r--r-- env, -rw-r--r-- lib/a" {
		t.Errorf("%+v holds %s", p, members(t, s.Path(p)))
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "dist", "env")); string(data) != "hi--UTC\n" {
		t.Errorf("the build's environment: %q", data)
	}
}

func TestBuild_refuses(t *testing.T) {
	sh := func(script string) []string { return []string{"sh", "-c", script} }
	files := map[string]string{"a.txt": "a", "b.txt": "b"}
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"a tool that is not supported", Spec{Tool: "ant", Artifact: "x"}, `build.tool "ant" is not supported: it is one of maven, gradle, go, npm, python, command, none`},
		{"a command without a command", Spec{Tool: Command, Artifact: "x"}, "needs build.command"},
		{"none with a command", Spec{Tool: None, Command: sh("true")}, "runs nothing"},
		{"no artifact", Spec{Tool: Go}, "artifact is missing"},
		{"a pattern for go build", Spec{Tool: Go, Artifact: "bin/*"}, "go build writes to one file"},
		{"the sources as artifact", Spec{Tool: Go, Artifact: "./"}, "artifact is source_dir itself"},
		{"an artifact outside", Spec{Tool: None, Artifact: "../x"}, `"../x" leaves the directory`},
		{"a broken pattern", Spec{Tool: None, Excludes: []string{"{a"}}, `excludes: "{a" is not a glob pattern`},
		{"sources that are none", Spec{Tool: None, Sources: []string{"*.java"}}, `the pattern "*.java" selects no file`},
		{"an artifact that is none", Spec{Tool: None, Artifact: "*.war"}, `artifact "*.war": no such file is among the sources`},
		{"several artifacts", Spec{Tool: None, Artifact: "*.txt"}, "selects 2 files, and a package is one:\n  a.txt\n  b.txt"},
		{"a build that makes nothing", Spec{Tool: Command, Command: sh("true"), Artifact: "x"}, `artifact "x": no such file was made by the build`},
		{"several built", Spec{Tool: Command, Command: sh("mkdir o; touch o/1.jar o/2.jar"), Artifact: "o/*.jar"}, "o/1.jar\n  o/2.jar"},
		{"a JAR that is none", Spec{Tool: Command, Command: sh("echo x > x.jar"), Artifact: "x.jar"}, "it is no JAR: its content is not a ZIP archive"},
		{"a link out of the sources", Spec{Tool: Command, Command: sh("ln -s /etc/passwd x"), Artifact: "x"}, "x is a link that leaves source_dir"},
		{"an unknown program", Spec{Tool: Command, Command: []string{"no-such-program"}, Artifact: "x"}, "no-such-program was not found: install it"},
		{"a build that changes its sources", Spec{Tool: Command, Command: sh("echo c > a.txt; touch x"), Artifact: "x"}, "the sources changed while the package was built:\n  a.txt changed"},
		{"a build that adds sources", Spec{Tool: Command, Command: sh("touch x y"), Artifact: "x"}, "y is new\n\nFiles that the build writes are no sources: name them in excludes"},
		{"a directory as it is", Spec{Tool: Command, Command: sh("mkdir x; touch x/y"), Artifact: "x", Format: File}, "takes a file as it is"},
		{"a build that fails", Spec{Tool: Command, Command: sh("for i in $(seq 100); do echo line $i; done; echo 'x: error: bad thing'; exit 3"), Artifact: "x"},
			"exit status 3\n\nFirst error:\n  x: error: bad thing\n\nLast lines of the output:\n  line 42\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Dir = lay(t, files)
			_, err := build(t, Store{Dir: t.TempDir()}, c.spec)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			var p *Problem
			if !errors.As(err, &p) || p.Attribute == "" {
				t.Errorf("%v names no attribute", err)
			}
		})
	}
}
