package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// Kind is what a content is, and so how it is laid into the image.
type Kind string

// The kinds of content.
const (
	Files      Kind = "files"      // a file or directory, as it is
	Executable Kind = "executable" // a program: /app/<name>
	JAR        Kind = "jar"        // /app/<name>, started by java -jar
	WAR        Kind = "war"        // unpacked into the server's webapps/ROOT
	ZIP        Kind = "zip"        // unpacked into /app
)

// appDir is where packages go that have no place of their own.
const appDir = "/app"

// Content is one thing that goes into an image, read and named by its digest.
type Content struct {
	Kind   Kind
	Target string // path in the image; empty for a WAR: its server says
	Local  string // where it lies on this machine
	Digest string // sha256:… of what it holds; the same content, the same digest
	Tree   source.Tree

	pending bool        // its file is not on this machine
	single  bool        // a file: its place is the target itself
	info    fs.FileInfo // of a package's file, before it was read
	program program
	placed  []Placed // of a Copied one
}

// ErrGone is a content whose file is not there.
var ErrGone = errors.New("is not there")

// ReadFiles reads a local file or directory that goes to target in the image.
// More bytes than the limit are an error; 0 is no limit.
func ReadFiles(ctx context.Context, target, local string, limit int64) (Content, error) {
	c := Content{Kind: Files, Target: path.Clean(target), Local: local}
	info, err := os.Stat(local)
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%s %w", local, ErrGone)
	}
	if err != nil {
		return c, fmt.Errorf("reading %s: %w", local, err)
	}
	if err := within(local, info, limit); err != nil {
		return c, err
	}
	if c.Tree, err = (source.Options{Limit: limit}).Walk(ctx, local); err != nil {
		return c, fmt.Errorf("%s: %w", local, err)
	}
	c.Digest = c.Tree.Digest()
	if c.single = !info.IsDir(); c.single {
		// The name on this machine does not reach the image: the target does.
		e := c.Tree.Entries[0]
		c.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil, "file\x00%o\x00%x", e.Mode, e.Sum)))
	}
	return c, nil
}

// within refuses a single file that is too large; a directory's walk does so.
func within(local string, info fs.FileInfo, limit int64) error {
	if limit <= 0 || info.IsDir() || info.Size() <= limit {
		return nil
	}
	return fmt.Errorf("%s has %s, more than the limit of %s", local, source.Bytes(info.Size()), source.Bytes(limit))
}

// ReadPackage reads a package: a JAR, WAR, ZIP or a program. When the file is
// not there, the error is ErrGone and the content carries kind and target.
func ReadPackage(ctx context.Context, file string, limit int64) (Content, error) {
	name := filepath.Base(file)
	c := Content{Kind: kindByName(name), Local: file, Target: path.Join(appDir, name)}
	switch c.Kind {
	case WAR:
		c.Target = ""
	case ZIP:
		c.Target = appDir
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%s %w", file, ErrGone)
	}
	if err != nil {
		return c, fmt.Errorf("reading %s: %w", file, err)
	}
	if !info.Mode().IsRegular() {
		return c, fmt.Errorf("%s is not a file: a package is a JAR, WAR, ZIP or a program; a directory goes into `files`", file)
	}
	if err := within(file, info, limit); err != nil {
		return c, err
	}
	if c.Tree, err = source.Walk(ctx, file, nil, nil); err != nil {
		return c, err
	}
	c.Digest = fmt.Sprintf("sha256:%x", c.Tree.Entries[0].Sum)
	c.single, c.info = true, info
	return c, c.inspect(info.Mode())
}

// Pending is the content of a package whose digest is known though its file is
// not on this machine (yet).
func (c Content) Pending(sha256Hex string) Content {
	c.Digest, c.pending = "sha256:"+sha256Hex, true
	return c
}

// runs is the command that starts the content as it is; nil when it does not
// say.
func (c Content) runs() []string {
	if c.Kind == Executable {
		return []string{c.Target}
	}
	return nil
}

// inspect checks that the file is what its name says.
func (c *Content) inspect(mode fs.FileMode) error {
	f, err := os.Open(c.Local)
	if err != nil {
		return fmt.Errorf("reading %s: %w", c.Local, err)
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 4)
	n, _ := io.ReadFull(f, head)
	head = head[:n]
	if c.Kind != Executable {
		if !bytes.Equal(head, []byte("PK\x03\x04")) {
			return fmt.Errorf("%s is no %s: it does not start like a ZIP archive", c.Local, c.Kind)
		}
		return nil
	}
	if c.program, err = readProgram(f); err != nil {
		return fmt.Errorf("reading the program %s: %w", c.Local, err)
	}
	if c.program != (program{}) {
		return nil
	}
	if bytes.HasPrefix(head, []byte("#!")) || mode&0o111 != 0 {
		return nil
	}
	return fmt.Errorf("%s is of no known package type: a package is a .jar, .war, .zip or an executable file; anything else goes into `files`", c.Local)
}

func kindByName(name string) Kind {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jar":
		return JAR
	case ".war":
		return WAR
	case ".zip":
		return ZIP
	}
	return Executable
}

// heed makes a reader end when ctx does.
func heed(ctx context.Context, r io.Reader) io.Reader { return heedingReader{ctx, r} }

type heedingReader struct {
	ctx context.Context
	r   io.Reader
}

func (h heedingReader) Read(p []byte) (int, error) {
	if err := context.Cause(h.ctx); err != nil {
		return 0, err
	}
	return h.r.Read(p)
}
