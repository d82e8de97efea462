package image

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Config is what the image says about its containers. Nil leaves what the base
// says; an empty list takes it away.
type Config struct {
	Entrypoint []string          `json:"entrypoint"`
	Cmd        []string          `json:"cmd"`
	Env        map[string]string `json:"env"`
	User       string            `json:"user"`
	Workdir    string            `json:"workdir"`
	Ports      []string          `json:"ports"`
	Labels     map[string]string `json:"labels"`

	// What configurations could not say at first is left out of keys.
	Health     *Health `json:"health,omitempty"`
	StopSignal string  `json:"stop_signal,omitempty"`

	Volumes []string `json:"volumes,omitempty"`
	Shell   []string `json:"shell,omitempty"`
}

// Health is how an engine checks a container. Zero leaves it to the engine.
type Health struct {
	Command                        []string // empty for no check
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

var signalPattern = regexp.MustCompile(`^(SIG[A-Z0-9]+([+-][0-9]+)?|[1-9]|[1-5][0-9]|6[0-4])$`)

// CheckSignal says what is wrong with a signal.
func CheckSignal(text string) error {
	if !signalPattern.MatchString(text) {
		return fmt.Errorf("%q is not a signal: write its name, such as SIGTERM or SIGRTMIN+3, or its number from 1 to 64", text)
	}
	return nil
}

// epoch stands for every moment in an image: a real one would move its digest.
var epoch = v1.Time{Time: time.Unix(0, 0).UTC()}

// file is the configuration of an image of these layers upon the base.
func (c Config) file(b base, layers []ShapeInfo) ([]byte, error) {
	f := b.config.DeepCopy()
	f.Created, f.Author, f.Container = epoch, "", ""
	f.RootFS.Type = "layers"
	for _, l := range layers {
		f.RootFS.DiffIDs = append(f.RootFS.DiffIDs, l.DiffID)
		f.History = append(f.History, v1.History{Created: epoch, CreatedBy: "awsdeploy " + l.From})
	}
	c.lay(&f.Config)
	return json.Marshal(f)
}

// lay puts the configuration over the base's.
func (c Config) lay(to *v1.Config) {
	// What describes the container that the base was once made in.
	to.Hostname, to.Domainname, to.Image = "", "", ""
	if c.Entrypoint != nil {
		// The base's arguments are for the base's program.
		to.Entrypoint, to.Cmd = c.Entrypoint, nil
	}
	if c.Cmd != nil {
		to.Cmd = c.Cmd
	}
	if c.User != "" {
		to.User = c.User
	}
	if c.Workdir != "" {
		to.WorkingDir = c.Workdir
	}
	if c.StopSignal != "" {
		to.StopSignal = c.StopSignal
	}
	if c.Health != nil {
		to.Healthcheck = c.Health.config()
	}
	if c.Shell != nil {
		to.Shell = c.Shell
	}
	for _, place := range c.Volumes {
		if to.Volumes == nil {
			to.Volumes = map[string]struct{}{}
		}
		to.Volumes[place] = struct{}{}
	}
	to.Env = environment(to.Env, c.Env)
	for _, port := range c.Ports {
		if to.ExposedPorts == nil {
			to.ExposedPorts = map[string]struct{}{}
		}
		to.ExposedPorts[port] = struct{}{}
	}
	for name, value := range c.Labels {
		if to.Labels == nil {
			to.Labels = map[string]string{}
		}
		to.Labels[name] = value
	}
}

func (h Health) config() *v1.HealthConfig {
	if len(h.Command) == 0 {
		return &v1.HealthConfig{Test: []string{"NONE"}}
	}
	return &v1.HealthConfig{
		Test: append([]string{"CMD"}, h.Command...), Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries,
	}
}

// environment replaces variables where they stand and adds the others by name.
func environment(list []string, set map[string]string) []string {
	var out []string
	done := map[string]bool{}
	for _, pair := range list {
		name, _, _ := strings.Cut(pair, "=")
		if value, ok := set[name]; ok {
			pair = name + "=" + value
			done[name] = true
		}
		out = append(out, pair)
	}
	var added []string
	for name, value := range set {
		if !done[name] {
			added = append(added, name+"="+value)
		}
	}
	slices.Sort(added)
	return append(out, added...)
}

// standardDirs are in every base that is a Linux system, some of them as links
// or with a mode of their own.
var standardDirs = []string{
	"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/media", "/mnt", "/opt",
	"/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local",
	"/usr/local/bin", "/usr/local/etc", "/usr/local/lib", "/usr/local/share", "/usr/sbin", "/usr/share", "/usr/src",
	"/var", "/var/cache", "/var/lib", "/var/local", "/var/lock", "/var/log", "/var/mail", "/var/opt", "/var/run",
	"/var/spool", "/var/tmp",
}

// directories are those that the base surely has: the standard ones, and what
// its own configuration points at.
func (b base) directories() []string {
	if b.repo == nil {
		return []string{"/"}
	}
	named := slices.Clone(standardDirs)
	if apps, err := b.webapps(); err == nil {
		named = append(named, apps)
	}
	named = append(named, b.config.Config.WorkingDir)
	for _, pair := range b.config.Config.Env {
		_, value, _ := strings.Cut(pair, "=")
		named = append(named, strings.Split(value, ":")...)
	}
	var dirs []string
	for _, dir := range named {
		if !path.IsAbs(dir) {
			continue
		}
		for dir = path.Clean(dir); dir != "/"; dir = path.Dir(dir) {
			dirs = append(dirs, dir)
		}
	}
	dirs = append(dirs, "/")
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
