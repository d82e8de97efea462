package emulator

import (
	"fmt"
	"time"
)

// FunctionBehaviour is what a function's code does when it is invoked.
type FunctionBehaviour struct {
	// Respond answers an invocation. functionError is empty, or "Unhandled"
	// or "Handled" as AWS reports it. It runs with the emulator locked and
	// must not call it. Nil echoes the payload.
	Respond func(payload []byte) (body []byte, functionError string)
	// Duration is what the Duration metric shows; 0 means one millisecond.
	// An invocation takes no time of the clock.
	Duration time.Duration
	// Log is what the code writes to its log; empty and failing, its error.
	Log string
	// Reports is what the code, run as a hook of a deployment, reports to
	// CodeDeploy: Succeeded, Failed, or nothing. ReportsAfter is how long it
	// takes.
	Reports      string
	ReportsAfter time.Duration
}

// SetFunctionBehaviour says what the code of a function does that the
// selector names: a version's number, $LATEST, or a CodeSha256, so that a
// behaviour can be set for code before it is published. The version's own
// behaviour comes before its code's.
func (e *Emulator) SetFunctionBehaviour(region, function, selector string, b FunctionBehaviour) {
	e.onFunction(region, function, func(f *lambdaFunction) { f.behaviours[selector] = b })
}

// SetFunctionTimes sets how long Lambda takes in a region.
func (e *Emulator) SetFunctionTimes(region string, times FunctionTimes) {
	e.locked(func() { e.region(region).lambda.times = times })
}

// SeedEventSourceMappings sets what ListEventSourceMappings lists for a
// function. Mappings are only listed: they invoke nothing.
func (e *Emulator) SeedEventSourceMappings(region, function string, mappings ...map[string]any) {
	e.onFunction(region, function, func(f *lambdaFunction) {
		f.mappings = nil
		for _, m := range mappings {
			f.mappings = append(f.mappings, values(m))
		}
	})
}

// onFunction runs fn on a function, which must exist: controls are set by the
// test or demo that created it.
func (e *Emulator) onFunction(region, function string, fn func(*lambdaFunction)) {
	e.locked(func() {
		f := e.region(region).lambda.functions[function]
		if f == nil {
			panic(fmt.Sprintf("emulator: no function %s in %s", function, region))
		}
		fn(f)
	})
}

// functionRunner runs a function's code.
type functionRunner interface {
	run(v *functionVersion, payload []byte) invocation
}

// invocation is the outcome of one.
type invocation struct {
	body          []byte
	functionError string
	log           string
	took          time.Duration
}

// behaviourRunner runs no code: a function does what its behaviour says.
type behaviourRunner struct{}

func (behaviourRunner) run(v *functionVersion, payload []byte) invocation {
	b := v.behaviour()
	out := invocation{body: payload, took: b.Duration}
	if len(payload) == 0 {
		out.body = []byte("null")
	}
	if b.Respond != nil {
		out.body, out.functionError = b.Respond(payload)
	}
	if out.took == 0 {
		out.took = time.Millisecond
	}
	if out.functionError != "" && b.Log == "" {
		b.Log = "[ERROR] " + string(out.body) // as Lambda's own runtimes do
	}
	ms := float64(out.took.Microseconds()) / 1000
	out.log = fmt.Sprintf("START Version: %s\n%sEND\nREPORT Duration: %.2f ms\tMemory Size: %d MB\t\n",
		v.number, line(b.Log), ms, v.config.integer("MemorySize"))
	return out
}

// behaviour is the version's own, else its code's.
func (v *functionVersion) behaviour() FunctionBehaviour {
	if b, set := v.function.behaviours[v.number]; set {
		return b
	}
	return v.function.behaviours[v.code.sha256]
}

func line(text string) string {
	if text == "" {
		return ""
	}
	return text + "\n"
}
