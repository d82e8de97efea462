package acctest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/provider"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/stop"
)

// Region is where tests live.
const Region = "eu-central-1"

// endpointVariable names another AWS for portable tests.
const endpointVariable = "AWSDEPLOY_TEST_ENDPOINT"

// realAWS in its place is AWS itself, with the environment's credentials.
const realAWS = "aws"

// World is one test's AWS and its clock.
type World struct {
	// Clock is the provider's clock; Virtual is the same one where the
	// emulator serves, else nil.
	Clock   clock.Clock
	Virtual *clock.Virtual
	// Emulator is nil where another AWS serves.
	Emulator *emulator.Emulator
	URL      string
	// ReportDir is the report_dir of providers that a Bench configures, and
	// StepSummary the file of a CI job's summary.
	ReportDir, StepSummary string
	// Role, when set, is the ARN of a role that providers which a Bench
	// configures assume: its credentials can be renewed.
	Role string
}

// Start is the moment at which every virtual clock begins.
func Start() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

// New is an empty account for one test. Where another AWS is asked for, the
// test is skipped: it needs the emulator.
func New(t testing.TB, options ...emulator.Option) *World {
	t.Helper()
	if os.Getenv(endpointVariable) != "" {
		t.Skipf("%s is set, and this test needs the emulator", endpointVariable)
	}
	findCLI(t)
	v := clock.NewVirtual(Start())
	e := emulator.New(v, options...)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return &World{Clock: v, Virtual: v, Emulator: e, URL: server.URL}
}

// Portable is New, or the AWS that AWSDEPLOY_TEST_ENDPOINT names.
func Portable(t testing.TB, options ...emulator.Option) *World {
	t.Helper()
	url := os.Getenv(endpointVariable)
	if url == "" {
		return New(t, options...)
	}
	findCLI(t)
	return &World{Clock: clock.System{}, URL: url}
}

// Factories serve the provider to Terraform, in this process.
func (w *World) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"awsdeploy": func() (tfprotov6.ProviderServer, error) {
			server, _ := w.Serve()
			return server, nil
		},
	}
}

// Serve is one provider server and the signal that StopProvider gives, for
// tests that speak to it without Terraform.
func (w *World) Serve() (tfprotov6.ProviderServer, *stop.Signal) {
	signal := stop.NewSignal()
	p := provider.New(provider.Env{Clock: w.Clock, Stopping: signal.Stopping, Version: "test", StepSummary: w.StepSummary})
	return signal.Wrap(providerserver.NewProtocol6(p)()), signal
}

// Provider is the provider block for this world. More is put inside it.
func (w *World) Provider(more ...string) string {
	services := ""
	for _, service := range awsapi.Services() {
		services += fmt.Sprintf("    %s = %q\n", service, w.URL)
	}
	extra := ""
	for _, line := range more {
		extra += "  " + line + "\n"
	}
	if w.URL == realAWS {
		return fmt.Sprintf("\nprovider \"awsdeploy\" {\n  region = %q\n%s}\n", Region, extra)
	}
	return fmt.Sprintf(`
provider "awsdeploy" {
  region            = %q
  access_key        = "AKIDTEST"
  secret_key        = "test"
  s3_use_path_style = true
%s  endpoints {
%s  }
}
`, Region, extra, services)
}

// Clients are AWS's own clients for this world, to build an estate and to see
// what the cloud saw.
func (w *World) Clients(t testing.TB) *awsapi.Clients {
	t.Helper()
	settings := awsapi.Settings{Region: Region}
	if w.URL != realAWS {
		settings = awsapi.Settings{
			Region: Region, AccessKey: "AKIDSEED", SecretKey: "test", Endpoints: map[string]string{}, S3UsePathStyle: true,
			SkipCredentialsValidation: true, SkipRequestingAccountID: true,
		}
		for _, service := range awsapi.Services() {
			settings.Endpoints[service] = w.URL
		}
	}
	c, err := awsapi.New(context.Background(), settings, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Call makes one call on the emulator, as a seed or as an operator's hand.
func (w *World) Call(t testing.TB, service, operation string, in map[string]any) map[string]any {
	t.Helper()
	out, err := w.Emulator.Call(Region, service, operation, in)
	if err != nil {
		t.Fatalf("%s %s: %v", service, operation, err)
	}
	return out
}
