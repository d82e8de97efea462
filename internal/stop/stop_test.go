package stop_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/stop"
)

// server records what the signal said at the moment StopProvider arrived.
type server struct {
	tfprotov6.ProviderServer
	signal *stop.Signal
	saw    []bool
}

func (s *server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.saw = append(s.saw, s.signal.Stopping())
	return &tfprotov6.StopProviderResponse{}, nil
}

func TestWrap_notesStopBeforePassingItOn(t *testing.T) {
	signal := stop.NewSignal()
	inner := &server{signal: signal}
	wrapped := signal.Wrap(inner)

	if signal.Stopping() {
		t.Fatal("stopping before StopProvider was called")
	}
	for range 2 { // Terraform may stop a provider more than once
		if _, err := wrapped.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(inner.saw) != 2 || !inner.saw[0] {
		t.Errorf("the wrapped server saw %v, want the signal given before it is called", inner.saw)
	}
	select {
	case <-signal.Done():
	default:
		t.Error("Done is not closed")
	}
}
