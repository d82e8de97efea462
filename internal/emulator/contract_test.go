package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// contractGroup is a conversation of the AWS CLI with one emulator. It judges
// the emulator by a client that nobody here wrote.
type contractGroup struct {
	name    string
	service string // the CLI's name of it
	options []Option
	files   map[string]string               // $TMP/name → contents
	seed    func(t *testing.T, e *Emulator) // before the first case
	after   func(t *testing.T, e *Emulator) // after the last
	cases   []contractCase
}

// contractCase is one command. $TMP, $HOST and what earlier cases kept are
// expanded in args, want and wantErrCode.
type contractCase struct {
	service string        // when it is another than the group's
	pass    time.Duration // time that passes first
	args    []string      // the operation and its parameters
	// want is JSON that the answer must hold: objects may have more members,
	// lists must have as many items, "*" stands for any value that is there.
	want string
	// wantErrCode is the code that AWS refuses with.
	wantErrCode string
	// keep names parts of the answer for later cases: variable → "A.0.B".
	keep map[string]string
}

// contractGroups is every conversation; each service's file adds its own.
func contractGroups() []contractGroup {
	var all []contractGroup
	for _, groups := range [][]contractGroup{
		contractCloudWatch(),
		contractCodeDeploy(),
		contractELB(),
		contractLambda(),
		contractLogs(),
		contractAutoScaling(),
		contractEC2(),
		contractIAM(),
		contractSTS(),
		contractECR(), contractImages(),
		contractS3(),
	} {
		all = append(all, groups...)
	}
	return all
}

func TestContract(t *testing.T) {
	if testing.Short() {
		t.Skip("the AWS CLI takes a second for each command")
	}
	path, err := exec.LookPath("aws")
	if err == nil {
		err = exec.Command(path, "--version").Run()
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the AWS CLI is needed to run the contract:", err)
		}
		t.Skip("no AWS CLI to run the contract with:", err)
	}
	slots := make(chan struct{}, 3) // one start of the CLI takes most of a second of a core
	for _, g := range contractGroups() {
		t.Run(g.service+" "+g.name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			newConversation(t, path, g).run()
		})
	}
}

type conversation struct {
	t         *testing.T
	aws       string
	group     contractGroup
	clock     clock.Clock
	emulator  *Emulator
	directory string
	env       []string
	variables map[string]string
}

func newConversation(t *testing.T, aws string, g contractGroup) *conversation {
	c := &conversation{t: t, aws: aws, group: g, clock: clock.NewVirtual(noon), directory: t.TempDir()}
	c.emulator = New(c.clock, g.options...)
	server := httptest.NewServer(c.emulator)
	t.Cleanup(server.Close)
	for name, contents := range g.files {
		if err := os.WriteFile(filepath.Join(c.directory, name), []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The CLI's own checks would hide the emulator's.
	config := filepath.Join(c.directory, "config")
	if err := os.WriteFile(config, []byte("[default]\nparameter_validation = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.variables = map[string]string{"TMP": c.directory, "HOST": strings.TrimPrefix(server.URL, "http://")}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") {
			c.env = append(c.env, v)
		}
	}
	c.env = append(c.env, "AWS_ENDPOINT_URL="+server.URL, "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=AKIDTEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
		"AWS_CONFIG_FILE="+config, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	return c
}

func (c *conversation) run() {
	if c.group.seed != nil {
		c.group.seed(c.t, c.emulator)
	}
	for _, one := range c.group.cases {
		if one.pass > 0 {
			if err := c.clock.Sleep(context.Background(), one.pass); err != nil {
				c.t.Fatal(err)
			}
		}
		if !c.step(one) {
			return
		}
	}
	if c.group.after != nil {
		c.group.after(c.t, c.emulator)
	}
}

var refusedBy = regexp.MustCompile(`An error occurred \(([^)]+)\)`)

// step runs one case; later cases need earlier ones, so it says whether to go on.
func (c *conversation) step(one contractCase) bool {
	service := one.service
	if service == "" {
		service = c.group.service
	}
	args := append([]string{service}, one.args...)
	for i := range args {
		args[i] = c.expand(args[i])
	}
	command := exec.Command(c.aws, append(args, "--output", "json")...)
	command.Env = c.env
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	title := "aws " + strings.Join(args, " ")
	if one.wantErrCode != "" {
		code := ""
		if m := refusedBy.FindStringSubmatch(stderr.String()); m != nil {
			code = m[1]
		}
		if code != c.expand(one.wantErrCode) {
			c.t.Errorf("%s:\ngot %q, want error %s", title, stderr.String(), one.wantErrCode)
			return false
		}
		return true
	}
	if err != nil {
		c.t.Errorf("%s:\n%s", title, stderr.String())
		return false
	}
	return c.compare(title, one, stdout.Bytes())
}

func (c *conversation) compare(title string, one contractCase, stdout []byte) bool {
	var got, want any
	if len(bytes.TrimSpace(stdout)) > 0 {
		if err := json.Unmarshal(stdout, &got); err != nil {
			c.t.Errorf("%s: %v\n%s", title, err, stdout)
			return false
		}
	}
	for name, path := range one.keep {
		v := at(got, path)
		if v == nil {
			c.t.Errorf("%s: nothing at %s\n%s", title, path, stdout)
			return false
		}
		c.variables[name] = fmt.Sprint(v)
	}
	if one.want == "" {
		return true
	}
	if err := json.Unmarshal([]byte(c.expand(one.want)), &want); err != nil {
		c.t.Fatalf("%s: the wanted JSON: %v", title, err)
	}
	if difference := contains(got, want, ""); difference != "" {
		c.t.Errorf("%s: %s\n%s", title, difference, stdout)
		return false
	}
	return true
}

func (c *conversation) expand(text string) string {
	return os.Expand(text, func(name string) string {
		if v, ok := c.variables[name]; ok {
			return v
		}
		return "$" + name // $Latest is the API's own
	})
}

// at walks to a part of an answer: "A.0.B".
func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// contains says where got lacks something of want.
func contains(got, want any, path string) string {
	if want == "*" && got != nil {
		return ""
	}
	switch want := want.(type) {
	case map[string]any:
		in, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", path, got)
		}
		for _, key := range sortedKeys(want) {
			if d := contains(in[key], want[key], join(path, key)); d != "" {
				return d
			}
		}
	case []any:
		in, ok := got.([]any)
		if !ok || len(in) != len(want) {
			return fmt.Sprintf("%s is %v, want %d items", path, got, len(want))
		}
		for i := range want {
			if d := contains(in[i], want[i], fmt.Sprintf("%s.%d", path, i)); d != "" {
				return d
			}
		}
	default:
		if !reflect.DeepEqual(got, want) {
			return fmt.Sprintf("%s is %#v, want %#v", path, got, want)
		}
	}
	return ""
}
