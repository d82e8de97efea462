package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

const region = "eu-central-1"

// onEmulator is an account in which the switches are set so.
func onEmulator(t *testing.T, s emulator.Switches, transcript *bytes.Buffer) *account {
	t.Helper()
	c := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	e := emulator.New(c, emulator.WithSwitches(s))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	t.Cleanup(c.Join())
	made, err := e.Call(region, "ec2", "RegisterImage", map[string]any{"Name": "probe"})
	if err != nil {
		t.Fatal(err)
	}
	a := newAccount(aws.Config{
		Region: region, BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "test", ""),
	}, c, transcript)
	a.image, a.role, a.kind = made["ImageId"].(string), "arn:aws:iam::123456789012:role/probe", "t3.micro"
	return a
}

// Each fact comes out as the emulator was told, in both settings.
func TestProbeTellsSettingsApart(t *testing.T) {
	for _, f := range facts() {
		for _, want := range []bool{false, true} {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				var s emulator.Switches
				reflect.ValueOf(&s).Elem().FieldByName(f.name).SetBool(want)
				var transcript, out bytes.Buffer
				a := onEmulator(t, s, &transcript)
				if err := settle(t.Context(), a, f.name, &out); err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
				words := strings.Fields(out.String())
				if len(words) != 2 || words[0] != f.name || (words[1] == "true") != want {
					t.Errorf("with the switch %v the probe says %q", want, out.String())
				}
				checkTranscript(t, transcript.String())
			})
		}
	}
}

// checkTranscript wants every line to be a call of one fact, without secrets.
func checkTranscript(t *testing.T, text string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 5 {
		t.Errorf("only %d calls in the transcript", len(lines))
	}
	for _, each := range lines {
		var l line
		if err := json.Unmarshal([]byte(each), &l); err != nil || l.Service == "" || l.Operation == "" {
			t.Errorf("not a call: %q (%v)", each, err)
		}
		if strings.Contains(each, "ZipFile") || strings.Contains(each, "AKIDTEST") {
			t.Errorf("a secret in %q", each)
		}
	}
}

// All that the emulator leaves open is probed, or named as what cannot be.
func TestEverySwitchHasAFact(t *testing.T) {
	known := map[string]bool{"NewTargetsNeedThreshold": true,
		// A deployment needs a service role, which the probe does not make.
		"AlarmFailsDeployment": true, "RollbackSkipsUnmoved": true, "RollbackNeedsPredecessor": true,
		// Artifacts are pushed by the registry's protocol, which the probe does not speak.
		"SubjectUnconfirmed": true, "ReferrersGoAlong": true}
	for _, f := range facts() {
		known[f.name] = true
	}
	switches := reflect.TypeOf(emulator.Switches{})
	for i := range switches.NumField() {
		if name := switches.Field(i).Name; !known[name] {
			t.Errorf("no fact settles %s", name)
		}
	}
}

func TestNothingWithoutConsent(t *testing.T) {
	err := run(t.Context(), []string{"-region", region}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "-yes-create-and-delete") {
		t.Errorf("got %v, want to be asked for consent", err)
	}
}
