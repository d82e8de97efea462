package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
)

// javaRows plan an application of 105 MB, four libraries and 2,000 classes: as
// sources of a package, and as a Spring Boot archive that becomes an image.
func javaRows(dir string) []row {
	return append(javaSources(filepath.Join(dir, "java")), javaImage(filepath.Join(dir, "boot"))...)
}

func javaSources(dir string) []row {
	ready := sync.OnceValue(func() error {
		for i := range 4 {
			if err := lay(filepath.Join(dir, "lib", fmt.Sprintf("lib%d.jar", i)), library(i)); err != nil {
				return err
			}
		}
		if err := classes(filepath.Join(dir, "classes"), 2000); err != nil {
			return err
		}
		return settle()
	})
	spec := pack.Spec{Dir: dir, Tool: pack.None}
	turn := 0
	change := func(context.Context) error {
		turn++
		return lay(filepath.Join(dir, "classes", "p0", "C0.class"), fmt.Appendf(nil, "turn %d", turn))
	}
	return []row{
		{
			name: "Plan of a package from 105 MB of Java, cold", ready: ready, floor: &way{run: hashAll(dir)}, goals: []goal{within(150 * time.Millisecond)},
			ours:  way{before: forget, run: plan(spec)},
			peers: []way{{name: "archive_file", run: archiveFile(dir)}},
		},
		{
			name: "Plan of a package from 105 MB of Java, warm", ready: ready, goals: []goal{within(25 * time.Millisecond)},
			ours: way{before: plan(spec), run: plan(spec)},
		},
		{
			name: "Plan of a package from 105 MB of Java, one class changed", ready: ready,
			ours: way{before: all(plan(spec), change), run: plan(spec)},
		},
	}
}

// library is the content of an archive, which nothing makes smaller.
func library(i int) []byte {
	content := make([]byte, 23_000_000)
	_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(content) // it never fails
	return content
}

func javaImage(dir string) []row {
	b := &boot{file: filepath.Join(dir, "app.jar"), hub: &hub{}}
	ready := sync.OnceValue(b.ready)
	change := func(context.Context) error { b.version++; return b.write() }
	return []row{
		{
			name: "Plan of an image of 105 MB of Java, cold", ready: ready, floor: &way{run: hashAll(dir)}, goals: []goal{within(150 * time.Millisecond)},
			ours: way{before: forget, run: b.plan},
		},
		{
			name: "Plan of an image of 105 MB of Java, warm", ready: ready, goals: []goal{within(25 * time.Millisecond)},
			ours: way{before: b.plan, run: b.plan},
		},
		{
			name: "Plan of an image of 105 MB of Java, one class changed", ready: ready,
			ours: way{before: all(b.plan, change), run: b.plan},
		},
	}
}

// boot is a Spring Boot application, of which the state knows an image.
type boot struct {
	file    string
	version int // of one of its classes
	hub     *hub
	memory  *image.Memory
}

// ready makes the application and its image, which only the state remembers.
func (b *boot) ready() error {
	ctx := context.Background()
	err := b.hub.renew(ctx)
	if err == nil {
		err = b.write()
	}
	if err != nil {
		return err
	}
	base, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		return err
	}
	repo, err := b.hub.repository()
	if err == nil {
		err = remote.Write(repo.Tag("base"), base)
	}
	if err != nil {
		return err
	}
	made, err := b.make(ctx)
	if err != nil {
		return err
	}
	b.memory = b.memory.After(made, "")
	return settle()
}

func (b *boot) plan(ctx context.Context) error {
	_, err := b.make(ctx)
	return err
}

// make describes the image, as a plan does: nothing is pushed.
func (b *boot) make(ctx context.Context) (*image.Image, error) {
	m := image.Maker{
		Store:    image.Store{Dir: os.Getenv("AWSDEPLOY_CACHE_DIR")},
		Registry: image.NewRegistry(authn.DefaultKeychain, "bench", clock.System{}),
	}
	c, err := image.ReadPackage(ctx, b.file, 0)
	if err != nil {
		return nil, err
	}
	base := b.hub.host() + "/app:base"
	digest, err := m.Registry.BaseDigest(ctx, base)
	if err != nil {
		return nil, err
	}
	return m.Make(ctx, image.Recipe{
		Base: base, BaseDigest: digest, Contents: []image.Content{c},
		Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}},
	}, b.memory)
}

func (b *boot) write() error {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	add := func(name string, method uint16, content []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	}
	err := add("META-INF/MANIFEST.MF", zip.Deflate, []byte("Main-Class: org.springframework.boot.loader.launch.JarLauncher\n"))
	for i := 0; i < 4 && err == nil; i++ {
		err = add(fmt.Sprintf("BOOT-INF/lib/library-%d.jar", i), zip.Store, library(i))
	}
	for i := 0; i < 2000 && err == nil; i++ {
		class := bytes.Repeat(fmt.Appendf(nil, "a class that has the number %d and some more to say.", i), 110)
		if i == 7 {
			class = fmt.Append(class, b.version)
		}
		err = add(fmt.Sprintf("BOOT-INF/classes/com/example/C%04d.class", i), zip.Deflate, class)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return err
	}
	return lay(b.file, file.Bytes())
}
