// Package stop tells Terraform's orderly stop from its sudden end.
//
// On Ctrl-C Terraform calls StopProvider, and the plugin framework cancels the
// context of every call under way. When Terraform itself is killed, the
// contexts are cancelled too, without StopProvider. The framework does not
// tell the two apart, so the server is wrapped and the call noted before it is
// passed on.
package stop

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Signal remembers whether Terraform asked the provider to stop. The zero
// value is not usable: see NewSignal.
type Signal struct {
	done chan struct{}
	once func()
}

// NewSignal is a signal that was not given yet.
func NewSignal() *Signal {
	s := &Signal{done: make(chan struct{})}
	s.once = sync.OnceFunc(func() { close(s.done) })
	return s
}

// Stopping tells whether StopProvider was called.
func (s *Signal) Stopping() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Done is closed when StopProvider is called.
func (s *Signal) Done() <-chan struct{} { return s.done }

// Wrap notes StopProvider in s, then passes it on.
func (s *Signal) Wrap(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	return &wrapped{ProviderServer: server, signal: s}
}

type wrapped struct {
	tfprotov6.ProviderServer
	signal *Signal
}

func (w *wrapped) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	w.signal.once()
	return w.ProviderServer.StopProvider(ctx, req)
}
