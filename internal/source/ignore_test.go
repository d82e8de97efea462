package source

import (
	"errors"
	"strings"
	"testing"
)

func TestWalk_ignores(t *testing.T) {
	for _, c := range []struct {
		name   string
		ignore []string
		files  map[string]string
		want   string
	}{
		{"Git's names at any depth", []string{".gitignore"},
			map[string]string{".gitignore": "*.log\n# no comment\n\nout/\n", "a.log": "", "x/b.log": "", "x/keep": "", "out/a": "", "x/out/b": "", "y/out": ""},
			".gitignore x/keep y/out"},
		{"a slash ties a pattern to its directory", []string{".gitignore"},
			map[string]string{".gitignore": "/top\ndocs/*.md\n", "top": "", "x/top": "", "docs/a.md": "", "docs/b/c.md": "", "x/docs/d.md": ""},
			".gitignore docs/b/c.md x/docs/d.md x/top"},
		{"a deeper file is heard last, and takes back", []string{".gitignore"},
			map[string]string{".gitignore": "*.gen\n", "a.gen": "", "x/.gitignore": "!b.gen\n", "x/b.gen": "", "x/c.gen": "", "y/b.gen": ""},
			".gitignore x/.gitignore x/b.gen"},
		{"nothing comes back out of an ignored directory", []string{".gitignore"},
			map[string]string{".gitignore": "x/\n!x/keep\n", "x/keep": "", "a": ""}, ".gitignore a"},
		{"all but one, as Git's guide has it", []string{".gitignore"},
			map[string]string{".gitignore": "/*\n!/foo\n/foo/*\n!/foo/bar\n", "a": "", "foo/b": "", "foo/bar/c": ""}, "foo/bar/c"},
		{"escapes, braces, spaces at the end and Windows' line ends", []string{".gitignore"},
			map[string]string{".gitignore": "\\#a\r\n\\!b  \r\n{c,d}\r\n[broken\r\n", "#a": "", "!b": "", "c": "", "{c,d}": ""}, ".gitignore c"},
		{"the provider's own is no source", []string{OwnIgnore},
			map[string]string{OwnIgnore: "notes\n", "notes": "", "a": "", "x/notes": ""}, "a"},
		{"Docker's patterns begin at the root", []string{".dockerignore"},
			map[string]string{".dockerignore": "*.log\n**/*.tmp\n/x\n", "a.log": "", "y/b.log": "", "y/c.tmp": "", "x/d": "", "y/x": ""},
			".dockerignore y/b.log y/x"},
		{"Docker takes back out of an ignored directory", []string{".dockerignore"},
			map[string]string{".dockerignore": "docs\n!docs/README.md\ndocs/old\n", "docs/a": "", "docs/README.md": "", "docs/old/README.md": ""},
			".dockerignore docs/README.md"},
		{"Docker's whitelist", []string{"build/app.dockerignore"},
			map[string]string{"build/app.dockerignore": "*\n!src\n", "a": "", "src/b": ""}, "src/b"},
		{"one at a place of its own", []string{"conf/ignored"},
			map[string]string{"conf/ignored": "*.x\n", "conf/a.x": "", "b.x": ""}, "b.x conf/ignored"},
		{"one that is not there", []string{".gitignore", "a/b"}, map[string]string{"a": ""}, "a"},
		{"none asked for", nil, map[string]string{".gitignore": "a\n", "a": ""}, ".gitignore a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree, err := Options{Ignore: c.ignore}.Walk(t.Context(), lay(t, c.files))
			if err != nil {
				t.Fatal(err)
			}
			if got := paths(tree); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWalk_limit(t *testing.T) {
	files := map[string]string{"small": "x"}
	for i := range 12 {
		files["d/"+strings.Repeat("f", i+1)] = strings.Repeat("x", 1000*(i+1))
	}
	dir := lay(t, files)
	_, err := Options{Limit: 20_000}.Walk(t.Context(), dir)
	var large *TooLargeError
	if !errors.As(err, &large) {
		t.Fatalf("got %v", err)
	}
	if large.Files != 13 || large.Size != 78_001 || len(large.Largest) != 10 {
		t.Errorf("got %+v", large)
	}
	if want := "holds 78.0 kB in 13 files, more than the limit of 20.0 kB. The largest are:\n  d/ffffffffffff 12.0 kB\n  d/fffffffffff 11.0 kB\n"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	if _, err := (Options{Limit: 20_000, Exclude: []string{"d/fff*"}}).Walk(t.Context(), dir); err != nil {
		t.Errorf("what is excluded counts: %v", err)
	}
	_, err = Options{Include: []string{"gone"}, Ignore: []string{".gitignore"}}.Walk(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), `"gone" selects no file in `+dir+` (.gitignore may leave it out)`) {
		t.Errorf("got %v", err)
	}
}
