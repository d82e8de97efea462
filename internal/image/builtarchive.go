package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// builderArchive is the tar of an OCI layout, or of `docker save`.
type builderArchive struct {
	file    *os.File
	members map[string]tarMember
}

// tarMember is where a file of a tar lies in it.
type tarMember struct {
	offset, size int64
	link         string // another member that holds it
}

// openBuilderArchive finds what the archive holds.
func openBuilderArchive(name string) (*builderArchive, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a := &builderArchive{file: f, members: map[string]tarMember{}}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err == nil {
			m := tarMember{size: h.Size}
			// The reader has read headers alone, and stands at the content.
			m.offset, err = f.Seek(0, io.SeekCurrent)
			if h.Typeflag == tar.TypeSymlink {
				m.link = path.Join(path.Dir(h.Name), h.Linkname)
			}
			a.members[path.Clean(h.Name)] = m
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
}

func (a *builderArchive) open(name string) (*io.SectionReader, error) {
	m, ok := a.members[name]
	if ok && m.link != "" {
		m, ok = a.members[m.link]
	}
	if !ok {
		return nil, fmt.Errorf("the archive lacks %s", name)
	}
	return io.NewSectionReader(a.file, m.offset, m.size), nil
}

func (a *builderArchive) read(name string, into any) error {
	r, err := a.open(name)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(io.LimitReader(r, largestDocument)).Decode(into); err != nil {
		return fmt.Errorf("its %s: %w", name, err)
	}
	return nil
}

// image finds the one image for the platform: its configuration and the names
// of its layers.
func (a *builderArchive) image(want v1.Platform) (*v1.ConfigFile, []string, error) {
	var config v1.ConfigFile
	if _, saved := a.members["manifest.json"]; saved {
		var list []struct {
			Config string
			Layers []string
		}
		if err := a.read("manifest.json", &list); err != nil {
			return nil, nil, err
		}
		if len(list) != 1 {
			return nil, nil, fmt.Errorf("it holds %d images", len(list))
		}
		return &config, list[0].Layers, a.read(list[0].Config, &config)
	}
	name := "index.json"
	const deepest = 4 // an index of indexes, and no circle
	for range deepest {
		var found struct {
			v1.Manifest
			Manifests []v1.Descriptor `json:"manifests"`
		}
		if err := a.read(name, &found); err != nil {
			return nil, nil, err
		}
		if len(found.Manifests) == 0 {
			var layers []string
			for _, l := range found.Layers {
				layers = append(layers, blobName(l.Digest))
			}
			return &config, layers, a.read(blobName(found.Config.Digest), &config)
		}
		next := ""
		for _, d := range found.Manifests {
			// Attestations are listed as images for unknown/unknown.
			if next == "" && (d.Platform == nil || serves(d.Platform, want)) {
				next = blobName(d.Digest)
			}
		}
		if next == "" {
			return nil, nil, fmt.Errorf("it holds no image for %s, only for %s", want, offered(found.Manifests))
		}
		name = next
	}
	return nil, nil, errors.New("its indexes do not end")
}

func blobName(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }
