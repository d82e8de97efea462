package sbom

import (
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"strings"
)

// readProgram reads what a Go program says that it was built of.
func (i *Inventory) readProgram(f File) ([]Component, error) {
	head, content := peek(f.Content, len(elf.ELFMAG))
	if string(head) != elf.ELFMAG {
		return nil, nil // a script
	}
	r, hashes, done, err := i.seekable(content, f.Size)
	if err != nil {
		return nil, err
	}
	defer done()
	info, err := buildinfo.Read(io.NewSectionReader(r, 0, f.Size))
	switch {
	case err != nil && i.System:
		return nil, nil
	case err != nil:
		return nil, damagedError{fmt.Errorf("the program does not say what it was built of")}
	}
	c := built(info, f.Path)
	c.SHA256, c.SHA1 = hashes.sha256, hashes.sha1
	return []Component{c}, nil
}

// built is a program by what it says of its build.
func built(info *debug.BuildInfo, at string) Component {
	c := module(&info.Main)
	if c.Kind, c.Path = application, at; c.Name == "" {
		c.Type, c.Name = "", path.Base(at) // built of files, not of a module
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			c.Facts = map[string]string{s.Key: s.Value}
		}
	}
	c.Parts = append(c.Parts, Component{Kind: library, Type: "golang", Name: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go"), How: byBinary, Path: at})
	for _, dep := range info.Deps {
		part := module(dep)
		part.Path = at
		c.Parts = append(c.Parts, part)
	}
	return c
}

// module is a module as it was built, or what replaced it.
func module(m *debug.Module) Component {
	facts := map[string]string{}
	if m.Replace != nil {
		facts["replaces"] = m.Path + "@" + m.Version
		m = m.Replace
	}
	c := Component{Kind: library, Type: "golang", Version: m.Version, How: byBinary}
	c.Namespace, c.Name = path.Split(m.Path)
	c.Namespace = strings.TrimSuffix(c.Namespace, "/")
	if strings.HasPrefix(m.Path, "./") || strings.HasPrefix(m.Path, "../") || path.IsAbs(m.Path) {
		// A directory is no module, and where it was is nobody's business.
		c.Type, c.Namespace, c.Name = "", "", path.Base(m.Path)
	}
	if c.Version == "(devel)" {
		c.Version = ""
	}
	if m.Sum != "" {
		facts["go.sum"] = m.Sum
	}
	if len(facts) > 0 {
		c.Facts = facts
	}
	return c
}
