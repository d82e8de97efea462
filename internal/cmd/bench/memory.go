package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/archive"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// memoryRows take what is larger than the memory that they may take.
func memoryRows(dir string) []row {
	dir = filepath.Join(dir, "huge")
	// Files with holes: they are as long as they say, and take no room.
	huge := func(name string) error {
		file := filepath.Join(dir, name)
		if err := lay(file, nil); err != nil {
			return err
		}
		return os.Truncate(file, 2<<30)
	}
	zip := func(name string) way {
		return way{apart: true, run: func(ctx context.Context) error {
			tree, err := source.Options{Fresh: true}.Walk(ctx, filepath.Join(dir, name))
			if err != nil {
				return err
			}
			return archive.Zip(ctx, io.Discard, archive.Part{Tree: tree})
		}}
	}
	image := &pushing{layers: []string{filepath.Join(dir, "layer")}, hub: &hub{}, engine: &engine{missing: "not asked"}}
	return []row{
		{name: "Package of 2 GB, compressed", once: true, ready: func() error { return huge("data.bin") }, ours: zip("data.bin"), goals: []goal{takes(200e6)}},
		{name: "Package of 2 GB, stored", once: true, ready: func() error { return huge("data.zip") }, ours: zip("data.zip"), goals: []goal{takes(200e6)}},
		{
			name: "Image with a file of 2 GB, made and pushed", once: true, done: image.done, goals: []goal{takes(200e6)},
			ready: func() error { return huge("layer/data.bin") },
			ours:  way{apart: true, run: all(image.hub.renew, image.ours)},
		},
	}
}
