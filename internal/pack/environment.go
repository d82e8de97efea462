package pack

import (
	"maps"
	"os"
	"slices"
)

// inherited are the variables of this process that a build sees: where things
// are and how the network is reached, nothing that changes what is built.
func inherited() []string {
	return []string{
		"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
		"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "ProgramData",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR", "GOENV", "GOTOOLCHAIN",
		"GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS", "NETRC",
		"JAVA_HOME", "MAVEN_HOME", "M2_HOME", "MAVEN_OPTS", "MAVEN_USER_HOME", "GRADLE_HOME", "GRADLE_USER_HOME", "GRADLE_OPTS",
		"NVM_DIR", "NPM_CONFIG_CACHE", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "npm_config_cache", "npm_config_registry", "npm_config_userconfig", "NODE_EXTRA_CA_CERTS",
		"VIRTUAL_ENV", "PYENV_ROOT", "PYENV_VERSION", "PIP_CACHE_DIR", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "UV_CACHE_DIR",
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
	if add := tools()[s.Tool].env; add != nil {
		maps.Copy(env, add(s))
	}
	maps.Copy(env, s.Env)
	maps.Copy(env, s.Secrets)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
