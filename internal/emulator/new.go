package emulator

import (
	"fmt"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Account is the account that the emulator serves unless an option says
// otherwise.
const Account = "123456789012"

// settings are what options set and nothing changes afterwards.
type settings struct {
	accessKeys     map[string]bool // nil: any key is accepted
	allow          func(service, operation string) bool
	rates          map[string]Rate
	registryHost   string
	registryOpen   bool
	registrySecret bool
	onCall         []CallHook
	runtime        Runtime // nil: behaviours say what runs
}

// An Option sets up an Emulator.
type Option func(*Emulator)

// WithAccount sets the account's number.
func WithAccount(number string) Option { return func(e *Emulator) { e.account = number } }

// WithSwitches chooses among behaviours that AWS's documentation leaves open.
func WithSwitches(s Switches) Option { return func(e *Emulator) { e.switches = s } }

// WithCredentials accepts only these access key ids. Each service refuses
// others with its own error. The default accepts any signed request;
// signatures are never computed.
func WithCredentials(accessKeyIDs ...string) Option {
	return func(e *Emulator) { e.settings.accessKeys = set(accessKeyIDs) }
}

// WithAllowedActions refuses what allow does not allow, as a policy would.
// The service is named as in policies: "cloudwatch", "DescribeAlarms".
func WithAllowedActions(allow func(service, operation string) bool) Option {
	return func(e *Emulator) { e.settings.allow = allow }
}

// New is an empty account whose time is c's.
func New(c clock.Clock, options ...Option) *Emulator {
	e := &Emulator{
		clock: c, account: Account, now: c.Now(),
		services: map[string]*service{}, regions: map[string]*region{}, buckets: map[string]*bucket{}, sessions: map[string]session{}, tokens: map[string]registryToken{}, profiles: map[string]*instanceProfile{},
	}
	for _, o := range options {
		o(e)
	}
	models, err := loadModels()
	if err != nil {
		panic("emulator: " + err.Error()) // the embedded tables are part of this package
	}
	for name, operations := range emulated() {
		e.services[name] = &service{name: name, model: models[name], operations: operations}
	}
	e.s3 = newS3Service(e)
	return e
}

// emulated lists each service's operations; each must be in the service's
// table, which a test checks.
func emulated() map[string]map[string]operation {
	return map[string]map[string]operation{
		"autoscaling":          autoscalingOperations(),
		"cloudwatch":           cloudwatchOperations(),
		"codedeploy":           codedeployOperations(),
		"ec2":                  ec2Operations(),
		"ecr":                  ecrOperations(),
		"ecr-public":           ecrPublicOperations(),
		"ecs":                  ecsOperations(),
		"elasticloadbalancing": elbOperations(),
		"iam":                  iamOperations(),
		"lambda":               lambdaOperations(),
		"logs":                 logsOperations(),
		"sts":                  stsOperations(),
	}
}

// service finds a service by the name that policies use, or by the names that
// credential scopes and the AWS CLI have for it.
func (e *Emulator) service(name string) *service {
	switch name {
	case "monitoring":
		name = "cloudwatch"
	case "elbv2":
		name = "elasticloadbalancing"
	}
	return e.services[name]
}

// region is the state of a region, which is made on first use: the
// account has been there for ever. The caller holds mu.
func (e *Emulator) region(name string) *region {
	r := e.regions[name]
	if r == nil {
		r = &region{emulator: e, name: name}
		e.regions[name] = r
		r.ec2 = newEC2State(r)
		r.elb = newELBState(r)
		r.cloudwatch = newCloudwatchState()
		r.autoscaling = newAutoScalingState(r)
		r.lambda = newLambdaState()
		if e.settings.runtime != nil {
			r.lambda.runner = processRunner{e, name}
		}
		r.ecr = newECRState(r)
		r.logs = map[string]*logGroup{}
		r.ecs = &ecsState{families: map[string][]*taskDefinition{}}
		r.codedeploy = newCodeDeployState()
	}
	return r
}

// Now is the emulator's time, with everything done that was due by then.
func (e *Emulator) Now() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	return e.now
}

// CallFunc makes one API call from inside the process.
type CallFunc func(region, service, operation string, in map[string]any) (map[string]any, error)

// Call runs an operation without HTTP, for tests and seeds: the same
// validation and the same refusals, but it is not recorded and meets no fault,
// rate or policy. Members have the names of the API's model; Go's numbers,
// strings, maps and slices are taken. Errors are *Refusal when AWS would have
// refused.
func (e *Emulator) Call(region, service, operation string, in map[string]any) (map[string]any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	return e.callLocked(region, service, operation, in)
}

// At lets an operator's hand act at a moment: fn runs on the timeline, before
// the first call that comes at or after t.
func (e *Emulator) At(t time.Time, fn func(call CallFunc)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	e.after(t.Sub(e.now), func() { fn(e.callLocked) })
}

func (e *Emulator) callLocked(region, service, operation string, in map[string]any) (map[string]any, error) {
	s := e.service(service)
	if s == nil {
		return nil, fmt.Errorf("no service %q is emulated", service)
	}
	op := s.model.Operations[operation]
	if op == nil || s.operations[operation] == nil {
		return nil, fmt.Errorf("%s %s is not emulated", service, operation)
	}
	read, err := goValues().structure(op.in, in, "")
	if err == nil {
		err = s.validate(op, read)
	}
	if err != nil {
		return nil, refusalOf(err)
	}
	c := &call{Emulator: e, region: e.region(region), host: e.settings.registryHost}
	out, err := s.run(c, op, read)
	if err != nil {
		return nil, refusalOf(err)
	}
	return plain(out).(map[string]any), nil
}

// Refusal is an error that AWS would have answered with.
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

func refusalOf(err error) error {
	if refused, ok := err.(*apiError); ok {
		return &Refusal{Code: refused.Code, Message: refused.Message}
	}
	return err
}
