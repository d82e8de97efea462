package pack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// The types of packages.
const (
	TypeJar        = "jar"
	TypeWar        = "war"
	TypeZip        = "zip"
	TypeTar        = "tar"
	TypeTgz        = "tgz" // a TAR file that gzip compressed
	TypeExecutable = "executable"
)

// Package is a packaged file.
type Package struct {
	Name   string
	Type   string
	SHA256 string // hexadecimal
	Size   int64
}

// Origin says where a package comes from, so that it can be had again.
type Origin struct {
	Spec     Spec
	Digest   string // of the sources
	Bucket   string // empty when it is not published
	Key      string
	Version  string
	Manifest Package
}

// Store keeps packages in a directory of this machine.
type Store struct {
	Dir string
}

// Path is where the store keeps a package's file.
func (s Store) Path(p Package) string {
	return filepath.Join(s.Dir, "packages", p.SHA256, p.Name)
}

// Find returns what a recipe gave before, if its file is still here.
func (s Store) Find(recipe string) (Package, bool) {
	var p Package
	if !s.load(s.recipeFile(recipe), &p) {
		return Package{}, false
	}
	return p, s.Has(p)
}

// Has tells that the file of p is here. It looks at its size only.
func (s Store) Has(p Package) bool {
	info, err := os.Stat(s.Path(p))
	return err == nil && info.Mode().IsRegular() && info.Size() == p.Size
}

// Verify makes sure that the file of p is here and holds what it should. A
// damaged one is removed.
func (s Store) Verify(ctx context.Context, p Package) bool {
	tree, err := source.Walk(ctx, s.Path(p), nil, nil)
	if err != nil || len(tree.Entries) != 1 {
		return false
	}
	if sum := tree.Entries[0].Sum; hex.EncodeToString(sum[:]) == p.SHA256 {
		return true
	}
	_ = os.Remove(s.Path(p)) // it is made again
	return false
}

// Remember notes where a package comes from.
func (s Store) Remember(o Origin) error {
	return s.save(s.originFile(o.Manifest.SHA256), o)
}

// Origin says where the package with this hash comes from, if that is known.
func (s Store) Origin(sha string) (Origin, bool) {
	var o Origin
	return o, s.load(s.originFile(sha), &o)
}

// Add keeps what fill writes as a package called name.
func (s Store) Add(name, kind string, executable bool, fill func(io.Writer) error) (_ Package, err error) {
	f, err := cache.Temp(filepath.Join(s.Dir, "packages", "new"))
	if err != nil {
		return Package{}, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	hash := sha256.New()
	if err := fill(io.MultiWriter(f, hash)); err != nil {
		return Package{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return Package{}, err
	}
	mode := os.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	if err := f.Chmod(mode); err != nil {
		return Package{}, err
	}
	if err := f.Close(); err != nil {
		return Package{}, err
	}
	p := Package{Name: name, Type: kind, SHA256: hex.EncodeToString(hash.Sum(nil)), Size: info.Size()}
	if err := os.MkdirAll(filepath.Dir(s.Path(p)), 0o755); err != nil {
		return Package{}, err
	}
	return p, os.Rename(f.Name(), s.Path(p))
}

// Locate splits a package's path, of this machine or another one, into the
// package's hash and name.
func Locate(path string) (sha, name string, ok bool) {
	path = filepath.ToSlash(path)
	parts := strings.Split(path, "/")
	if len(parts) < 3 || parts[len(parts)-3] != "packages" {
		return "", "", false
	}
	sha, name = parts[len(parts)-2], parts[len(parts)-1]
	raw, err := hex.DecodeString(sha)
	return sha, name, err == nil && len(raw) == sha256.Size && name != ""
}

func (s Store) recipeFile(recipe string) string {
	return filepath.Join(s.Dir, "recipes", recipe+".json")
}

func (s Store) originFile(sha string) string {
	return filepath.Join(s.Dir, "origins", sha+".json")
}

func (s Store) load(file string, into any) bool { return cache.Load(file, into) }

func (s Store) save(file string, value any) error {
	if err := cache.Save(file, value); err != nil {
		return fmt.Errorf("writing to the cache: %w", err)
	}
	return nil
}
