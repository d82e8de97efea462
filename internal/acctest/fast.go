package acctest

import (
	"net/http/httptest"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// NewFast is an empty account on real time made speed times faster, for a
// provider that runs as a process of its own: it shares the clock through its
// environment. Nothing waits for anybody there, so polls and the cloud's own
// moves meet in every order.
func NewFast(t testing.TB, speed float64, options ...emulator.Option) *World {
	t.Helper()
	findCLI(t)
	c := clock.Scaled{Real: clock.System{}.Now(), Epoch: Start(), Speed: speed}
	e := emulator.New(c, options...)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return &World{Clock: c, Emulator: e, URL: server.URL}
}
