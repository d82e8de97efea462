package doctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the repository.
const root = "../.."

// block is a piece of configuration that people may copy.
type block struct {
	name  string // where it stands
	files map[string]string
	// whole: a directory of examples, which declares what it needs.
	whole bool
}

// pages are the Markdown files that people read.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"README.md", "CONTRIBUTING.md", "DESIGN.md", "CHANGELOG.md", "FACTS.md", "RELIABILITY.md"}
	for _, more := range []string{"BENCHMARKS.md", "RELIABILITY.md"} {
		if _, err := os.Stat(filepath.Join(root, more)); err == nil {
			out = append(out, more)
		}
	}
	walk(t, "docs", func(path string) {
		if strings.HasSuffix(path, ".md") {
			out = append(out, path)
		}
	})
	walk(t, "examples", func(path string) {
		if strings.HasSuffix(path, ".md") {
			out = append(out, path)
		}
	})
	return out
}

func walk(t *testing.T, dir string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == ".terraform" {
			return filepath.SkipDir
		}
		if !e.IsDir() {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			visit(relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fence is a block of Terraform in Markdown; what is indented belongs to a list.
var fence = regexp.MustCompile("(?ms)^( *)```terraform\n(.*?)^ *```")

// outdent takes the indentation of a list's item away.
func outdent(text, by string) string {
	return strings.TrimPrefix(strings.ReplaceAll("\n"+text, "\n"+by, "\n"), "\n")
}

// blocks are all of them: those of the pages, and the directories of examples.
func blocks(t *testing.T) []block {
	t.Helper()
	var out []block
	for _, page := range pages(t) {
		text := read(t, page)
		for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
			line := 1 + strings.Count(text[:at[0]], "\n")
			out = append(out, block{name: page + ":" + strconv.Itoa(line), files: map[string]string{"main.tf": outdent(text[at[4]:at[5]], text[at[2]:at[3]])}})
		}
	}
	dirs := map[string]int{}
	walk(t, "examples", func(path string) {
		if !strings.HasSuffix(path, ".tf") {
			return
		}
		dir := filepath.Dir(path)
		if _, ok := dirs[dir]; !ok {
			dirs[dir] = len(out)
			out = append(out, block{name: dir, files: map[string]string{}, whole: true})
		}
		out[dirs[dir]].files[filepath.Base(path)] = read(t, path)
	})
	return out
}
