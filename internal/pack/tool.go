package pack

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/source"
)

// The build tools.
const (
	Maven   = "maven"
	Gradle  = "gradle"
	Go      = "go"
	NPM     = "npm"
	Python  = "python"
	Command = "command"
	None    = "none"
)

// Tools lists the build tools.
func Tools() []string { return []string{Maven, Gradle, Go, NPM, Python, Command, None} }

// tool is what the provider knows of a build tool.
type tool struct {
	artifact func(Spec) string // what is packed when the spec does not say; "" when it has to
	example  string            // of an artifact
	outputs  []source.Output   // what it writes into the sources' directory
	excludes []string          // likewise, as patterns

	modules   bool             // heeds Module
	platforms bool             // heeds Platform
	layouts   []string         // that it knows
	check     func(Spec) error // of the configuration
	look      func(Spec) error // of the sources

	// steps are the commands of a build, given what else it has.
	steps func(Spec, workplace) ([][]string, error)
	// env is added to the build's environment.
	env func(Spec) map[string]string
}

// workplace is what a build has beside its sources.
type workplace struct {
	stage string // an empty directory, absolute
	aside string // another one, for the provider's own files
}

func tools() map[string]tool {
	own := func(s Spec, _ workplace) ([][]string, error) { return [][]string{s.Command}, nil }
	needed := func(Spec) string { return "" }
	return map[string]tool{
		Maven: {
			artifact: func(s Spec) string { return s.under("target/*.{jar,war}") },
			excludes: []string{"target"}, outputs: []source.Output{{Beside: "pom.xml", Name: "target"}},
			modules: true, steps: mavenSteps,
		},
		Gradle: {
			artifact: func(s Spec) string { return s.under("build/libs/*.{jar,war}") },
			excludes: []string{"**/.gradle", "**/.kotlin", "build", "buildSrc/build"},
			outputs:  []source.Output{{Beside: "build.gradle", Name: "build"}, {Beside: "build.gradle.kts", Name: "build"}},
			modules:  true, steps: gradleSteps,
		},
		Go: {
			artifact: needed, example: "bootstrap", modules: true, platforms: true, check: checkGo, steps: goSteps, env: goEnv,
		},
		NPM: {
			artifact: npmArtifact, example: "dist", excludes: []string{"**/node_modules"},
			modules: true, platforms: true, layouts: []string{Lambda, LambdaLayer, Tarball}, check: checkNPM, look: lookNPM, steps: npmSteps,
		},
		Python: {
			artifact: pythonArtifact, excludes: []string{"**/__pycache__", "**/*.pyc", "**/.venv"},
			platforms: true, layouts: []string{Lambda, LambdaLayer}, check: checkPython, look: lookPython, steps: pythonSteps,
		},
		Command: {artifact: needed, example: "out/app.zip", steps: own},
		None:    {artifact: func(Spec) string { return "." }},
	}
}

// steps are the commands of the build.
func (s Spec) steps(w workplace) ([][]string, error) {
	return tools()[s.Tool].steps(s, w)
}

// has tells that a file of the sources' directory is there.
func (s Spec) has(name string) bool {
	info, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// wrapper is the project's own copy of a tool if it has one that runs, else
// the one of the PATH.
func (s Spec) wrapper(script, program string) string {
	if runtime.GOOS == "windows" {
		for _, end := range []string{".cmd", ".bat"} {
			if s.has(script + end) {
				return `.\` + script + end
			}
		}
		return program
	}
	if info, err := os.Stat(filepath.Join(s.Dir, script)); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
		return "./" + script
	}
	return program
}

// epoch is the moment that builds are told to use, the first that both ZIP
// files and Maven accept.
const epoch = "1980-01-01T00:00:02Z"

func mavenSteps(s Spec, _ workplace) ([][]string, error) {
	args := slices.Clone(s.Command)
	if len(args) == 0 {
		args = []string{s.wrapper("mvnw", "mvn"), "-B", "package"}
		if s.Module != "" {
			args = append(args, "--projects", s.Module, "--also-make")
		}
	}
	const stamp = "-Dproject.build.outputTimestamp="
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, stamp) }) {
		args = append(args, stamp+epoch)
	}
	return [][]string{args}, nil
}

// plainArchives is a script for Gradle. An archive inside the package stays as
// Gradle wrote it, so Gradle must write it the same each time. Gradle 9 does.
const plainArchives = `allprojects {
    tasks.withType(AbstractArchiveTask) {
        preserveFileTimestamps = false
        reproducibleFileOrder = true
    }
}
`

func gradleSteps(s Spec, w workplace) ([][]string, error) {
	args := slices.Clone(s.Command)
	if len(args) == 0 {
		args = []string{s.wrapper("gradlew", "gradle"), "--no-daemon", "--console=plain"}
		task := "assemble"
		if s.Module != "" {
			task = ":" + strings.ReplaceAll(s.moduleDir(), "/", ":") + ":assemble"
		}
		args = append(args, task)
	}
	if !strings.HasPrefix(filepath.Base(args[0]), "gradle") {
		return [][]string{args}, nil // another program, that maybe runs Gradle
	}
	script := filepath.Join(w.aside, "archives.gradle")
	if err := os.WriteFile(script, []byte(plainArchives), 0o644); err != nil {
		return nil, err
	}
	return [][]string{slices.Insert(args, 1, "--init-script", script)}, nil
}

func goSteps(s Spec, _ workplace) ([][]string, error) {
	if len(s.Command) > 0 {
		return [][]string{s.Command}, nil
	}
	from := "."
	if s.Module != "" {
		from = "./" + strings.TrimPrefix(s.Module, "./")
	}
	return [][]string{{"go", "build", "-trimpath", "-buildvcs=false", "-o", s.artifact(), from}}, nil
}

func checkGo(s Spec) error {
	for _, name := range []string{"GOOS", "GOARCH"} {
		if _, both := s.Env[name]; both && s.Platform != "" {
			return problem("build", "%s is in build.environment, and build.platform says what to build for: leave one of them", name)
		}
	}
	return nil
}

// goEnv says what Go builds for: AWS runs Linux, whatever the machine that
// builds.
func goEnv(s Spec) map[string]string {
	env := map[string]string{"CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64"}
	if parts := strings.Split(s.Platform, "/"); len(parts) >= 2 {
		env["GOOS"], env["GOARCH"] = parts[0], parts[1]
		if len(parts) == 3 && parts[1] == "arm" {
			env["GOARM"] = strings.TrimPrefix(parts[2], "v")
		}
	}
	return env
}
