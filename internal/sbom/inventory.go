package sbom

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // registries of packages are searched by it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// Component is one thing that files are made of.
type Component struct {
	Kind      string            `json:"kind"`           // library, application, operating-system
	Type      string            `json:"type,omitempty"` // of the package URL; empty: there is none
	Namespace string            `json:"namespace,omitempty"`
	Name      string            `json:"name"`
	Version   string            `json:"version,omitempty"`
	Arch      string            `json:"arch,omitempty"`
	License   string            `json:"license,omitempty"`
	SHA256    string            `json:"sha256,omitempty"` // of the file that it is
	SHA1      string            `json:"sha1,omitempty"`
	How       string            `json:"how,omitempty"` // by what it is known: see the techniques
	Path      string            `json:"path,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
	Parts     []Component       `json:"parts,omitempty"`
}

// The kinds of components, and by what they are known.
const (
	library         = "library"
	application     = "application"
	operatingSystem = "operating-system"

	byManifest = "manifest-analysis"
	byFilename = "filename"
	byBinary   = "binary-analysis"
)

// File is a file of an image or archive.
type File struct {
	Path       string // slashes, from the root, without one at its beginning
	Size       int64
	Executable bool
	Content    io.Reader
}

// Inventory is what the files that were added told, by their paths. Its fields
// are what is kept of it.
type Inventory struct {
	Found map[string][]Component `json:"found"`
	Gaps  map[string]string      `json:"gaps,omitempty"` // what is there and was not read, by path

	// Dir is where large files are put aside while they are read; empty is the
	// system's directory for temporary files.
	Dir string `json:"-"`
	// System says that files are an operating system's, whose programs are
	// known by its packages.
	System bool `json:"-"`
}

// New is an empty inventory.
func New() *Inventory {
	return &Inventory{Found: map[string][]Component{}, Gaps: map[string]string{}}
}

// largestText bounds what is read of a file that is a list or a manifest.
const largestText = 64 << 20

// Add reads a file if it tells what is in it. A file takes the place of one
// that was added before under its path.
func (i *Inventory) Add(f File) error {
	i.Remove(f.Path)
	read := i.reader(f)
	if read == nil {
		return nil
	}
	found, err := read(f)
	if damaged, ok := err.(damagedError); ok { //nolint:errorlint // made here, wrapped by nobody
		i.Gaps[f.Path] = damaged.Error()
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", f.Path, err)
	}
	if len(found) > 0 {
		i.Found[f.Path] = found
	}
	return nil
}

// Remove takes back what a file told.
func (i *Inventory) Remove(file string) {
	delete(i.Found, file)
	delete(i.Gaps, file)
	for other := range i.Gaps {
		if strings.HasPrefix(other, file+inArchive) {
			delete(i.Gaps, other)
		}
	}
}

// inArchive stands between an archive's path and that of an entry in it.
const inArchive = "!/"

// RemoveBelow takes back what all files in a directory told.
func (i *Inventory) RemoveBelow(dir string) {
	below := func(file string) bool { return dir == "" || strings.HasPrefix(file, dir+"/") }
	for file := range i.Found {
		if below(file) {
			delete(i.Found, file)
		}
	}
	for file := range i.Gaps {
		if below(file) {
			delete(i.Gaps, file)
		}
	}
}

// damagedError is a file that is not what its name says: no reason to fail.
type damagedError struct{ error }

// reader is how a file is read; nil when it tells nothing.
func (i *Inventory) reader(f File) func(File) ([]Component, error) {
	dir, name := path.Split(f.Path)
	dir = strings.TrimSuffix(dir, "/")
	switch ext := strings.ToLower(path.Ext(name)); {
	case ext == ".jar" || ext == ".war" || ext == ".ear":
		return i.readArchive
	case name == "pom.properties" && strings.Contains("/"+dir+"/", "/META-INF/maven/"):
		return readPom
	case name == "package.json" && packageRoot(dir):
		return readPackageJSON
	case name == "package-lock.json" || name == "npm-shrinkwrap.json":
		return readLock
	case name == "METADATA" && strings.HasSuffix(dir, ".dist-info"), name == "PKG-INFO" && strings.HasSuffix(dir, ".egg-info"):
		return readDistribution
	case f.Path == "var/lib/dpkg/status", path.Dir(f.Path) == "var/lib/dpkg/status.d" && ext != ".md5sums":
		return readDpkg
	case f.Path == "lib/apk/db/installed", f.Path == "usr/lib/apk/db/installed":
		return readApk
	case f.Path == "etc/os-release", f.Path == "usr/lib/os-release":
		return readRelease
	case f.Executable:
		return i.readProgram
	}
	for _, gap := range gaps {
		if gap.is(f.Path) {
			return func(File) ([]Component, error) { return nil, damagedError{fmt.Errorf("%s", gap.says)} }
		}
	}
	return nil
}

// gaps are files that list packages, and are not read.
var gaps = []struct {
	is   func(string) bool
	says string
}{
	{func(p string) bool {
		return slices.Contains([]string{"var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "var/lib/rpm/Packages.db", "usr/lib/sysimage/rpm/rpmdb.sqlite"}, p)
	}, "the packages of RPM's database are not listed"},
	{func(p string) bool { return strings.HasSuffix(p, ".deps.json") }, "the packages of .NET are not listed"},
	{func(p string) bool { return path.Base(p) == "Gemfile.lock" }, "the gems of Ruby are not listed"},
	{func(p string) bool { return strings.HasSuffix(p, "vendor/composer/installed.json") }, "the packages of PHP's Composer are not listed"},
}

// text reads a whole file that is a list or a manifest.
func text(f File) ([]byte, error) {
	if f.Size > largestText {
		return nil, damagedError{fmt.Errorf("it has %d bytes and is not read", f.Size)}
	}
	return io.ReadAll(f.Content)
}

// sums are the hashes of a file.
type sums struct{ sha256, sha1 string }

// inMemory is how large a file may be to be held in memory.
const inMemory = 8 << 20

// seekable reads a file, hashes it, and makes it readable at any place.
func (i *Inventory) seekable(r io.Reader, size int64) (io.ReaderAt, sums, func(), error) {
	long, short := sha256.New(), sha1.New() //nolint:gosec // see above
	all := func() sums {
		return sums{hex.EncodeToString(long.Sum(nil)), hex.EncodeToString(short.Sum(nil))}
	}
	if size <= inMemory {
		b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
		_, err := io.Copy(io.MultiWriter(b, long, short), r)
		return bytes.NewReader(b.Bytes()), all(), func() {}, err
	}
	f, err := os.CreateTemp(i.Dir, "reading-")
	if err != nil {
		return nil, sums{}, nil, err
	}
	done := func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	if _, err = io.Copy(io.MultiWriter(f, long, short), r); err != nil {
		done()
		return nil, sums{}, nil, err
	}
	return f, all(), done, nil
}

// peek looks at a reader's beginning and gives it back whole.
func peek(r io.Reader, n int) ([]byte, io.Reader) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, _ := b.Peek(n) // a short file has a short head
	return head, b
}
