package sbom

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
)

// deepest is how far archives in archives are followed.
const deepest = 4

// readArchive reads a JAR, WAR or EAR, and the JARs in it.
func (i *Inventory) readArchive(f File) ([]Component, error) {
	c, err := i.archive(f.Path, f.Content, f.Size, 0)
	if err != nil {
		return nil, err
	}
	return []Component{c}, nil
}

func (i *Inventory) archive(at string, content io.Reader, size int64, depth int) (Component, error) {
	r, hashes, done, err := i.seekable(content, size)
	if err != nil {
		return Component{}, err
	}
	defer done()
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Component{}, damagedError{fmt.Errorf("it is no archive that can be read (%w)", err)}
	}
	a := jar{at: at}
	for _, entry := range z.File {
		if err := i.entry(&a, entry, depth); err != nil {
			return Component{}, err
		}
	}
	c := a.component()
	c.SHA256, c.SHA1 = hashes.sha256, hashes.sha1
	return c, nil
}

// jar is what an archive told so far.
type jar struct {
	at       string
	poms     []Component
	manifest map[string]string
	inside   []Component
}

func (i *Inventory) entry(a *jar, entry *zip.File, depth int) error {
	name := entry.Name
	isJAR := strings.EqualFold(path.Ext(name), ".jar") && depth < deepest
	isPom := path.Base(name) == "pom.properties" && strings.Contains("/"+name, "/META-INF/maven/")
	isManifest := strings.EqualFold(name, "META-INF/MANIFEST.MF")
	if !isJAR && !isPom && !isManifest || entry.FileInfo().IsDir() {
		return nil
	}
	at := a.at + inArchive + name
	content, err := entry.Open()
	if err != nil {
		return damagedError{fmt.Errorf("its entry %s: %w", name, err)}
	}
	defer func() { _ = content.Close() }()
	f := File{Path: at, Size: int64(entry.UncompressedSize64), Content: content}
	if isJAR {
		c, err := i.archive(at, content, f.Size, depth+1)
		if damaged, ok := err.(damagedError); ok { //nolint:errorlint // made here, wrapped by nobody
			i.Gaps[at] = damaged.Error()
			return nil
		}
		a.inside = append(a.inside, c)
		return err
	}
	data, err := text(f)
	if err != nil {
		return damagedError{fmt.Errorf("its entry %s: %w", name, err)}
	}
	if isManifest {
		a.manifest = manifest(data)
	} else if c, ok := pom(data); ok {
		c.Path = at
		a.poms = append(a.poms, c)
	}
	return nil
}

// versioned is how repositories name their files.
var versioned = regexp.MustCompile(`^(.+?)-(\d[A-Za-z0-9_.+-]*)$`)

// component says what the archive itself is: by the pom that it was built by,
// else by its manifest and name.
func (a jar) component() Component {
	file := path.Base(a.at)
	stem := strings.TrimSuffix(file, path.Ext(file))
	own := -1
	for n, p := range a.poms {
		fits := p.Name == stem || strings.HasPrefix(stem, p.Name+"-") || len(a.poms) == 1 && !strings.Contains(a.at, inArchive)
		if fits && (own < 0 || len(p.Name) > len(a.poms[own].Name)) {
			own = n
		}
	}
	var c Component
	if own >= 0 {
		c = a.poms[own]
	} else {
		c = a.named(stem)
	}
	c.Kind, c.Path = library, a.at
	if a.manifest["Main-Class"] != "" || !strings.EqualFold(path.Ext(file), ".jar") {
		c.Kind = application
	}
	for n, p := range a.poms {
		if n != own {
			c.Parts = append(c.Parts, p) // merged into it
		}
	}
	c.Parts = append(c.Parts, a.inside...)
	return c
}

// named is an archive without a pom of its own. Which group it belongs to,
// nothing says for sure; so there is no package URL.
func (a jar) named(stem string) Component {
	said := first(a.manifest["Implementation-Version"], a.manifest["Bundle-Version"], a.manifest["Specification-Version"])
	if found := versioned.FindStringSubmatch(stem); found != nil {
		c := Component{Name: found[1], Version: found[2], How: byFilename}
		if c.Version == said {
			c.How = byManifest
		}
		return c
	}
	c := Component{Name: stem, Version: said, How: byFilename}
	if said != "" {
		c.How = byManifest
	}
	return c
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// readPom reads a pom.properties of an archive that was unpacked.
func readPom(f File) ([]Component, error) {
	data, err := text(f)
	if err != nil {
		return nil, err
	}
	c, ok := pom(data)
	if !ok {
		return nil, nil
	}
	c.Path = f.Path
	return []Component{c}, nil
}

// pom reads what Maven writes into what it builds.
func pom(data []byte) (Component, bool) {
	values := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			values[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	c := Component{Kind: library, Type: "maven", Namespace: values["groupId"], Name: values["artifactId"], Version: values["version"], How: byManifest}
	return c, c.Namespace != "" && c.Name != ""
}

// manifest reads the main attributes; long ones go on behind a space.
func manifest(data []byte) map[string]string {
	values, last := map[string]string{}, ""
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" {
			break
		}
		if more, ok := strings.CutPrefix(line, " "); ok {
			values[last] += more
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			last = name
			values[name] = strings.TrimSpace(value)
		}
	}
	return values
}
