package runtime

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// api is the runtime API of one program, at an address of its own.
type api struct {
	number int // of the invocation, under the environment's lock
	server *http.Server
	next   chan *event
	failed chan []byte // the body of an initialisation error

	mu      sync.Mutex
	current *event
}

// event is one invocation on its way through the program.
type event struct {
	id, arn  string
	deadline time.Time
	payload  []byte
	answer   chan answered
}

// answered is what the program made of an event.
type answered struct {
	body   []byte
	failed bool
}

// id names the invocation as Lambda's request ids look.
func (a *api) id() string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", a.number, a.number) }

func (a *api) event(f emulator.Function, payload []byte, now time.Time) *event {
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	return &event{id: a.id(), arn: f.ARN, deadline: now.Add(f.Timeout), payload: payload, answer: make(chan answered, 1)}
}

// serve listens; the address is what AWS_LAMBDA_RUNTIME_API says.
func (a *api) serve() (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("serving the runtime API: %w", err)
	}
	a.next, a.failed, a.current = make(chan *event), make(chan []byte, 1), nil
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", a.giveNext)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { a.take(w, r, false) })
	mux.HandleFunc("POST "+base+"invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { a.take(w, r, true) })
	mux.HandleFunc("POST "+base+"init/error", a.takeInitError)
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func(s *http.Server) { _ = s.Serve(listener) }(a.server) // ends with close
	return listener.Addr().String(), nil
}

func (a *api) close() { _ = a.server.Close() }

// giveNext holds the program until there is an event for it.
func (a *api) giveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case e := <-a.next:
		a.mu.Lock()
		a.current = e
		a.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", e.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(e.deadline.UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", e.arn)
		_, _ = w.Write(e.payload)
	case <-r.Context().Done():
	}
}

// take hands the program's answer to who waits for it.
func (a *api) take(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 6<<20))
	a.mu.Lock()
	e := a.current
	if e == nil || e.id != r.PathValue("id") || err != nil {
		a.mu.Unlock()
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	a.current = nil
	a.mu.Unlock()
	accept(w)
	e.answer <- answered{body: body, failed: failed}
}

func (a *api) takeInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 6<<20))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest")
		return
	}
	accept(w)
	select {
	case a.failed <- body:
	default: // one is enough
	}
}

func accept(w http.ResponseWriter) {
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"errorType":%q,"errorMessage":"no such invocation is under way"}`, kind)
}
