package pack

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// requirements is the file that says what Python code depends on.
const requirements = "requirements.txt"

// target stands for the directory that a command of build.command installs to.
const target = "{target}"

func pythonArtifact(s Spec) string {
	if s.Layout == LambdaLayer {
		return ""
	}
	return "."
}

func checkPython(s Spec) error {
	own := len(s.Command) > 0
	switch {
	case own && !slices.ContainsFunc(s.Command, func(a string) bool { return strings.Contains(a, target) }):
		return problem("build", "build.command for python does not say where it installs: %s stands for the directory, as in [\"uv\", \"pip\", \"install\", \"--target\", %q, \"-r\", %q]",
			target, target, requirements)
	case own && s.Runtime != "":
		return problem("build", "build.runtime %q is for the command that the provider itself gives pip: remove it or build.command", s.Runtime)
	case s.Runtime != "" && pythonMinor(s.Runtime) == 0:
		return problem("build", "build.runtime %q is not a Python of AWS Lambda: give one such as \"python3.13\"", s.Runtime)
	case s.Platform != "" && s.Runtime == "":
		return problem("build", "build.platform %q needs build.runtime, the Python of AWS Lambda that the packages are for, such as \"python3.13\": "+
			"otherwise it would be the one of the machine that builds", s.Platform)
	case s.Platform != "" && !slices.Contains([]string{"linux/amd64", "linux/arm64"}, s.Platform):
		return problem("build", "build.platform %q is not supported for python: it is \"linux/amd64\" or \"linux/arm64\"", s.Platform)
	case s.Runtime != "" && s.Platform == "":
		return problem("build", "build.runtime %q needs build.platform, \"linux/amd64\" or \"linux/arm64\": pip takes packages for another Python only with both", s.Runtime)
	}
	return nil
}

func lookPython(s Spec) error {
	if s.Layout == LambdaLayer && len(s.Command) == 0 && !s.has(requirements) {
		return problem("build", "there is no %s in %s, and a layer is made of what it names", requirements, s.Dir)
	}
	return nil
}

// pythonMinor is the 13 of python3.13; 0 when the runtime is none.
func pythonMinor(runtime string) int {
	found := regexp.MustCompile(`^python3\.(\d{1,2})$`).FindStringSubmatch(runtime)
	if found == nil {
		return 0
	}
	minor, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return minor
}

func pythonSteps(s Spec, w workplace) ([][]string, error) {
	if len(s.Command) > 0 {
		args := slices.Clone(s.Command)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], target, w.stage)
		}
		return [][]string{args}, nil
	}
	if !s.has(requirements) {
		return nil, nil
	}
	args := []string{"python3", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile", "--target", w.stage, "-r", requirements}
	if s.Platform == "" {
		return [][]string{args}, nil
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[strings.TrimPrefix(s.Platform, "linux/")]
	args = append(args, "--only-binary=:all:", "--implementation", "cp", "--python-version", strings.TrimPrefix(s.Runtime, "python"))
	for _, libc := range manylinux(pythonMinor(s.Runtime)) {
		args = append(args, "--platform", libc+"_"+machine)
	}
	return [][]string{args}, nil
}

// manylinux are the C libraries that run on Lambda, the newest first: from
// Python 3.12 on it is Amazon Linux 2023 with glibc 2.34, before that Amazon
// Linux 2 with 2.26.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
func manylinux(minor int) []string {
	old := []string{"manylinux_2_17", "manylinux2014"}
	if minor >= 12 {
		return append([]string{"manylinux_2_34", "manylinux_2_28"}, old...)
	}
	return append([]string{"manylinux_2_26"}, old...)
}

// tidyPython takes out of what pip installed all that names this machine: the
// scripts in bin begin with the path of its Python, and direct_url.json holds
// the path of what was installed from a directory. No code of a function
// needs them.
func tidyPython(dir string) error {
	if err := os.RemoveAll(filepath.Join(dir, "bin")); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(filepath.Dir(file), ".dist-info") {
			return err
		}
		switch d.Name() {
		case "direct_url.json":
			return os.Remove(file)
		case "RECORD":
			return tidyRecord(file)
		}
		return nil
	})
}

// tidyRecord leaves out of a list of installed files what tidyPython removed,
// and sorts it: pip's order is the one of the directory.
func tidyRecord(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	all := bytes.SplitAfter(data, []byte("\n"))
	kept := slices.DeleteFunc(all, func(line []byte) bool {
		name, _, _ := bytes.Cut(line, []byte(","))
		return len(name) == 0 || bytes.HasPrefix(name, []byte("../../bin/")) || bytes.HasSuffix(name, []byte("/direct_url.json")) || bytes.HasSuffix(name, []byte(".pyc"))
	})
	slices.SortFunc(kept, bytes.Compare)
	return os.WriteFile(file, bytes.Join(kept, nil), 0o644)
}
