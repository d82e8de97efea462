package emulator

import (
	"context"
	"errors"
	"time"
)

// Call is one request that the emulator received.
type Call struct {
	Number    int // 1 for the first since New
	Time      time.Time
	Region    string
	Service   string // as in policies; "registry" for the image registry
	Operation string
	Input     map[string]any
	ErrorCode string // empty when it succeeded
	Acted     bool   // the operation ran, whatever the client was told

	// Of a principal with a policy: who asked, what for, and the action that
	// the policy does not allow.
	Principal string
	Needs     []Need
	Missing   string
}

// CallHook is told of each call before and after the emulator acts. When it
// returns false the connection closes without an answer: before the act,
// nothing is done. It runs without the emulator's lock and may call it.
type CallHook func(c Call, acted bool) (goOn bool)

type recorder struct {
	count int
	calls []*Call
	last  map[string]values // answers of reads, for stale reads
}

// incoming is a request that was read, well or badly.
type incoming struct {
	Call
	service   *service
	op        *modelOperation
	in        values
	err       error // why it could not be read
	accessKey string
	password  string // of a request to the registry
	sent      int    // bytes in its body
	host      string
	act       func() (values, error) // in place of a modelled operation
}

// errDropped closes the connection without an answer.
var errDropped = errors.New("the connection was dropped")

// perform records a request, lets faults and rules have it, and acts.
func (e *Emulator) perform(ctx context.Context, in *incoming) (values, error) {
	record, fault := e.begin(in)
	for _, hook := range e.settings.onCall {
		if !hook(in.Call, false) {
			return nil, e.finish(record, in, errDropped)
		}
	}
	if fault.Kind == Slow {
		if err := e.clock.Sleep(ctx, fault.Delay); err != nil {
			return nil, e.finish(record, in, errDropped)
		}
	}
	out, err := e.actUpon(in, fault)
	err = e.finish(record, in, err)
	for _, hook := range e.settings.onCall {
		if !hook(in.Call, true) {
			return nil, errDropped
		}
	}
	if fault.Kind == DropAfter {
		return nil, errDropped
	}
	return out, err
}

// begin numbers and records a request and finds the fault that meets it.
func (e *Emulator) begin(in *incoming) (*Call, Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recorder.count++
	in.Number, in.Time = e.recorder.count, e.clock.Now()
	if in.in != nil {
		in.Input = plain(in.in).(map[string]any)
	}
	record := in.Call
	e.recorder.calls = append(e.recorder.calls, &record)
	return &record, e.faults.next(in.Service, in.Operation, in.Time)
}

func (e *Emulator) finish(record *Call, in *incoming, err error) error {
	in.ErrorCode = errorCode(err)
	e.mu.Lock()
	defer e.mu.Unlock()
	record.ErrorCode, record.Acted = in.ErrorCode, in.Acted
	record.Principal, record.Needs, record.Missing = in.Principal, in.Needs, in.Missing
	return err
}

func errorCode(err error) string {
	var refused *apiError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Code
	case errors.Is(err, errDropped):
		return "ConnectionDropped"
	}
	return "EmulatorMistake"
}

// actUpon refuses or runs a request.
func (e *Emulator) actUpon(in *incoming, fault Fault) (values, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	if err := e.admit(in, fault); err != nil {
		return nil, err
	}
	if in.err != nil {
		return nil, in.err
	}
	key := ""
	if in.act == nil && isRead(in.Operation) {
		key = in.readKey()
		if old, ok := e.recorder.last[key]; ok && fault.Kind == StaleRead {
			return old, nil
		}
	}
	in.Acted = true
	if in.act != nil {
		return in.act()
	}
	c := &call{Emulator: e, region: e.region(in.Region), host: in.host, accessKey: in.accessKey}
	out, err := in.service.run(c, in.op, in.in)
	if key != "" && err == nil {
		if e.recorder.last == nil {
			e.recorder.last = map[string]values{}
		}
		e.recorder.last[key] = out
	}
	return out, err
}

// OnCall lets a hook watch every call, for tests that kill a process at one.
func OnCall(hook CallHook) Option {
	return func(e *Emulator) { e.settings.onCall = append(e.settings.onCall, hook) }
}

// Calls are the requests received since New or ForgetCalls, in their order.
func (e *Emulator) Calls() []Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Call, len(e.recorder.calls))
	for i, c := range e.recorder.calls {
		out[i] = *c
	}
	return out
}

// Count is how many calls asked for an operation; an empty name matches all.
func (e *Emulator) Count(service, operation string) int {
	n := 0
	for _, c := range e.Calls() {
		if (service == "" || c.Service == service) && (operation == "" || c.Operation == operation) {
			n++
		}
	}
	return n
}

// ForgetCalls empties the record; numbers go on.
func (e *Emulator) ForgetCalls() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recorder.calls = nil
}
