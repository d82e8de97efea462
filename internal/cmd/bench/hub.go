package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// hub is a registry in this process that takes its time for each answer, and
// notes what it was asked.
type hub struct {
	delay  time.Duration
	server *httptest.Server
	mu     sync.Mutex
	asked  []span
}

// span is one request's time.
type span struct{ from, to time.Time }

// renew starts an empty registry in the place of the one before.
func (h *hub) renew(ctx context.Context) error {
	h.close()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := clock.System{}.Now()
		if h.delay > 0 {
			_ = clock.System{}.Sleep(r.Context(), h.delay)
		}
		inner.ServeHTTP(w, r)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked = append(h.asked, span{from, clock.System{}.Now()})
	}))
	return h.forget(ctx)
}

// forget begins to count anew.
func (h *hub) forget(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = nil
	return nil
}

// count adds what was asked to a result: the requests, and the most of them of
// which each began after the one before had its answer. Only when each takes
// its time does that tell what had to wait for what.
func (h *hub) count(r *result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.requests = len(h.asked)
	if h.delay == 0 {
		return
	}
	slices.SortFunc(h.asked, func(a, b span) int { return a.to.Compare(b.to) })
	var free time.Time
	for _, s := range h.asked {
		if !s.from.Before(free) {
			free = s.to
			r.trips++
		}
	}
}

func (h *hub) close() {
	if h.server != nil {
		h.server.Close()
	}
}

func (h *hub) host() string { return strings.TrimPrefix(h.server.URL, "http://") }

func (h *hub) repository() (name.Repository, error) { return image.ParseRepository(h.host() + "/app") }
