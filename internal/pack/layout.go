package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/archive"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// layOut puts code and dependencies where AWS Lambda looks for them.
// https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
func (s Spec) layOut(ctx context.Context, tree source.Tree, w workplace) (artifact, error) {
	a := artifact{name: "package"}
	if s.artifact() != "" {
		code, err := s.code(ctx, tree)
		if err != nil {
			return artifact{}, err
		}
		a.parts = append(a.parts, code)
	}
	var installed source.Tree
	var err error
	under := ""
	if s.Tool == Python {
		if s.Layout == LambdaLayer {
			under = "python"
		}
		installed, err = installedPython(ctx, w.stage)
	} else {
		if under = "node_modules"; s.Layout == LambdaLayer {
			under = "nodejs/node_modules"
		}
		installed, err = installedNPM(ctx, tree.Root)
		if s.Layout == Lambda && s.artifact() != "." {
			a.parts = append(a.parts, manifest(tree)...)
		}
	}
	if err != nil {
		return artifact{}, err
	}
	a.parts = append(a.parts, archive.Part{Tree: installed, Under: under})
	if len(installed.Entries) == 0 && len(a.parts) == 1 {
		return artifact{}, fmt.Errorf("the build installed nothing, so the package would be empty")
	}
	return a, nil
}

// code is the code itself: what the build made, or sources.
func (s Spec) code(ctx context.Context, tree source.Tree) (archive.Part, error) {
	var (
		found artifact
		err   error
	)
	if s.made() {
		found, err = s.built(ctx, tree.Root, s.artifact())
	} else {
		found, err = s.pick(tree)
	}
	if err != nil {
		return archive.Part{}, err
	}
	if found.file == nil {
		return found.parts[0], nil
	}
	return archive.Part{Tree: source.Tree{Root: found.root, Entries: []source.Entry{*found.file}}, Dir: path.Dir(found.file.Path)}, nil
}

// manifest is the package.json of npm, which says how Node.js reads the code.
func manifest(tree source.Tree) []archive.Part {
	for _, e := range tree.Entries {
		if e.Path == "package.json" {
			return []archive.Part{{Tree: source.Tree{Root: tree.Root, Entries: []source.Entry{e}}, Optional: true}}
		}
	}
	return nil
}

func installedPython(ctx context.Context, stage string) (source.Tree, error) {
	if err := tidyPython(stage); err != nil {
		return source.Tree{}, err
	}
	return source.Options{Exclude: []string{"**/__pycache__"}, Fresh: true}.Walk(ctx, stage)
}

func installedNPM(ctx context.Context, dir string) (source.Tree, error) {
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(modules); errors.Is(err, fs.ErrNotExist) {
		return source.Tree{}, nil // a package without dependencies
	}
	// What npm notes for itself is no part of any package, and .bin holds
	// links for the development's shell.
	return source.Options{Exclude: []string{".package-lock.json", ".cache", "**/.bin"}, Fresh: true}.Walk(ctx, modules)
}
