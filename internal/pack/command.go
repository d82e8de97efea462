package pack

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// epoch is the moment that builds are told to use, the first that both ZIP
// files and Maven accept.
const epoch = "1980-01-01T00:00:02Z"

// arguments is the command line of the build.
func (s Spec) arguments() []string {
	switch {
	case s.Tool == Go && len(s.Command) == 0:
		return []string{"go", "build", "-trimpath", "-buildvcs=false", "-o", s.artifact(), "."}
	case s.Tool != Maven:
		return s.Command
	}
	args := slices.Clone(s.Command)
	if len(args) == 0 {
		args = []string{s.wrapper(), "-B", "package"}
	}
	const stamp = "-Dproject.build.outputTimestamp="
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, stamp) }) {
		args = append(args, stamp+epoch)
	}
	return args
}

// wrapper is the project's own Maven if it has one.
func (s Spec) wrapper() string {
	if info, err := os.Stat(filepath.Join(s.Dir, "mvnw")); err == nil && info.Mode()&0o111 != 0 {
		return "./mvnw"
	}
	return "mvn"
}

// inherited are the variables of this process that a build sees: where things
// are and how the network is reached, nothing that changes what is built.
func inherited() []string {
	return []string{
		"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
		"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "ProgramData",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR", "GOENV", "GOTOOLCHAIN",
		"GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS", "NETRC",
		"JAVA_HOME", "MAVEN_HOME", "M2_HOME", "MAVEN_OPTS", "MAVEN_USER_HOME",
	}
}

// environment is what the build sees: what it inherits, what makes every
// machine build alike, and what the configuration declares, which wins.
func (s Spec) environment() []string {
	env := map[string]string{}
	for _, name := range inherited() {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	env["TZ"], env["LANG"], env["LC_ALL"] = "UTC", "C.UTF-8", "C.UTF-8"
	env["SOURCE_DATE_EPOCH"] = "315532802"
	if s.Tool == Go {
		// AWS runs Linux, whatever the machine that builds.
		env["CGO_ENABLED"], env["GOOS"], env["GOARCH"] = "0", "linux", "amd64"
	}
	maps.Copy(env, s.Env)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
