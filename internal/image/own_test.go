package image

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// elfFor is the header of a program for a machine, and nothing behind it.
func elfFor(machine elf.Machine) string {
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	var b strings.Builder
	if err := binary.Write(&b, binary.LittleEndian, header); err != nil {
		panic(err)
	}
	return b.String()
}

// program writes an executable file and names it.
func programFile(t *testing.T, name, content string) string {
	t.Helper()
	return filepath.Join(lay(t, map[string]string{name + "*": content}), name)
}

// The digest of an index whose platforms have programs of their own. It may
// never move: see the other golden digests.
const goldenOwn = "sha256:3435f27e3cfa93a911670041f8cec1cc454d084c8d0fee06f6a0637577765f35"

// twoPrograms is a recipe with a program for each of two platforms, and a
// directory that both have.
func twoPrograms(t *testing.T) Recipe {
	t.Helper()
	return Recipe{
		Base: Scratch, Platforms: platforms(t, "linux/amd64", "linux/arm64"),
		Contents: []Content{files(t, "/srv/assets", lay(t, map[string]string{"index.html": "<p>hello"}))},
		Own: map[string][]Content{
			"linux/amd64": {pkg(t, programFile(t, "serve", elfFor(elf.EM_X86_64)))},
			"linux/arm64": {pkg(t, programFile(t, "serve", elfFor(elf.EM_AARCH64)))},
		},
	}
}

func TestMake_programForEachPlatform(t *testing.T) {
	r, m := twoPrograms(t), newMaker(t)
	image, err := m.Make(t.Context(), r, nil)
	must(t, err)
	if got := image.Digest.String(); got != goldenOwn {
		t.Errorf("the digest is %s", got)
	}
	s := newServer(t)
	repo := s.repo(t, "app")
	must(t, m.Push(t.Context(), repo, []string{"1"}, image))
	index, err := remote.Index(repo.Tag("1"))
	must(t, err)
	must(t, validate.Index(index))
	var programs, assets []v1.Hash
	for _, one := range image.Manifests {
		if got := one.Parts[1].From; got != "/app/serve" || len(one.Parts) != 2 {
			t.Errorf("%s has the layers %v", one.Platform, one.Parts)
		}
		assets, programs = append(assets, one.Parts[0].Digest), append(programs, one.Parts[1].Digest)
		if !strings.Contains(string(one.Config), `"Entrypoint":["/app/serve"]`) {
			t.Errorf("%s starts %s", one.Platform, one.Config)
		}
	}
	if assets[0] != assets[1] || programs[0] == programs[1] {
		t.Errorf("assets are %v, programs %v", assets, programs)
	}

	// What is remembered makes the same again where nothing can be opened.
	memory := (*Memory)(nil).After(image, repo.Name())
	for _, own := range r.Own {
		must(t, os.Remove(own[0].Local))
	}
	elsewhere := newMaker(t)
	again, err := elsewhere.Make(t.Context(), r, memory)
	must(t, err)
	if again.Digest != image.Digest {
		t.Errorf("from memory it is %s", again.Digest)
	}
	for _, one := range image.Manifests {
		layer, err := remote.Layer(repo.Digest(one.Parts[1].Digest.String()))
		must(t, err)
		content, err := layer.Compressed()
		must(t, err)
		if got := entries(t, content); strings.Join(got, " ") != "755 app/ 755 app/serve" {
			t.Errorf("%s has %q", one.Platform, got)
		}
	}
	swapped := r
	swapped.Own = map[string][]Content{"linux/amd64": r.Own["linux/arm64"], "linux/arm64": r.Own["linux/amd64"]}
	if r.Key() == swapped.Key() {
		t.Error("recipes whose platforms changed programs have one key")
	}
}

func TestMake_programOfAnotherPlatform(t *testing.T) {
	s := newServer(t)
	base := s.baseImage(t, "1", types.OCIManifestSchema1, v1.Config{Entrypoint: []string{"serve"}, Env: []string{"PATH=/opt/bin:/usr/bin"}, WorkingDir: "/srv"}, "linux/amd64")
	arm, amd := elfFor(elf.EM_AARCH64), elfFor(elf.EM_X86_64)
	dir := lay(t, map[string]string{"bin/serve*": arm, "run": "->bin/serve", "bin/ok*": amd, "bin/old*": elfFor(elf.EM_386), "bin/script*": "#!/bin/sh\n", "bin/mac*": "\xcf\xfa\xed\xfe and more", "bin/windows*": "MZ\x90\x00 and more"})
	const foreign = "bin/serve is a program for arm64, and would not start on linux/amd64: build it for that platform"
	for name, c := range map[string]struct {
		base, at   string
		entrypoint []string
		cmd        []string
		want       string
	}{
		"the entrypoint":                  {Scratch, "/srv", []string{"/srv/bin/serve"}, nil, foreign},
		"a link to it":                    {Scratch, "/srv", []string{"/srv/run"}, nil, foreign},
		"the command, without entrypoint": {Scratch, "/srv", nil, []string{"/srv/bin/serve", "-v"}, foreign},
		"found by the base's PATH":        {base, "/opt", nil, nil, foreign},
		"found from the base's directory": {base, "/srv", []string{"bin/serve"}, nil, foreign},
		"a program of macOS":              {Scratch, "/srv", []string{"/srv/bin/mac"}, nil, "bin/mac is a program for macOS"},
		"a program of Windows":            {Scratch, "/srv", []string{"/srv/bin/windows"}, nil, "bin/windows is a program for Windows"},
		"one of 32 bits":                  {Scratch, "/srv", []string{"/srv/bin/old"}, nil, ""},
		"one that fits":                   {Scratch, "/srv", []string{"/srv/bin/ok"}, nil, ""},
		"a script":                        {Scratch, "/srv", []string{"/srv/bin/script"}, nil, ""},
		"one of the base":                 {Scratch, "/srv", []string{"/usr/bin/env", "/srv/bin/serve"}, nil, ""},
		"beside what starts":              {Scratch, "/srv", []string{"/srv/bin/ok", "/srv/bin/serve"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMaker(t)
			digest, err := m.Registry.BaseDigest(t.Context(), c.base)
			must(t, err)
			_, err = m.Make(t.Context(), Recipe{
				Base: c.base, BaseDigest: digest, Platforms: platforms(t, "linux/amd64"), Contents: []Content{files(t, c.at, dir)},
				Config: Config{Entrypoint: c.entrypoint, Cmd: c.cmd},
			}, nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	m := newMaker(t)
	for system, content := range map[string]string{"arm64": arm, "macOS": "\xcf\xfa\xed\xfe and more"} {
		_, err := m.Make(t.Context(), Recipe{Base: Scratch, Platforms: platforms(t, "linux/amd64"), Contents: []Content{pkg(t, programFile(t, "serve", content))}}, nil)
		if err == nil || !strings.Contains(err.Error(), "is a program for "+system) {
			t.Errorf("a package for %s: %v", system, err)
		}
	}
}
