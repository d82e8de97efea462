package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/archive"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// plan is what a plan does with sources.
func plan(spec pack.Spec) func(context.Context) error {
	return func(ctx context.Context) error {
		tree, err := spec.Walk(ctx)
		if err != nil {
			return err
		}
		spec.Recipe(tree.Digest())
		return nil
	}
}

// forget takes away what is known of files, as on a fresh machine.
func forget() error { return os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR")) }

func planRows(dir string) ([]row, error) {
	dir = filepath.Join(dir, "many")
	noise := rand.NewChaCha8([32]byte{1})
	for i := range 20000 {
		content := make([]byte, 5000)
		_, _ = noise.Read(content) // it never fails
		if err := lay(filepath.Join(dir, fmt.Sprintf("d%d", i%200), fmt.Sprintf("f%d", i)), content); err != nil {
			return nil, err
		}
	}
	if err := settle(); err != nil {
		return nil, err
	}
	spec := pack.Spec{Dir: dir, Tool: pack.None}
	return []row{
		{name: "plan of 20,000 files, cold", goal: "260 ms", before: forget, run: plan(spec)},
		{name: "plan of 20,000 files, warm", goal: "120 ms", run: plan(spec)},
		{name: "  archive_file's algorithm, each plan", run: archiveFile(dir)},
	}, nil
}

func zipRows(dir string) ([]row, error) {
	dir = filepath.Join(dir, "classes")
	if err := classes(dir, 16000); err != nil {
		return nil, err
	}
	return []row{
		{name: "Lambda ZIP of 16,000 files", goal: "800 ms", run: func(ctx context.Context) error {
			tree, err := source.Walk(ctx, dir, nil, nil)
			if err != nil {
				return err
			}
			return archive.Zip(ctx, io.Discard, archive.Part{Tree: tree})
		}},
		{name: "  archive_file's algorithm", run: archiveFile(dir)},
	}, nil
}

func javaRows(dir string) ([]row, error) {
	dir = filepath.Join(dir, "java")
	noise := rand.NewChaCha8([32]byte{2})
	for i := range 4 {
		jar := make([]byte, 23<<20)
		_, _ = noise.Read(jar)
		if err := lay(filepath.Join(dir, "lib", fmt.Sprintf("lib%d.jar", i)), jar); err != nil {
			return nil, err
		}
	}
	if err := classes(filepath.Join(dir, "classes"), 2000); err != nil {
		return nil, err
	}
	if err := settle(); err != nil {
		return nil, err
	}
	spec := pack.Spec{Dir: dir, Tool: pack.None}
	turn := 0
	change := func() error {
		turn++
		return lay(filepath.Join(dir, "classes", "p0", "C0.class"), fmt.Appendf(nil, "turn %d", turn))
	}
	return []row{
		{name: "plan of a Java application, 105 MB, cold", goal: "150 ms", before: forget, run: plan(spec)},
		{name: "plan of a Java application, 105 MB, warm", goal: "25 ms", run: plan(spec)},
		{name: "plan of a Java application, one class changed", goal: "25 ms", before: change, run: plan(spec)},
		{name: "  archive_file's algorithm, each plan", run: archiveFile(dir)},
	}, nil
}

func memoryRows(dir string) ([]row, error) {
	// Files with holes: they are as long as they say, and take no room.
	huge := func(name string) (source.Tree, error) {
		file := filepath.Join(dir, "huge", name)
		if err := lay(file, nil); err != nil {
			return source.Tree{}, err
		}
		if err := os.Truncate(file, 2<<30); err != nil {
			return source.Tree{}, err
		}
		return source.Options{Fresh: true}.Walk(context.Background(), file)
	}
	zip := func(name string) func(context.Context) error {
		return func(ctx context.Context) error {
			tree, err := huge(name)
			if err != nil {
				return err
			}
			return archive.Zip(ctx, io.Discard, archive.Part{Tree: tree})
		}
	}
	return []row{
		{name: "package of 2 GB, compressed", goal: "200 MB", memory: true, run: zip("data.bin")},
		{name: "package of 2 GB, stored", goal: "200 MB", memory: true, run: zip("data.zip")},
	}, nil
}

func lay(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// classes lays out files that compress as Java's classes do, to about a third.
func classes(dir string, n int) error {
	r := rand.New(rand.NewPCG(3, 4))
	var words [512][]byte
	for i := range words {
		words[i] = fmt.Appendf(nil, "java/lang/%x;", r.Uint64()>>(8*uint(i%6)))
	}
	for i := range n {
		content := binary.BigEndian.AppendUint32(nil, 0xcafebabe)
		for len(content) < 4200 {
			content = append(content, words[r.IntN(len(words))]...)
			content = binary.BigEndian.AppendUint32(content, r.Uint32())
		}
		if err := lay(filepath.Join(dir, fmt.Sprintf("p%d", i%100), fmt.Sprintf("C%d.class", i)), content); err != nil {
			return err
		}
	}
	return nil
}
