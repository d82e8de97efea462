package emulator

import (
	"bytes"
	"errors"
	"net/http"
)

// serveThrough lets a protocol that another library implements have what
// every call has: a record, faults, credentials, policy and rates. handle
// answers with the emulator locked; it returns the error code of its answer.
// fail words what stopped the call before.
func (e *Emulator) serveThrough(w http.ResponseWriter, r *http.Request, in *incoming,
	handle func(http.ResponseWriter) (code string), fail func(*apiError) *wireAnswer,
) {
	answer := &buffered{header: http.Header{}}
	in.act = func() (values, error) {
		answer.done = true
		if code := handle(answer); code != "" {
			return nil, refuse(code, "")
		}
		return nil, nil
	}
	_, err := e.perform(r.Context(), in)
	var refused *apiError
	switch {
	case errors.Is(err, errDropped):
		panic(http.ErrAbortHandler)
	case answer.done:
		answer.writeTo(w)
	case errors.As(err, &refused):
		fail(refused).write(w)
	default:
		fail(mistake(err)).write(w)
	}
}

// buffered holds an answer back, because the call may yet lose its connection.
type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
	done   bool
}

func (b *buffered) Header() http.Header { return b.header }

func (b *buffered) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *buffered) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func (b *buffered) writeTo(w http.ResponseWriter) {
	for name, v := range b.header {
		w.Header()[name] = v
	}
	b.WriteHeader(http.StatusOK)
	w.WriteHeader(b.status)
	w.Write(b.body.Bytes()) // the client may have gone
}
