package emulator

import (
	"encoding/base64"
	"fmt"
	"time"
)

// Runtime runs what an account was given, as processes of this machine: then
// what is healthy and what a function answers is true of the program that was
// released, and not of a flag. Package emulator/runtime is one.
type Runtime interface {
	// Launch begins to run the image that an instance's user data names, and
	// returns at once. It returns nil when the user data names none: such an
	// instance does what its Behaviour says.
	Launch(instanceID, userData string) Process
	// Invoke runs a function's code once. ran is false for code that it does
	// not run: such a function does what its FunctionBehaviour says.
	Invoke(f Function, payload []byte) (out Invocation, ran bool)
}

// Process is what runs on an instance.
type Process interface {
	// Answer is the latest HTTP status of a path; without one the error says
	// why. It never waits: it asks anew in the background.
	Answer(path string) (status int, err error)
	// Address is where the program serves, host:port; empty until it runs.
	Address() string
	// Output is the end of what it wrote.
	Output() string
	// Kill ends it, with all that it started.
	Kill()
}

// Function is a version of a Lambda function to run.
type Function struct {
	ARN, Name, Version, Region string
	Runtime, Handler           string
	CodeSHA256                 string
	Archive                    []byte // a .zip file; nil for an image
	Environment                map[string]string
	MemorySize                 int
	Timeout                    time.Duration
}

// Invocation is what came of running a function.
type Invocation struct {
	Body          []byte
	FunctionError string // "Unhandled", or empty
	Log           string
	Took          time.Duration
}

// WithRuntime makes instances and functions run as processes.
func WithRuntime(r Runtime) Option { return func(e *Emulator) { e.settings.runtime = r } }

// probeInterval is how often an instance's process is looked at. Load balancers
// count their own checks by what it answered last.
const probeInterval = 5 * time.Second

// begin starts what an instance runs.
func (s *ec2State) begin(i *instance) {
	r := s.region.emulator.settings.runtime
	if r == nil {
		return
	}
	userData, err := base64.StdEncoding.DecodeString(i.data.str("UserData"))
	if err != nil {
		return // EC2 takes any text; only base64 means something
	}
	if i.process = r.Launch(i.id, string(userData)); i.process != nil {
		s.probe(i)
	}
}

// probe looks at what an instance's process answers, now and from now on.
func (s *ec2State) probe(i *instance) {
	if i.state != "running" {
		return
	}
	registered := s.region.elb.registrations(i.id)
	i.serving = len(registered) > 0 || i.answers()
	for _, t := range registered {
		serving, _, _ := s.region.answer(t.group, t)
		i.serving = i.serving && serving
	}
	s.changed(i)
	s.region.emulator.after(probeInterval, func() { s.probe(i) })
}

// answers tells whether the process answers HTTP at all.
func (i *instance) answers() bool {
	_, err := i.process.Answer("/")
	return err == nil
}

// processHealth is what a process answered to a health check, in the load
// balancer's words.
func (i *instance) processHealth(path string) (serving bool, reason, description string) {
	status, err := i.process.Answer(path)
	timeout, slow := err.(interface{ Timeout() bool })
	switch {
	case err == nil: // the target group's matcher decides
		return false, "Target.ResponseCodeMismatch", fmt.Sprintf("Health checks failed with these codes: [%d]", status)
	case slow && timeout.Timeout():
		return false, "Target.Timeout", "Request timed out"
	}
	return false, "Target.FailedHealthChecks", "Health checks failed"
}

// processRunner runs functions' code by the runtime, with the emulator
// unlocked meanwhile: code may take its time, and call AWS.
type processRunner struct {
	emulator *Emulator
	region   string
}

func (r processRunner) run(v *functionVersion, payload []byte) invocation {
	f := v.runnable(r.region)
	e := r.emulator
	e.mu.Unlock()
	out, ran := e.settings.runtime.Invoke(f, payload)
	e.mu.Lock()
	if !ran {
		return behaviourRunner{}.run(v, payload)
	}
	return invocation{body: out.Body, functionError: out.FunctionError, log: out.Log, took: out.Took}
}

// runnable is a version as a runtime sees it.
func (v *functionVersion) runnable(region string) Function {
	environment := map[string]string{}
	for name, value := range v.config.sub("Environment").sub("Variables") {
		environment[name], _ = value.(string)
	}
	return Function{
		ARN: v.function.arn + ":" + v.number, Name: v.function.name, Version: v.number, Region: region,
		Runtime: v.config.str("Runtime"), Handler: v.config.str("Handler"),
		CodeSHA256: v.code.sha256, Archive: v.code.archive, Environment: environment,
		MemorySize: v.config.integer("MemorySize"), Timeout: secondsOf(v.config, "Timeout"),
	}
}
