package dockerfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// Images are the images of registries that an engine reads for the target, as
// the Dockerfile names them: bases, and what COPY --from and RUN
// --mount=from take files of.
func (f *File) Images() ([]string, error) {
	found := map[string]bool{}
	err := f.reach(f.target, map[int]bool{}, func(_ int, name string, _ instructions.Command) error {
		found[name] = true
		return nil
	})
	return slices.Sorted(maps.Keys(found)), err
}

// Locked is the Dockerfile for an engine: each image of a registry named by
// its digest, so that what is built is what was planned. Lines stay where they
// are, for the engine's messages.
func (f *File) Locked(digests map[string]string) ([]byte, error) {
	lines := strings.SplitAfter(string(f.data), "\n")
	err := f.reach(f.target, map[int]bool{}, func(at int, name string, command instructions.Command) error {
		ref, err := image.ParseBase(name)
		if err != nil {
			return err
		}
		locked := ref.Context().Name() + "@" + digests[name]
		if digests[name] == "" {
			return fmt.Errorf("%s: the digest of %s is not known", f.name, name)
		}
		if command == nil {
			s := f.stages[at]
			text := "FROM "
			if s.Platform != "" {
				text += "--platform=" + s.Platform + " "
			}
			text += locked
			if s.Name != "" {
				text += " AS " + s.Name
			}
			for _, r := range s.Location {
				for i := r.Start.Line; i <= r.End.Line && i <= len(lines); i++ {
					lines[i-1] = text + "\n"
					text = ""
				}
			}
			return nil
		}
		written := regexp.MustCompile(`(from=["']?)` + regexp.QuoteMeta(name) + `(["',\s]|$)`)
		for _, r := range command.Location() {
			for i := r.Start.Line; i <= r.End.Line && i <= len(lines); i++ {
				lines[i-1] = written.ReplaceAllString(lines[i-1], "${1}"+locked+"${2}")
			}
		}
		return nil
	})
	return []byte(strings.Join(lines, "")), err
}

// reach goes through all that a stage needs, and visits each place that names
// an image of a registry: a FROM, when command is nil, or a command.
func (f *File) reach(at int, done map[int]bool, visit func(stage int, image string, command instructions.Command) error) error {
	if done[at] {
		return nil
	}
	done[at] = true
	base, err := f.from(at)
	if err != nil {
		return err
	}
	if before, found := f.stage(base, at); found {
		err = f.reach(before, done, visit)
	} else if base != image.Scratch {
		err = visit(at, base, nil)
	}
	if err != nil {
		return err
	}
	commands, err := f.commands(at)
	if err != nil {
		return err
	}
	for _, command := range commands {
		for _, from := range lenders(command) {
			if before, found := f.stage(from, at); found {
				err = f.reach(before, done, visit)
			} else if _, wrong := image.ParseBase(from); wrong != nil {
				err = fmt.Errorf("%s:%d: %s: %w", f.name, line(command.Location()), from, wrong)
			} else {
				err = visit(at, from, command)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lenders are the stages and images that a command takes files of.
func lenders(command instructions.Command) (names []string) {
	switch c := command.(type) {
	case *instructions.CopyCommand:
		names = append(names, c.From)
	case *instructions.RunCommand:
		for _, m := range instructions.GetMounts(c) {
			names = append(names, m.From)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" || name == image.Scratch })
}

// Name is the path of the Dockerfile.
func (f *File) Name() string { return f.name }

// Text is the Dockerfile's content.
func (f *File) Text() []byte { return f.data }

// Target is the stage that was asked for; empty for the last one.
func (f *File) Target() string { return f.options.Target }

// Args are the arguments that were given.
func (f *File) Args() map[string]string { return f.options.Args }
