package runtime

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// imageLine is how user data names the image.
var imageLine = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?IMAGE=["']?([^"'\s]+)["']?[ \t]*\r?$`)

// imageOf is the image that user data names; empty when it names none.
func imageOf(userData string) string {
	found := imageLine.FindStringSubmatch(userData)
	if found == nil {
		return ""
	}
	return found[1]
}

// program is what an image runs, unpacked.
type program struct {
	root string // the image's file system
	args []string
	env  []string
	dir  string
}

// store keeps images unpacked, each once.
type store struct {
	dir    string
	mu     sync.Mutex
	images map[string]*unpacking
}

// unpacking is an image that is unpacked once, whoever asks.
type unpacking struct {
	mu      sync.Mutex
	program *program
}

// get pulls and unpacks an image, or has it. What failed is tried again when
// the next instance asks.
func (s *store) get(ctx context.Context, image string) (*program, error) {
	s.mu.Lock()
	u := s.images[image]
	if u == nil {
		u = &unpacking{}
		s.images[image] = u
	}
	s.mu.Unlock()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.program != nil {
		return u.program, nil
	}
	p, err := s.pull(ctx, image)
	if err == nil {
		u.program = p
	}
	return p, err
}

func (s *store) pull(ctx context.Context, image string) (*program, error) {
	ref, err := name.NewDigest(image)
	if err != nil {
		return nil, fmt.Errorf("IMAGE must be repository@sha256:…: %w", err)
	}
	img, err := remote.Image(ref, remote.WithContext(ctx), remote.WithPlatform(v1.Platform{OS: runtime.GOOS, Architecture: runtime.GOARCH}))
	if err != nil {
		return nil, fmt.Errorf("pulling: %w", err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("pulling the configuration: %w", err)
	}
	root := filepath.Join(s.dir, strings.ReplaceAll(ref.DigestStr(), ":", "-"))
	if err := unpackImage(img, root); err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	p := &program{root: root, env: config.Config.Env, dir: root}
	p.args = append(append(p.args, config.Config.Entrypoint...), config.Config.Cmd...)
	if len(p.args) == 0 {
		return nil, errors.New("the image has neither an entrypoint nor a command")
	}
	if config.Config.WorkingDir != "" {
		p.dir = filepath.Join(root, filepath.FromSlash(config.Config.WorkingDir))
	}
	p.args[0] = filepath.Join(root, filepath.FromSlash(p.args[0]))
	return p, nil
}

// unpackImage writes an image's file system into a directory that is complete
// once it has its name.
func unpackImage(img v1.Image, dir string) error {
	files := mutate.Extract(img)
	defer files.Close()
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := os.MkdirAll(part, 0o755); err != nil {
		return err
	}
	if err := untar(files, part); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(part, dir)
}

// untar writes an archive below a directory, and never beside it: os.Root
// refuses paths and links that leave it.
func untar(in io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for archive := tar.NewReader(in); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := untarOne(root, h, archive); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

func untarOne(root *os.Root, h *tar.Header, content io.Reader) error {
	path := relative(h.Name)
	if path == "." {
		return nil
	}
	if err := root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(path, 0o755)
	case tar.TypeReg:
		return writeFile(root, path, os.FileMode(h.Mode)&0o777|0o400, content)
	case tar.TypeSymlink:
		return root.Symlink(h.Linkname, path)
	case tar.TypeLink:
		return root.Link(relative(h.Linkname), path)
	}
	return nil // devices and the like: nothing here needs them
}

// relative is a path of an archive below the root; ".." stays in it.
func relative(path string) string {
	return strings.TrimPrefix(filepath.Join(string(filepath.Separator), filepath.FromSlash(path)), string(filepath.Separator))
}

func writeFile(root *os.Root, path string, mode os.FileMode, content io.Reader) error {
	f, err := root.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}
