package image

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// The layers of Java programs that carry no index of their own, from what
// changes least to what changes most.
const (
	dependencies = "dependencies"
	bootLoader   = "spring-boot-loader"
	snapshots    = "snapshot-dependencies"
	resources    = "resources"
	classes      = "classes"
)

// largestText bounds what is read of a manifest or an index.
const largestText = 1 << 20

// manifestAttributes are those of a manifest's main section.
type manifestAttributes map[string]string

// bootLoader tells that the program is started by Spring Boot's loader, which
// finds its classes in a directory as well as in an archive.
func (m manifestAttributes) bootLoader() bool {
	return strings.HasPrefix(m["Main-Class"], "org.springframework.boot.loader.")
}

// manifest reads META-INF/MANIFEST.MF; without one there are no attributes.
func (a *archive) manifest() (manifestAttributes, error) {
	m := manifestAttributes{}
	text, err := a.text("META-INF/MANIFEST.MF")
	if err != nil {
		return nil, err
	}
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch name, value, _ := strings.Cut(line, ":"); {
		case line == "":
			return m, nil // sections about single entries follow
		case line[0] == ' ':
			m[last] += line[1:] // lines have at most 72 bytes, and go on so
		default:
			last = name
			m[last] = strings.TrimPrefix(value, " ")
		}
	}
	return m, nil
}

// text reads a small entry; one that is not there is empty.
func (a *archive) text(name string) (string, error) {
	i := slices.IndexFunc(a.reader.File, func(f *zip.File) bool { return f.Name == name })
	if i < 0 {
		return "", nil
	}
	r, err := a.reader.File[i].Open()
	if err != nil {
		return "", fmt.Errorf("its entry %q: %w", name, err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(io.LimitReader(r, largestText+1))
	if err == nil && len(b) > largestText {
		err = fmt.Errorf("it is larger than %d bytes", largestText)
	}
	if err != nil {
		return "", fmt.Errorf("its entry %q: %w", name, err)
	}
	return string(b), nil
}

// has tells that something lies below a directory of the archive.
func (a *archive) has(dir string) bool {
	return slices.ContainsFunc(a.reader.File, func(f *zip.File) bool { return strings.HasPrefix(f.Name, dir) })
}

// sort assigns the files to layers: by the index that Spring Boot's build
// plugins write, or else by what each file is.
func (l *laid) sort(a *archive, m manifestAttributes, c Content, main string) error {
	index, err := a.layersIndex(m)
	if err != nil {
		return fmt.Errorf("reading %s: %w; a package that is not layered by it has `java = { layout = %q }`", c.Local, err, LayoutWhole)
	}
	of := func(name string) string { return kindOfEntry(name, projectOf(main)) }
	l.order = []string{dependencies, bootLoader, snapshots, resources, classes}
	if index != nil {
		of, l.order = index.layerOf, index.names()
	}
	for i := range l.files {
		l.files[i].layer = of(strings.TrimPrefix(l.files[i].path, l.root+"/"))
	}
	return nil
}

// kindOfEntry is the layer of an archive's entry by its name.
func kindOfEntry(name, project string) string {
	switch inside := strings.TrimPrefix(strings.TrimPrefix(name, "BOOT-INF/classes/"), "WEB-INF/classes/"); {
	case strings.HasPrefix(name, "org/springframework/boot/loader/"):
		return bootLoader
	case path.Ext(name) == ".jar" && strings.Contains(path.Base(name), "SNAPSHOT"):
		return snapshots
	case path.Ext(name) == ".jar":
		return dependencies
	case path.Ext(name) != ".class":
		return resources
	case inside == name && !strings.HasPrefix(name, project):
		return dependencies // a library's, merged into the program's archive
	}
	return classes
}

// projectOf is the directory below which a program has its own classes, by its
// main class: what the libraries that were merged into it do not share.
func projectOf(main string) string {
	parts := strings.Split(main, ".")
	parts = parts[:min(len(parts)-1, 3)]
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "/") + "/"
}

// layersIndex are Spring Boot's layers in their order.
type layersIndex []indexedLayer

type indexedLayer struct {
	name  string
	paths []string // directories end with a slash
}

// layersIndex reads the index that the manifest names; nil when there is none.
func (a *archive) layersIndex(m manifestAttributes) (layersIndex, error) {
	name := m["Spring-Boot-Layers-Index"]
	if name == "" {
		return nil, nil
	}
	text, err := a.text(name)
	if err != nil || text == "" {
		return nil, err
	}
	index, err := parseIndex(text)
	if err != nil {
		err = fmt.Errorf("its %s: %w", name, err)
	}
	return index, err
}

// parseIndex reads the form that Spring Boot writes, a list of lists in YAML:
//
//   - "dependencies":
//   - "BOOT-INF/lib/"
func parseIndex(text string) (layersIndex, error) {
	var index layersIndex
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, " \r\n")
		quoted := func(prefix, suffix string) (string, bool) {
			rest, ok := strings.CutPrefix(line, prefix)
			rest, ends := strings.CutSuffix(rest, suffix)
			return rest, ok && ends
		}
		if name, ok := quoted(`- "`, `":`); ok && CheckLayerName(name) == nil {
			index = append(index, indexedLayer{name: name})
		} else if file, ok := quoted(`  - "`, `"`); ok && len(index) > 0 {
			last := &index[len(index)-1]
			last.paths = append(last.paths, file)
		} else if line != "" {
			return nil, fmt.Errorf("line %d is no part of a layers index", number)
		}
	}
	return index, nil
}

func (x layersIndex) names() []string {
	var names []string
	for _, l := range x {
		names = append(names, l.name)
	}
	return names
}

// layerOf is the first layer that wants a file. What the index forgot goes on
// top.
func (x layersIndex) layerOf(name string) string {
	for _, l := range x {
		for _, p := range l.paths {
			if name == p || strings.HasSuffix(p, "/") && strings.HasPrefix(name, p) {
				return l.name
			}
		}
	}
	return x[len(x)-1].name
}
