package dockerfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// archives are what ADD would unpack, by the ends of their names.
var archives = [...]string{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst"}

func (s *stage) engine(location []parser.Range, what string) error {
	return &EngineError{File: s.name, Line: line(location), What: what}
}

// copying is a COPY or ADD.
type copying struct {
	command  instructions.Command
	from     string
	sources  []string
	dest     string
	uid, gid int
	mode     fs.FileMode
}

func (s *stage) copy(c *instructions.CopyCommand) error {
	if c.Parents || len(c.ExcludePatterns) > 0 {
		return s.engine(c.Location(), "COPY --parents and --exclude are not among what is done without an engine")
	}
	return s.place(c, c.SourcesAndDest, c.From, c.Chown, c.Chmod)
}

// add is copy where nothing is fetched or unpacked.
func (s *stage) add(c *instructions.AddCommand) error {
	for _, from := range c.SourcePaths {
		switch {
		case strings.Contains(from, "://") || strings.HasPrefix(from, "git@"):
			return s.engine(c.Location(), "ADD "+from+" fetches from elsewhere")
		case slices.ContainsFunc(archives[:], func(end string) bool { return strings.HasSuffix(from, end) }):
			return s.engine(c.Location(), "ADD "+from+" unpacks an archive")
		}
	}
	if c.Unpack != nil || c.Checksum != "" || c.KeepGitDir != nil || len(c.ExcludePatterns) > 0 {
		return s.engine(c.Location(), "ADD's flags are not among what is done without an engine")
	}
	return s.place(c, c.SourcesAndDest, "", c.Chown, c.Chmod)
}

func (s *stage) place(command instructions.Command, what instructions.SourcesAndDest, from, chown, chmod string) error {
	if len(what.SourceContents) > 0 {
		return s.engine(command.Location(), "a here-document is not among what is done without an engine")
	}
	c := copying{command: command, from: from, sources: what.SourcePaths, dest: what.DestPath}
	var ok bool
	if c.uid, c.gid, ok = ids(chown); !ok {
		return s.engine(command.Location(), "--chown="+chown+" names a user, which only the image's own files can look up")
	}
	if chmod != "" {
		mode, err := strconv.ParseUint(chmod, 8, 12)
		if err != nil {
			return s.engine(command.Location(), "--chmod="+chmod+" is no octal number")
		}
		c.mode = fs.FileMode(mode)
	}
	return s.copyAll(c)
}

// origin is where files come from: a tree by relative paths.
type origin []image.Placed // paths as they are there, absolute

func (s *stage) copyAll(c copying) error {
	files, whole, err := s.origin(c)
	if err != nil {
		return err
	}
	dest := c.dest
	into := strings.HasSuffix(dest, "/") || dest == "." || strings.HasSuffix(dest, "/.") || len(c.sources) > 1
	if !path.IsAbs(dest) {
		dest = path.Join(s.workdir, dest)
	}
	dest = path.Clean(dest)
	l := layer{name: fmt.Sprintf("%s (line %d)", strings.Join(strings.Fields(fmt.Sprint(c.command)), " "), line(c.command.Location()))}
	for _, from := range c.sources {
		found, err := match(files, from)
		if err != nil {
			return s.wrong(c.command, err)
		}
		switch {
		case len(found) == 0 && !whole:
			return s.engine(c.command.Location(), fmt.Sprintf("COPY --from=%s takes %s from an image, not from files of ours", c.from, from))
		case len(found) == 0:
			return s.wrong(c.command, fmt.Errorf("%s is not there%s", from, s.hint(c)))
		}
		many := into || len(found) > 1 || s.isDir(dest)
		for _, root := range found {
			l.files = append(l.files, s.put(c, files, root, dest, many)...)
		}
		if !many && len(found) == 1 && !s.scratch && !files.dir(found[0]) && !strings.Contains(path.Base(dest), ".") && path.Base(dest) != path.Base(found[0]) {
			s.warned = append(s.warned, fmt.Sprintf("%s:%d: %s becomes the file %s. Where that is a directory of the base, write %s/ instead.", s.name, line(c.command.Location()), from, dest, dest))
		}
	}
	s.layers = append(s.layers, l)
	return nil
}

func (s *stage) hint(c copying) string {
	if c.from != "" {
		return " in the stage " + c.from
	}
	return " in the context " + s.options.Context + ", or an ignore file leaves it out"
}

// origin lists what a COPY can take. Whole says that there is nothing else.
func (s *stage) origin(c copying) (files origin, whole bool, err error) {
	if c.from == "" {
		for _, e := range s.tree.Entries {
			files = append(files, image.Placed{Path: "/" + e.Path, Root: s.tree.Root, Entry: e})
		}
		return files, true, nil
	}
	index, found := s.stage(c.from)
	if !found {
		return nil, false, s.engine(c.command.Location(), "COPY --from="+c.from+" takes files of another image")
	}
	other, err := s.evaluate(index, nil)
	if err != nil {
		return nil, false, err
	}
	last := map[string]int{}
	for _, l := range other.layers {
		for _, p := range l.files {
			if i, twice := last[p.Path]; twice {
				files[i] = p
				continue
			}
			last[p.Path] = len(files)
			files = append(files, p)
		}
	}
	return files, other.scratch, nil
}

// stage finds a stage before this one.
func (s *stage) stage(name string) (int, bool) { return s.File.stage(name, s.index) }

// match finds the files and directories that a source names.
func match(files origin, from string) ([]string, error) {
	clean := path.Clean(from)
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return nil, fmt.Errorf("%s is outside of the context: copy it there, or choose a higher directory as `context`", from)
	}
	clean = path.Clean("/" + from)
	if clean == "/" {
		return []string{"/"}, nil
	}
	if !strings.ContainsAny(clean, "*?[") {
		if files.has(clean) {
			return []string{clean}, nil
		}
		return nil, nil
	}
	depth := strings.Count(clean, "/")
	seen := map[string]bool{}
	var found []string
	for _, p := range files {
		parts := strings.Split(p.Path, "/")
		if len(parts) <= depth {
			continue
		}
		at := strings.Join(parts[:depth+1], "/")
		if seen[at] {
			continue
		}
		seen[at] = true
		ok, err := path.Match(clean, at)
		if err != nil {
			return nil, errors.New(from + " is no pattern: a bracket is not closed")
		}
		if ok {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	return found, nil
}

// has tells that there is such a file or directory.
func (o origin) has(name string) bool {
	return slices.ContainsFunc(o, func(p image.Placed) bool { return p.Path == name || strings.HasPrefix(p.Path, name+"/") })
}

// dir tells that it is a directory.
func (o origin) dir(name string) bool {
	return name == "/" || !slices.ContainsFunc(o, func(p image.Placed) bool { return p.Path == name && !p.Entry.Mode.IsDir() })
}

// put lays one file, or what a directory holds, at its place.
func (s *stage) put(c copying, files origin, root, dest string, many bool) (list []image.Placed) {
	if !files.dir(root) {
		if many {
			dest = path.Join(dest, path.Base(root))
		}
		for _, p := range files {
			if p.Path == root {
				list = append(list, c.own(p, dest))
			}
		}
		return list
	}
	made := map[string]bool{}
	for _, p := range files {
		inside, ok := strings.CutPrefix(p.Path, strings.TrimSuffix(root, "/")+"/")
		if !ok || p.Path == root {
			continue
		}
		for dir := path.Dir(path.Join(dest, inside)); dir != "/" && !made[dir] && len(dir) >= len(dest); dir = path.Dir(dir) {
			made[dir] = true
			list = append(list, c.own(image.Placed{Entry: source.Entry{Mode: fs.ModeDir | 0o755}}, dir))
		}
		list = append(list, c.own(p, path.Join(dest, inside)))
	}
	return list
}

// own gives a file to whom the instruction says.
func (c copying) own(p image.Placed, at string) image.Placed {
	p.Path = at
	if c.from == "" || c.uid != 0 || c.gid != 0 {
		p.UID, p.GID = c.uid, c.gid
	}
	if c.mode != 0 {
		p.Mode = c.mode
	}
	return p
}

// isDir tells that a path of the image is surely a directory.
func (s *stage) isDir(dir string) bool {
	if dir == "/" || dir == s.workdir || !s.scratch && image.StandardDir(dir) {
		return true
	}
	for _, l := range s.layers {
		for _, p := range l.files {
			if p.Path == dir && p.Entry.Mode.IsDir() || strings.HasPrefix(p.Path, dir+"/") {
				return true
			}
		}
	}
	return false
}

// makeDir makes a working directory.
func (s *stage) makeDir(command instructions.Command, dir string) {
	known := dir == "/" || dir == s.baseWorkdir || !s.scratch && image.StandardDir(dir)
	if known || slices.ContainsFunc(s.layers, func(l layer) bool { return origin(l.files).has(dir) }) {
		return
	}
	s.layers = append(s.layers, layer{
		name:  fmt.Sprintf("WORKDIR %s (line %d)", dir, line(command.Location())),
		files: []image.Placed{{Path: dir, Entry: source.Entry{Mode: fs.ModeDir | 0o755}}},
	})
}
