package acctest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// A Check tells where among the emulator's calls a check of a release ran
// last, as a position between them; -1 when it never ran.
type Check func(calls []emulator.Call) float64

// Invoked is the check that invokes a function.
func Invoked(calls []emulator.Call) float64 {
	for n := len(calls) - 1; n >= 0; n-- {
		if calls[n].Operation == "Invoke" && calls[n].Acted && calls[n].ErrorCode == "" {
			return float64(n)
		}
	}
	return -1
}

// Healthz is a page that always answers well, and the check of whoever asks it.
func (w *World) Healthz(t *testing.T) (url string, asked Check) {
	t.Helper()
	var mu sync.Mutex
	last := -1.0
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		last = float64(len(w.Emulator.Calls())) - 0.5
		answer.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	return server.URL, func([]emulator.Call) float64 {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}
