package image

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// program is what an executable says about itself.
type program struct {
	system       string // of another system than Linux: its name
	architecture string // as in a platform; empty when it is not known
	dynamic      bool   // wants a loader from the image
}

// startsOn refuses a program of another platform: its container would end with
// "exec format error".
func (p program) startsOn(local string, on v1.Platform) error {
	made := p.system
	switch {
	case made != "":
	case p.architecture == "386" && on.Architecture == "amd64":
		return nil // runs there
	case p.architecture != "" && p.architecture != on.Architecture:
		made = p.architecture
	default:
		return nil
	}
	return fmt.Errorf("%s is a program for %s, and would not start on %s: build it for that platform, change `platforms`, "+
		"or give each platform its own by `platform_packages` or `platform_files`", local, made, on)
}

// readProgram reads the headers of an executable file. What is none, such as a
// script, says nothing.
func readProgram(r io.ReaderAt) (program, error) {
	head := make([]byte, 4)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return program{}, err
	}
	switch string(head) {
	case "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe":
		return program{system: "macOS"}, nil
	case elf.ELFMAG:
	default:
		if bytes.HasPrefix(head, []byte("MZ\x90\x00")) {
			return program{system: "Windows"}, nil
		}
		return program{}, nil
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return program{}, err
	}
	p := program{architecture: machine(f)}
	for _, segment := range f.Progs {
		p.dynamic = p.dynamic || segment.Type == elf.PT_INTERP
	}
	return p, nil
}

// machine is the architecture of an ELF file as platforms name it.
func machine(f *elf.File) string {
	little := f.ByteOrder.String() == "LittleEndian"
	switch {
	case f.Machine == elf.EM_X86_64:
		return "amd64"
	case f.Machine == elf.EM_AARCH64:
		return "arm64"
	case f.Machine == elf.EM_386:
		return "386"
	case f.Machine == elf.EM_ARM:
		return "arm"
	case f.Machine == elf.EM_LOONGARCH:
		return "loong64"
	case f.Machine == elf.EM_MIPS && little && f.Class == elf.ELFCLASS64:
		return "mips64le"
	case f.Machine == elf.EM_PPC64 && little:
		return "ppc64le"
	case f.Machine == elf.EM_RISCV && f.Class == elf.ELFCLASS64:
		return "riscv64"
	case f.Machine == elf.EM_S390:
		return "s390x"
	}
	return ""
}

// searched is where engines look for a program without a slash in its name,
// when the image says nothing else.
const searched = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// starts makes sure that the program which a container runs is one for its
// platform, as far as it is among the contents.
func (r Recipe) starts(b base, p v1.Platform) error {
	var c v1.Config
	b.config.Config.DeepCopyInto(&c)
	r.Config.lay(&c)
	command := append(append([]string{}, c.Entrypoint...), c.Cmd...)
	if len(command) == 0 || command[0] == "" {
		return nil
	}
	for _, at := range places(command[0], c) {
		local, found := r.local(at)
		if !found {
			continue
		}
		made, err := readProgramFile(local)
		if err != nil {
			return fmt.Errorf("reading the program %s: %w", local, err)
		}
		return made.startsOn(local, p)
	}
	return nil
}

func readProgramFile(local string) (program, error) {
	f, err := os.Open(local)
	if err != nil {
		return program{}, err
	}
	defer func() { _ = f.Close() }()
	return readProgram(f)
}

// places are where a command's program may lie in the image.
func places(name string, c v1.Config) []string {
	if strings.Contains(name, "/") {
		if !path.IsAbs(name) {
			name = path.Join("/", c.WorkingDir, name)
		}
		return []string{path.Clean(name)}
	}
	dirs := searched
	for _, pair := range c.Env {
		if value, ok := strings.CutPrefix(pair, "PATH="); ok {
			dirs = value
		}
	}
	var list []string
	for _, dir := range strings.Split(dirs, ":") {
		list = append(list, path.Join("/", dir, name))
	}
	return list
}

// local is the file on this machine that lies at a place in the image. Links
// among the contents are followed.
func (r Recipe) local(at string) (string, bool) {
	const mostLinks = 8
	for range mostLinks {
		file, link, found := r.entry(at)
		if !found || link == "" {
			return file, found
		}
		if path.IsAbs(link) {
			at = path.Clean(link)
		} else {
			at = path.Join(path.Dir(at), link)
		}
	}
	return "", false
}

// entry is what the contents have at a place: a file, or where a link leads.
// The last one that has it wins.
func (r Recipe) entry(at string) (file, link string, found bool) {
	for _, c := range r.Contents {
		below, inside := strings.CutPrefix(at, strings.TrimSuffix(c.Target, "/")+"/")
		for i := range c.Tree.Entries {
			e := &c.Tree.Entries[i]
			here := c.single && c.Target == at || !c.single && inside && e.Path == below
			if c.Kind == Files && here && e.Mode&fs.ModeDir == 0 {
				file, link, found = filepath.Join(c.Tree.Root, filepath.FromSlash(e.Path)), e.Link, true
			}
		}
		for _, p := range c.placed {
			if p.Entry.Mode&fs.ModeDir == 0 && path.Clean(p.Path) == at {
				file, link, found = filepath.Join(p.Root, filepath.FromSlash(p.Entry.Path)), p.Entry.Link, true
			}
		}
	}
	return file, link, found
}
