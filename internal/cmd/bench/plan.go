package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

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
func forget(context.Context) error { return os.RemoveAll(os.Getenv("AWSDEPLOY_CACHE_DIR")) }

func planRows(dir string) []row {
	dir = filepath.Join(dir, "many")
	ready := sync.OnceValue(func() error {
		noise := rand.NewChaCha8([32]byte{1})
		for i := range 20000 {
			content := make([]byte, 5000)
			_, _ = noise.Read(content) // it never fails
			if err := lay(filepath.Join(dir, fmt.Sprintf("d%d", i%200), fmt.Sprintf("f%d", i)), content); err != nil {
				return err
			}
		}
		return settle()
	})
	spec := pack.Spec{Dir: dir, Tool: pack.None}
	floor := &way{run: hashAll(dir)}
	return []row{
		{
			name: "Plan of 20,000 files, cold", ready: ready, floor: floor, goals: []goal{within(260 * time.Millisecond)},
			ours:  way{before: forget, run: plan(spec)},
			peers: []way{{name: "archive_file", run: archiveFile(dir)}, {name: "filesha256", run: fileSHA256(dir)}},
		},
		{
			name: "Plan of 20,000 files, warm", ready: ready, goals: []goal{within(120 * time.Millisecond)},
			ours:  way{before: plan(spec), run: plan(spec)},
			peers: []way{{name: "filesha256", run: fileSHA256(dir)}},
		},
	}
}

func zipRows(dir string) []row {
	dir = filepath.Join(dir, "classes")
	return []row{{
		name:  "Lambda ZIP of 16,000 files",
		ready: func() error { return classes(dir, 16000) },
		ours: way{run: func(ctx context.Context) error {
			tree, err := source.Walk(ctx, dir, nil, nil)
			if err != nil {
				return err
			}
			return archive.Zip(ctx, io.Discard, archive.Part{Tree: tree})
		}},
		peers: []way{{name: "archive_file", run: archiveFile(dir)}},
		floor: &way{run: deflateAll(dir)},
		goals: []goal{within(800 * time.Millisecond)},
	}}
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
