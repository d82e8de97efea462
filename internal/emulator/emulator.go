package emulator

import (
	"container/heap"
	"fmt"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Emulator is an AWS that runs in the process: an http.Handler that serves one
// account in any number of regions on one endpoint. Its state is a function of
// the calls received and the clock: nothing in it sleeps or runs beside them.
type Emulator struct {
	clock    clock.Clock
	account  string
	switches Switches
	services map[string]*service // by name: the prefix of its actions in policies
	settings settings

	mu       sync.Mutex // held while an operation or an event runs
	now      time.Time  // the time of the running operation or event
	timeline timeline
	sequence int // numbers events and identifiers
	requests int // numbers requests
	regions  map[string]*region
	recorder recorder
	faults   faults
	buckets  map[string]*bucket
	sessions map[string]session       // by access key
	tokens   map[string]registryToken // by password
	policies map[string][]Statement   // by principal
	profiles map[string]*instanceProfile
	s3       *s3Service
}

// service is one AWS service: its model and the operations that are emulated.
type service struct {
	name       string
	model      *model
	operations map[string]operation
}

// operation answers one API operation. The input was decoded and validated
// against the API's model; the output is encoded by it, and a member that the
// model lacks is a loud error. It runs with the emulator locked and its
// timeline advanced to now. Refusals are *apiError.
type operation func(c *call, in values) (values, error)

// call is one request under way.
type call struct {
	*Emulator
	region    *region
	host      string // what the client reached the emulator as: host:port
	accessKey string
}

// region is the state of one region. Each service keeps its own part.
type region struct {
	emulator *Emulator
	name     string

	ec2         *ec2State
	autoscaling *autoscalingState
	elb         *elbState
	lambda      *lambdaState
	cloudwatch  *cloudwatchState
	ecr         *ecrState
	logs        map[string]*logGroup
	ecs         *ecsState
	codedeploy  *codedeployState
}

// apiError is a refusal as AWS words it: Code is the error's code on the wire.
type apiError struct {
	Code    string
	Message string
	Status  int    // HTTP status; 0 means what the model says, else 400
	Detail  values // more members of the error, by their names in the model
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

// refuse builds a refusal.
func refuse(code, format string, args ...any) *apiError {
	return &apiError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// values holds the members of a structure by the names of the API's model:
// string, bool, int64, float64, []byte, time.Time, []any and values.
type values map[string]any

func (v values) has(name string) bool { _, ok := v[name]; return ok }

func (v values) str(name string) string { s, _ := v[name].(string); return s }

func (v values) integer(name string) int { n, _ := v[name].(int64); return int(n) }

func (v values) number(name string) float64 { n, _ := v[name].(float64); return n }

func (v values) boolean(name string) bool { b, _ := v[name].(bool); return b }

func (v values) list(name string) []any { l, _ := v[name].([]any); return l }

func (v values) sub(name string) values { s, _ := v[name].(values); return s }

// strings is a member that is a list of strings.
func (v values) strings(name string) []string {
	var out []string
	for _, item := range v.list(name) {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// structs is a member that is a list of structures.
func (v values) structs(name string) []values {
	var out []values
	for _, item := range v.list(name) {
		if s, ok := item.(values); ok {
			out = append(out, s)
		}
	}
	return out
}

// after schedules fn on the emulator's timeline. It runs, with the emulator
// locked and now set to its moment, before the first operation that comes at
// or after that moment; events of one moment run in the order of scheduling.
func (e *Emulator) after(d time.Duration, fn func()) {
	e.sequence++
	heap.Push(&e.timeline, event{at: e.now.Add(d), order: e.sequence, run: fn})
}

// advance runs all events due by t and sets now to t. The caller holds mu.
func (e *Emulator) advance(t time.Time) {
	for len(e.timeline) > 0 && !e.timeline[0].at.After(t) {
		ev := heap.Pop(&e.timeline).(event)
		if ev.at.After(e.now) {
			e.now = ev.at
		}
		ev.run()
	}
	if t.After(e.now) {
		e.now = t
	}
}

// hex makes identifiers: n hexadecimal digits, unique in this emulator and the
// same in every run that makes the same calls.
func (e *Emulator) hex(n int) string {
	e.sequence++
	return fmt.Sprintf("%0*x", n, e.sequence)
}

type event struct {
	at    time.Time
	order int
	run   func()
}

type timeline []event

func (t timeline) Len() int { return len(t) }
func (t timeline) Less(i, j int) bool {
	if t[i].at.Equal(t[j].at) {
		return t[i].order < t[j].order
	}
	return t[i].at.Before(t[j].at)
}
func (t timeline) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *timeline) Push(x any)   { *t = append(*t, x.(event)) }
func (t *timeline) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}
