package builder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// patience is how long a server may think about whether it is there.
const patience = 30 * time.Second

// inherited are the variables of this process that a builder sees, by name or,
// with a star, by what they begin with: where things are, how servers and
// registries are reached, and the credentials of caches and helpers. They are
// the client's: what a RUN sees, the Dockerfile says.
func inherited() []string {
	return []string{
		"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "XDG_*", "SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "USERPROFILE",
		"LOCALAPPDATA", "APPDATA", "ProgramData", "ProgramFiles", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
		"SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK", "DOCKER_*", "BUILDKIT_*", "BUILDX_*", "BUILDAH_*", "CONTAINERS_*", "STORAGE_*",
		"CONTAINER_HOST", "REGISTRY_AUTH_FILE", "_CONTAINERS_*", "KUBECONFIG", "AWS_*",
	}
}

func (b Builder) environment() []string {
	var list []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if slices.ContainsFunc(inherited(), func(pattern string) bool {
			prefix, many := strings.CutSuffix(pattern, "*")
			return name == pattern || many && strings.HasPrefix(name, prefix)
		}) {
			list = append(list, pair)
		}
	}
	list = append(list, "TZ=UTC", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH="+Epoch)
	return append(list, b.Env...)
}

// ask runs the program for its answer: what it printed, or why it printed
// nothing.
func (b *Builder) ask(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.file, args...)
	cmd.Env = b.environment()
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	said := strings.TrimSpace(string(out))
	if err == nil {
		return said, nil
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
		said = string(failed.Stderr)
	}
	if ctx.Err() != nil {
		said = fmt.Sprintf("it did not answer within %s", patience)
	}
	if said == "" {
		said = err.Error()
	}
	return strings.TrimRight(strings.Join(strings.Fields(said), " "), "."), err
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
