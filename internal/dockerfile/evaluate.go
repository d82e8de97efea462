package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// Built is what a Dockerfile says about an image.
type Built struct {
	Contents []image.Content
	Config   image.Config
	Warnings []string
}

// stage is one stage under way.
type stage struct {
	*File
	index   int
	scratch bool     // nothing but our own files is in it
	args    []string // name=value, as declared so far
	base    []string // the base's environment
	env     []string // name=value of ENV, in order
	workdir string
	shell   []string

	baseWorkdir string
	cmdSet      bool
	layers      []layer
	config      image.Config
	warned      []string
}

// layer is what one instruction put into the image.
type layer struct {
	name  string
	files []image.Placed
}

// Evaluate goes through the target's stage upon a base of that configuration.
// What only an engine can do is an *EngineError.
func (f *File) Evaluate(base v1.Config) (Built, error) {
	s, err := f.evaluate(f.target, &base)
	if err != nil {
		return Built{}, err
	}
	b := Built{Config: s.config, Warnings: s.warned}
	b.Config.Env = map[string]string{}
	for _, pair := range s.env {
		name, value, _ := strings.Cut(pair, "=")
		b.Config.Env[name] = value
	}
	slices.Sort(b.Config.Ports)
	b.Config.Ports = slices.Compact(b.Config.Ports)
	for _, l := range s.layers {
		b.Contents = append(b.Contents, image.Place(l.name, f.options.Context, l.files))
	}
	return b, nil
}

// evaluate goes through one stage. The base's configuration is known for the
// target's chain of stages alone; others only lend files.
func (f *File) evaluate(index int, base *v1.Config) (*stage, error) {
	from, err := f.from(index)
	if err != nil {
		return nil, err
	}
	s := &stage{File: f, index: index, scratch: from == image.Scratch, workdir: "/", shell: []string{"/bin/sh", "-c"}}
	if before, found := f.stage(from, index); found {
		if s, err = f.evaluate(before, base); err != nil {
			return nil, err
		}
		s.index, s.args, s.cmdSet = index, nil, false
	} else if base != nil {
		if len(base.OnBuild) > 0 {
			return nil, s.engine(f.stages[index].Location, "the base "+from+" has ONBUILD triggers")
		}
		s.base = base.Env
		if base.WorkingDir != "" {
			s.workdir, s.baseWorkdir = base.WorkingDir, base.WorkingDir
		}
		if len(base.Shell) > 0 {
			s.shell = base.Shell
		}
	}
	commands, err := f.commands(index)
	if err != nil {
		return nil, err
	}
	for _, command := range commands {
		if err := s.do(command); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// environment is what variables are looked up in: what ENV says wins.
func (s *stage) environment() []string {
	return slices.Concat(s.base, s.args, s.env)
}

// do carries one instruction out.
func (s *stage) do(command instructions.Command) error {
	if expandable, ok := command.(instructions.SupportsSingleWordExpansion); ok {
		env := s.environment()
		if err := expandable.Expand(func(word string) (string, error) { return s.expand(word, env) }); err != nil {
			return s.wrong(command, err)
		}
	}
	switch c := command.(type) {
	case *instructions.RunCommand:
		return s.engine(c.Location(), "RUN runs a program in a container")
	case *instructions.CopyCommand:
		return s.copy(c)
	case *instructions.AddCommand:
		return s.add(c)
	case *instructions.ArgCommand:
		return s.arg(c)
	case *instructions.EnvCommand:
		for _, pair := range c.Env {
			s.setEnv(pair.Key, pair.Value)
		}
	case *instructions.WorkdirCommand:
		if dir := c.Path; path.IsAbs(dir) {
			s.workdir = path.Clean(dir)
		} else {
			s.workdir = path.Join("/", s.workdir, dir)
		}
		s.config.Workdir = s.workdir
		s.makeDir(c, s.workdir)
	default:
		return s.describe(command)
	}
	return nil
}

// describe takes what instructions say about containers.
func (s *stage) describe(command instructions.Command) error {
	switch c := command.(type) {
	case *instructions.CmdCommand:
		s.config.Cmd, s.cmdSet = s.commandLine(c.ShellDependantCmdLine), true
	case *instructions.EntrypointCommand:
		s.config.Entrypoint = s.commandLine(c.ShellDependantCmdLine)
		if !s.cmdSet {
			s.config.Cmd = nil // arguments of before are for the program of before
		}
	case *instructions.LabelCommand:
		if s.config.Labels == nil {
			s.config.Labels = map[string]string{}
		}
		for _, pair := range c.Labels {
			s.config.Labels[pair.Key] = pair.Value
		}
	case *instructions.UserCommand:
		s.config.User = c.User
	case *instructions.ExposeCommand:
		for _, text := range c.Ports {
			port, err := image.ParsePort(text)
			if err != nil {
				return s.wrong(command, err)
			}
			s.config.Ports = append(s.config.Ports, port)
		}
	case *instructions.VolumeCommand:
		s.config.Volumes = append(s.config.Volumes, c.Volumes...)
	case *instructions.StopSignalCommand:
		if err := image.CheckSignal(c.Signal); err != nil {
			return s.wrong(command, err)
		}
		s.config.StopSignal = c.Signal
	case *instructions.ShellCommand:
		s.shell, s.config.Shell = c.Shell, c.Shell
	case *instructions.HealthCheckCommand:
		s.config.Health = health(c, s.shell)
	case *instructions.MaintainerCommand: // says nothing about containers
	default:
		return s.engine(command.Location(), strings.ToUpper(command.Name())+" is not among what is done without an engine")
	}
	return nil
}

// commandLine is a program's arguments; what is no list goes to the shell.
func (s *stage) commandLine(c instructions.ShellDependantCmdLine) []string {
	if c.PrependShell && len(c.CmdLine) > 0 {
		return append(slices.Clone(s.shell), strings.Join(c.CmdLine, " "))
	}
	return append([]string{}, c.CmdLine...)
}

func health(c *instructions.HealthCheckCommand, shell []string) *image.Health {
	h := &image.Health{
		Interval: time.Duration(c.Health.Interval), Timeout: time.Duration(c.Health.Timeout), StartPeriod: time.Duration(c.Health.StartPeriod), Retries: c.Health.Retries,
	}
	if len(c.Health.Test) > 1 {
		switch c.Health.Test[0] {
		case "CMD":
			h.Command = c.Health.Test[1:]
		case "CMD-SHELL":
			h.Command = append(slices.Clone(shell), c.Health.Test[1])
		}
	}
	return h
}

// arg declares arguments: what was given, else the default, else what holds
// before the first FROM.
func (s *stage) arg(c *instructions.ArgCommand) error {
	for _, arg := range c.Args {
		value, found := s.options.Args[arg.Key]
		if !found && arg.Value != nil {
			value, found = *arg.Value, true
		}
		if !found {
			value, found = lookUp(s.global(), arg.Key)
		}
		if !found && strings.HasPrefix(arg.Key, "TARGET") && len(s.options.Platforms) > 1 {
			return s.engine(c.Location(), "ARG "+arg.Key+" makes the image another one for each platform")
		}
		if found {
			s.args = append(s.args, arg.Key+"="+value)
		}
	}
	return nil
}

func lookUp(env []string, name string) (string, bool) {
	for _, pair := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func (s *stage) setEnv(name, value string) {
	s.env = slices.DeleteFunc(s.env, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
	s.env = append(s.env, name+"="+value)
}

func (s *stage) wrong(command instructions.Command, err error) error {
	return fmt.Errorf("%s:%d: %s: %w", s.name, line(command.Location()), strings.ToUpper(command.Name()), err)
}

// ids reads --chown where it needs no user database of the image.
func ids(text string) (uid, gid int, ok bool) {
	if text == "" {
		return 0, 0, true
	}
	user, group, both := strings.Cut(text, ":")
	uid, ok = id(user)
	if gid = uid; both {
		var good bool
		gid, good = id(group)
		ok = ok && good
	}
	return uid, gid, ok
}

func id(text string) (int, bool) {
	if text == "root" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}
