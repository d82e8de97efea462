package runtime

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// zipped is the program as a function's code.
func zipped(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	h := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	h.SetMode(0o755)
	w, err := z.CreateHeader(h)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (a *account) function(code []byte, mood string) {
	a.t.Helper()
	a.call("lambda", "CreateFunction", map[string]any{"FunctionName": "api", "Role": "arn:aws:iam::123456789012:role/api", "Runtime": "provided.al2023",
		"Handler": "bootstrap", "Timeout": 2, "Code": map[string]any{"ZipFile": code}, "Environment": map[string]any{"Variables": map[string]any{"MOOD": mood}}})
	a.settled()
}

func (a *account) settled() {
	a.t.Helper()
	a.eventually("active", func() bool {
		c := a.call("lambda", "GetFunctionConfiguration", map[string]any{"FunctionName": "api"})
		return c["State"] == "Active" && c["LastUpdateStatus"] == "Successful"
	})
}

// answer is what the program answers.
type reply struct {
	Version, Mood, ErrorType, ErrorMessage string
	PID                                    int
	failed                                 string // the function error
	log                                    string
}

func (a *account) invoke(qualifier, payload string) reply {
	a.t.Helper()
	out := a.call("lambda", "Invoke", map[string]any{"FunctionName": "api", "Qualifier": qualifier, "Payload": []byte(payload), "LogType": "Tail"})
	var r reply
	a.must(json.Unmarshal(out["Payload"].([]byte), &r))
	r.failed, _ = out["FunctionError"].(string)
	log, err := base64.StdEncoding.DecodeString(out["LogResult"].(string))
	a.must(err)
	r.log = string(log)
	return r
}

func TestFunctionRunsItsBootstrap(t *testing.T) {
	a := newAccount(t)
	a.function(zipped(t, build(t)), "calm")
	one := a.invoke("$LATEST", `{"a":1}`)
	if one.failed != "" || one.Version != "$LATEST" || one.Mood != "calm" {
		t.Errorf("the function answers %+v", one)
	}
	log := one.log
	a.eventually("what it wrote is in its log, or the next one's: a pipe is no part of the answer", func() bool {
		again := a.invoke("$LATEST", `2`)
		if again.PID != one.PID {
			t.Fatalf("another process answers: %+v", again)
		}
		log += again.log
		return strings.Count(log, `answering {"a":1}`) == 1
	})
	for payload, want := range map[string]string{`"fail"`: "asked to fail", `"exit"`: "exit status 3", `"hang"`: "timed out after 2.00 seconds"} {
		if r := a.invoke("$LATEST", payload); r.failed != "Unhandled" || !strings.Contains(r.ErrorMessage, want) {
			t.Errorf("%s answers %+v, want %s", payload, r, want)
		}
		if r := a.invoke("$LATEST", `1`); r.failed != "" || r.Mood != "calm" {
			t.Errorf("after %s the function answers %+v", payload, r)
		}
	}
	last := a.invoke("$LATEST", `1`)
	a.runtime.Close()
	if lives(last.PID) {
		t.Errorf("process %d is still there", last.PID)
	}
}

func TestFunctionThatCannotBegin(t *testing.T) {
	a := newAccount(t)
	a.function(zipped(t, build(t)), "unable")
	if r := a.invoke("$LATEST", `1`); r.failed != "Unhandled" || r.ErrorMessage != "cannot begin" {
		t.Errorf("the function answers %+v", r)
	}
}

func TestAliasSplitsInvocations(t *testing.T) {
	a := newAccount(t)
	a.function(zipped(t, build(t)), "old")
	publish := func() { a.call("lambda", "PublishVersion", map[string]any{"FunctionName": "api"}); a.settled() }
	publish()
	a.call("lambda", "UpdateFunctionConfiguration", map[string]any{"FunctionName": "api", "Environment": map[string]any{"Variables": map[string]any{"MOOD": "new"}}})
	a.settled()
	publish()
	a.call("lambda", "CreateAlias", map[string]any{"FunctionName": "api", "Name": "live", "FunctionVersion": "1",
		"RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]any{"2": 0.25}}})
	counts := map[string]int{}
	a.eventually("the new version is active", func() bool {
		c := a.call("lambda", "GetFunctionConfiguration", map[string]any{"FunctionName": "api", "Qualifier": "2"})
		return c["State"] == "Active"
	})
	for range 20 {
		r := a.invoke("live", `1`)
		counts[r.Version+" "+r.Mood]++
	}
	if counts["1 old"] != 15 || counts["2 new"] != 5 || len(counts) != 2 {
		t.Errorf("20 invocations went to %v", counts)
	}
}
