//go:build linux

package provider_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// theDoor is an htpasswd file for the user robot; it holds the hash of theKey.
const (
	theKey  = "opensesame-right"
	theDoor = "robot:$2a$05$JJfXpxXJizsNXyVWgXuYAeNi..XXGVuhKYp1KyTbhpJFLHRXuir8i\n"
)

// TestReal_registryWantsAPassword checks that a real registry takes what the
// Docker configuration says, and that no message, log or state tells it.
func TestReal_registryWantsAPassword(t *testing.T) {
	skopeo := realparts.Tool(t, "skopeo")
	w := newImageWorld(t)
	docker := t.TempDir()
	lay(t, docker, "htpasswd", theDoor)
	registry := realparts.Registry(t, fmt.Sprintf("auth: {htpasswd: {realm: shop, path: %s}}", filepath.Join(docker, "htpasswd")))
	t.Setenv("DOCKER_CONFIG", docker)
	login := func(password string) string {
		secret := base64.StdEncoding.EncodeToString([]byte("robot:" + password))
		lay(t, docker, "config.json", fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, registry, secret))
		return secret
	}
	s := newShell(t, strings.ReplaceAll(w.config(w.files(), `tags = ["1"]`), w.host()+"/shop", registry+"/team/shop")+
		"output \"digest\" { value = awsdeploy_app_image.app.digest }\n")
	s.env = append(s.env, "TF_LOG=TRACE")
	silent := func(out string, secrets ...string) {
		t.Helper()
		if !strings.Contains(out, "[TRACE]") {
			t.Error("there is no log to look through")
		}
		state, _ := os.ReadFile(filepath.Join(s.dir, "terraform.tfstate"))
		for _, secret := range secrets {
			if strings.Contains(out+string(state), secret) {
				t.Errorf("%q is told", secret)
			}
		}
	}
	const wrong = "opensesame-wrong"
	secret := login(wrong)
	out := s.fails("apply", "-auto-approve")
	s.says(out, "Registry refuses access", "run `docker login "+registry+"`, or add a credential helper")
	silent(out, wrong, secret)

	secret = login(theKey)
	silent(s.run("apply", "-auto-approve"), theKey, secret)
	got := realparts.Run(t, skopeo, "inspect", "--tls-verify=false", "--creds", "robot:"+theKey, "--format", "{{.Digest}}", "docker://"+registry+"/team/shop:1")
	s.env = append(s.env, "TF_LOG=")
	if want := s.output("digest"); got != want {
		t.Errorf("the registry holds %s, and the state says %s", got, want)
	}
}
