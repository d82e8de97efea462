package provider_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// estate of secrets: everything that takes one, and every place where one
// could come out again.
type secretsEstate struct {
	*acctest.Command
	places   secretPlaces
	site     string // of the check
	registry string // wants a password
	images   http.Handler
	bad      bool // the site answers with its request
}

const registryPassword = "planted-registry-password"

func newSecretsEstate(t *testing.T) *secretsEstate {
	t.Helper()
	e := &secretsEstate{}
	e.images = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != registryPassword {
			w.Header().Set("WWW-Authenticate", `Basic realm="shop"`)
			http.Error(w, "no: "+r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		e.images.ServeHTTP(w, r)
	}))
	t.Cleanup(door.Close)
	e.registry = strings.TrimPrefix(door.URL, "http://")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); e.bad {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, "%s %s %s %s", r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.URL, body)
		}
	}))
	t.Cleanup(site.Close)
	e.site = site.URL

	fast := acctest.NewFast(t, 120)
	f := fast.NewFunction(t, "shop-api", 3)
	f.NewAlias("live", "1")
	below := t.TempDir()
	e.places = secretPlaces{dirs: map[string]string{}, summary: filepath.Join(below, "summary.md"), log: filepath.Join(below, "trace.log")}
	for _, name := range []string{"cache", "tmp", "home"} {
		dir := filepath.Join(below, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		e.places.dirs[name] = dir
	}
	binaries := acctest.Build(t)
	src, docker := sources(t, map[string]string{"a.txt": "a", "build.sh": buildThatTells}), t.TempDir()
	lay(t, docker, "config.json", e.login(registryPassword))
	for name, value := range map[string]string{
		"AWSDEPLOY_CACHE_DIR": e.places.dirs["cache"], "TMPDIR": e.places.dirs["tmp"], "HOME": e.places.dirs["home"],
		"DOCKER_CONFIG": docker, "GITHUB_STEP_SUMMARY": e.places.summary,
		"TF_LOG_CORE": "TRACE", "TF_LOG_PROVIDER": "TRACE", "TF_LOG_PATH": e.places.log,
		"PIP_INDEX_URL":        "https://ann:planted-index-password@pypi.example.com/simple",
		"TF_VAR_secret_key":    "planted-aws-secret-key",
		"TF_VAR_session_token": "planted-session-token",
		"TF_VAR_build_secret":  "planted-build-secret",
		"TF_VAR_check_header":  "planted-check-header",
		"TF_VAR_check_body":    "planted-check-body",
		"TF_VAR_check_query":   "planted-check-query",
	} {
		t.Setenv(name, value)
	}
	e.Command = fast.NewCommandWith(t, binaries, strings.Replace(fast.Provider(`report_dir = "reports"`, "token = var.session_token"),
		`secret_key        = "test"`, "secret_key = var.secret_key", 1)+fmt.Sprintf(secretsConfig, src, e.registry, e.site))
	e.places.dirs["work"] = e.Dir
	return e
}

// login is a Docker configuration.
func (e *secretsEstate) login(password string) string {
	return fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, e.registry, base64.StdEncoding.EncodeToString([]byte("robot:"+password)))
}

// buildThatTells prints all that it knows, in several spellings.
const buildThatTells = `env
echo "{\"token\": \"$TOKEN\", \"index\": \"$PIP_INDEX_URL\"}"
printf %s "$TOKEN" | base64
echo "error: cannot sign in with $TOKEN" >&2
cp a.txt out
test "$END" = well
`

const secretsConfig = `
variable "secret_key" {
  type      = string
  sensitive = true
  ephemeral = true
}
variable "session_token" {
  type      = string
  sensitive = true
  ephemeral = true
}
variable "build_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}
variable "check_header" {
  type      = string
  sensitive = true
}
variable "check_body" {
  type      = string
  sensitive = true
}
variable "check_query" {
  type      = string
  sensitive = true
}
variable "tested" { default = "well" }
variable "end" { default = "well" }
variable "function_version" { default = "2" }
ephemeral "awsdeploy_registry_login" "here" {}
resource "awsdeploy_app_package" "site" {
  source_dir = %q
  artifact   = "out"
  build = {
    tool                   = "command"
    command                = ["sh", "build.sh"]
    environment            = { END = var.end }
    environment_wo         = { TOKEN = var.build_secret }
    environment_wo_version = 1
  }
}
resource "awsdeploy_app_image" "site" {
  repository = "%s/team/site"
  tags       = ["1"]
  files      = { "/srv/site" = awsdeploy_app_package.site.path }
  test       = { command = ["sh", "-c", "env; test $END = well"], environment = { END = var.tested } }
}
resource "awsdeploy_alias_promotion" "live" {
  function_name = "shop-api"
  alias         = "live"
  version       = var.function_version
  strategy      = { steps = [50], pause = "30s", bake = "20s" }
  verify = [{ name = "smoke", http = {
    url      = "%s/healthz?token=${var.check_query}"
    method   = "POST"
    headers  = { Authorization = "Bearer ${var.check_header}", "X-Key" = var.check_header }
    body     = var.check_body
    attempts = 1
  } }]
}
`

// TestAccSecrets plants a secret wherever one is taken, and looks for all of
// them wherever something is written: when all goes well, and when a build, a
// test, a registry and a check tell what they were given.
func TestAccSecrets(t *testing.T) {
	skipBelow(t, acctest.CLI(t), 11, "write-only attributes")
	e := newSecretsEstate(t)
	says := func(out string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !acctest.Says(text).MatchString(out) {
				t.Errorf("nothing says %q:\n%s", text, out)
			}
		}
	}
	run := func(good bool, args ...string) string {
		t.Helper()
		out, err := e.Run(args...)
		e.places.outputs = append(e.places.outputs, out)
		if (err == nil) != good {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	run(true, "plan", "-out=good.tfplan")
	run(true, "show", "-no-color", "good.tfplan")
	e.places.json = append(e.places.json, run(true, "show", "-json", "good.tfplan"))
	run(true, "apply", "-no-color", "good.tfplan")
	run(true, "show", "-no-color")
	e.places.json = append(e.places.json, run(true, "show", "-json"))

	// Each failure tells what it was given, as far as it can.
	out := run(false, "apply", "-no-color", "-auto-approve", "-var=end=badly", "-target=awsdeploy_app_package.site")
	says(out, "cannot sign in with ***")
	out = run(false, "apply", "-no-color", "-auto-approve", "-var=tested=badly", "-replace=awsdeploy_app_image.site", "-target=awsdeploy_app_image.site")
	says(out, "Image did not pass test", "TF_VAR_check_body=***")
	e.bad = true
	out = run(false, "apply", "-no-color", "-auto-approve", "-var=function_version=3", "-target=awsdeploy_alias_promotion.live")
	says(out, "check", "answered 500", "***")
	run(true, "plan", "-no-color", "-var=function_version=3", "-var=end=badly", "-out=bad.tfplan")
	e.places.json = append(e.places.json, run(true, "show", "-json", "bad.tfplan"))
	lay(t, os.Getenv("DOCKER_CONFIG"), "config.json", e.login("planted-wrong-password"))
	out = run(false, "apply", "-no-color", "-auto-approve", "-replace=awsdeploy_app_image.site", "-target=awsdeploy_app_image.site")
	says(out, "Registry refuses access")
	e.places.look(t, e.images)
}
