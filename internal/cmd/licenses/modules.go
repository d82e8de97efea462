package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// platforms are the operating systems that are released; the processor changes
// no module.
func platforms() []string { return []string{"darwin", "freebsd", "linux", "windows"} }

// module is one that is linked into a binary.
type module struct {
	path, version string
	files         []text // licences and notices, of the module and of the packages that are linked
}

// text is a licence or a notice.
type text struct {
	name    string // relative to the module
	content string
}

// listed is what the go command tells of a package.
type listed struct {
	Dir, ImportPath string
	Standard        bool
	Module          *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path, Version, Dir string }
	}
}

// linked are the modules of the provider's binaries, sorted.
func linked(systems []string) ([]module, error) {
	found := map[string]*module{}
	for _, system := range systems {
		packages, err := list(system)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if p.Standard || p.Module == nil || p.Module.Main {
				continue
			}
			m := found[p.Module.Path]
			if m == nil {
				m = &module{path: p.Module.Path, version: p.Module.Version}
				found[m.path] = m
			}
			if err := m.collect(p.Module.Dir, p.Dir); err != nil {
				return nil, err
			}
		}
	}
	var all []module
	for _, m := range found {
		slices.SortFunc(m.files, func(a, b text) int { return strings.Compare(a.name, b.name) })
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// list asks for the packages of the provider and all that they import.
func list(system string) (all []listed, err error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,ImportPath,Standard,Module", "github.com/awsdeploy/terraform-provider-awsdeploy")
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s: %w\n%s", system, err, said.String())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|unlicense)([-._].*)?$`)

// collect takes in the texts that hold for a package: those in its directory
// and in the directories above it, up to the module's.
func (m *module) collect(root, dir string) error {
	for ; strings.HasPrefix(dir, root); dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			name, err := filepath.Rel(root, filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			if e.IsDir() || !licenceName.MatchString(e.Name()) || strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".docs") /* of the documentation */ || slices.ContainsFunc(m.files, func(t text) bool { return t.name == name }) {
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			m.files = append(m.files, text{name, tidy(string(content))})
		}
	}
	return nil
}

// tidy takes away what differs between copies of one text and says nothing.
func tidy(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n") + "\n"
}
