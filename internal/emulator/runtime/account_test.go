package runtime

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const region = "eu-central-1"

// account is an emulated account whose instances and functions are real, on a
// clock a hundred times faster.
type account struct {
	t       *testing.T
	aws     *emulator.Emulator
	runtime *Runtime
	host    string
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{t: t, runtime: New(t.TempDir())}
	fast := clock.Scaled{Real: clock.System{}.Now(), Epoch: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Speed: 100}
	a.aws = emulator.New(fast, emulator.WithRuntime(a.runtime), emulator.WithOpenRegistry())
	server := httptest.NewServer(a.aws)
	t.Cleanup(server.Close)
	t.Cleanup(a.runtime.Close)
	a.host = strings.TrimPrefix(server.URL, "http://")
	return a
}

func (a *account) call(service, operation string, in map[string]any) map[string]any {
	a.t.Helper()
	out, err := a.aws.Call(region, service, operation, in)
	if err != nil {
		a.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

// eventually waits until a condition holds, ten real seconds at most.
func (a *account) eventually(what string, holds func() bool) {
	a.t.Helper()
	for range 500 {
		a.aws.Now()
		if holds() {
			return
		}
		_ = clock.System{}.Sleep(context.Background(), 20*time.Millisecond)
	}
	a.t.Fatalf("never: %s", what)
}

// first is the first structure of a list in an answer.
func first(out map[string]any, list string) map[string]any {
	return out[list].([]any)[0].(map[string]any)
}

// run launches an instance with user data.
func (a *account) run(userData string) (id string) {
	a.t.Helper()
	image := a.call("ec2", "RegisterImage", map[string]any{"Name": fmt.Sprint("base-", a.aws.Now().UnixNano())})
	return first(a.call("ec2", "RunInstances", map[string]any{"ImageId": image["ImageId"], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
		"UserData": base64.StdEncoding.EncodeToString([]byte(userData))}), "Instances")["InstanceId"].(string)
}

// TestMain builds the test program once, into a directory that goes with it.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "program")
	if err == nil {
		defer os.RemoveAll(dir)
		cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(dir, "program"), "./testdata/program")
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", programVariable+"=")
		cmd.Stderr = os.Stderr
		err = cmd.Run()
	}
	if err == nil {
		err = os.Setenv(programVariable, filepath.Join(dir, "program"))
	}
	if err != nil {
		panic(err)
	}
	m.Run()
}

// programVariable tells the tests where the program is.
const programVariable = "AWSDEPLOY_TEST_PROGRAM"

func build(t *testing.T) string {
	t.Helper()
	return os.Getenv(programVariable)
}

// get is the body of an answer; empty when there is none.
func get(address string) string {
	resp, err := http.Get("http://" + address + "/")
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

// lives tells whether a process is there.
func lives(pid int) bool { return syscall.Kill(pid, 0) == nil }
