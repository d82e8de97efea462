package pack

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The layouts of packages that take their dependencies along.
const (
	Lambda      = "lambda"       // of a function: code and dependencies side by side
	LambdaLayer = "lambda_layer" // of a layer: dependencies where the runtime looks for them
	Tarball     = "pack"         // what npm pack makes
)

// npmArtifact is everything for a Lambda function, and a new directory's only
// file for npm pack.
func npmArtifact(s Spec) string {
	if s.Layout == Lambda {
		return "."
	}
	return ""
}

// dependenciesAlone tells that the package needs no artifact: it holds what
// was installed, or what npm pack chose.
func (s Spec) dependenciesAlone() bool { return s.Layout == LambdaLayer || s.Layout == Tarball }

func checkNPM(s Spec) error {
	switch {
	case s.Layout == Tarball && s.Artifact != "":
		return problem("artifact", "artifact %q has no meaning with build.layout %q: npm pack makes one file. Remove one of them", s.Artifact, Tarball)
	case s.Layout != "" && len(s.Command) > 0:
		return problem("build", "build.layout %q is for the commands that the provider itself gives npm: remove it or build.command", s.Layout)
	case s.Module != "" && (s.Layout == Lambda || s.Layout == LambdaLayer):
		return problem("build", "build.module %q has no meaning with build.layout %q: dependencies of workspaces lie together. "+
			"Make source_dir the workspace's directory, or let the build bundle what it needs", s.Module, s.Layout)
	case s.Platform != "" && !slices.Contains([]string{"linux/amd64", "linux/arm64"}, s.Platform):
		return problem("build", "build.platform %q is not supported for npm: it is \"linux/amd64\" or \"linux/arm64\"", s.Platform)
	}
	return nil
}

func lookNPM(s Spec) error {
	switch {
	case len(s.Command) > 0:
	case !s.has("package.json"):
		return problem("build", "there is no package.json in %s: source_dir is the directory that npm runs in", s.Dir)
	case !s.has("package-lock.json") && !s.has("npm-shrinkwrap.json"):
		return problem("build", "there is no package-lock.json in %s, so what npm would install may differ from day to day: run npm install there once and keep the file", s.Dir)
	}
	return nil
}

// hasScript tells that package.json has a script.
func (s Spec) hasScript(name string) bool {
	var file struct {
		Scripts map[string]string `json:"scripts"`
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, filepath.FromSlash(s.Module), "package.json"))
	return err == nil && json.Unmarshal(data, &file) == nil && file.Scripts[name] != ""
}

// npmSteps install what the lock file says, build, and then leave in
// node_modules what production needs.
func npmSteps(s Spec, w workplace) ([][]string, error) {
	if len(s.Command) > 0 {
		return [][]string{s.Command}, nil
	}
	quiet := []string{"--no-audit", "--no-fund", "--no-update-notifier"}
	install := func(more ...string) []string { return slices.Concat([]string{"npm", "ci"}, quiet, more) }
	build := s.hasScript("build") && (s.Layout != LambdaLayer || s.Artifact != "")
	var steps [][]string
	if build || s.Layout == "" || s.Layout == Tarball {
		steps = append(steps, install())
	}
	var module []string
	if s.Module != "" {
		module = []string{"--workspace", s.Module}
	}
	if build {
		steps = append(steps, slices.Concat([]string{"npm", "run", "build"}, module))
	}
	switch s.Layout {
	case Lambda, LambdaLayer:
		steps = append(steps, install(append([]string{"--omit=dev"}, npmPlatform(s.Platform)...)...))
	case Tarball:
		steps = append(steps, slices.Concat([]string{"npm", "pack", "--pack-destination", w.stage}, module))
	}
	return steps, nil
}

// npmPlatform asks for the binaries of another machine.
// https://docs.npmjs.com/cli/commands/npm-ci#cpu
func npmPlatform(platform string) []string {
	if platform == "" {
		return nil
	}
	cpu := map[string]string{"amd64": "x64", "arm64": "arm64"}[strings.TrimPrefix(platform, "linux/")]
	return []string{"--os=linux", "--cpu=" + cpu, "--libc=glibc"}
}
