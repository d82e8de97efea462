package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// FaultKind is what goes wrong with a call.
type FaultKind int

// The kinds of faults. Refusals carry the service's own code.
const (
	noFault        FaultKind = iota
	Throttle                 // refused for its rate
	ServerError500           // an internal error, nothing done
	Unavailable503           // unavailable, nothing done
	DropBefore               // the connection closes, nothing done
	DropAfter                // done, then the connection closes
	StaleRead                // a read answers as it did before
	Slow                     // waits for Delay, then goes on
	Denied                   // the policy does not allow it
	ExpiredToken             // the session's token has expired
	Refused                  // refused with Code and Message
)

// Fault meets calls that match it.
type Fault struct {
	Service   string // empty matches every service
	Operation string // empty matches every operation
	After     int    // lets so many matching calls pass first
	Times     int    // how many it meets: 0 means one, -1 all
	// For, when set, takes the place of Times: the fault meets calls for so
	// long from the first that it meets.
	For     time.Duration
	Kind    FaultKind
	Delay   time.Duration // of Slow
	Code    string        // of Refused
	Message string        // of Refused
	Status  int           // of Refused; 0 means the model's

	until time.Time // when For is over; zero until the first call
}

type faults struct{ all []*Fault }

// Inject lets calls meet a fault, until it has met as many as it says.
func (e *Emulator) Inject(f Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	e.faults.all = append(e.faults.all, &f)
}

// Heal removes all faults.
func (e *Emulator) Heal() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults.all = nil
}

// next is the fault that meets a call: the first injected of those that match.
// All that match count the call.
func (f *faults) next(service, operation string, now time.Time) Fault {
	var met Fault
	for _, one := range f.all {
		if one.over(now) || one.Service != "" && one.Service != service || one.Operation != "" && one.Operation != operation {
			continue
		}
		if one.After > 0 {
			one.After--
			continue
		}
		if met.Kind != noFault {
			continue
		}
		met = *one
		one.meet(now)
	}
	return met
}

// over tells that the fault has met all that it may.
func (f *Fault) over(now time.Time) bool {
	if f.For > 0 {
		return !f.until.IsZero() && !now.Before(f.until)
	}
	return f.Times == 0
}

// meet counts a call that the fault met at now.
func (f *Fault) meet(now time.Time) {
	switch {
	case f.For > 0 && f.until.IsZero():
		f.until = now.Add(f.For)
	case f.For == 0 && f.Times > 0:
		f.Times--
	}
}

// admit refuses what must not reach the operation: wrong credentials, what
// the policy forbids, faults, too high a rate. The caller holds mu.
func (e *Emulator) admit(in *incoming, f Fault) error {
	if e.settings.accessKeys != nil && in.accessKey != "" && !e.settings.accessKeys[in.accessKey] {
		return badKey(in.Service)
	}
	if s, ok := e.sessions[in.accessKey]; ok && !e.now.Before(s.expires) {
		return expired(in.Service)
	}
	if e.settings.allow != nil && !e.settings.allow(in.Service, in.Operation) {
		return denied(e.account, in.Service, &Need{Action: in.Service + ":" + in.Operation})
	}
	if missing := e.judge(in); missing != nil {
		return e.forbidden(in, missing)
	}
	switch f.Kind {
	case Throttle:
		return throttled(in.Service)
	case ServerError500:
		return internalError(in.Service)
	case Unavailable503:
		return &apiError{Code: unavailableCode(in.Service), Message: "Service is unable to handle request.", Status: http.StatusServiceUnavailable}
	case DropBefore:
		return errDropped
	case Denied:
		return denied(e.account, in.Service, &Need{Action: in.Service + ":" + in.Operation})
	case ExpiredToken:
		return expired(in.Service)
	case Refused:
		return &apiError{Code: f.Code, Message: f.Message, Status: f.Status}
	}
	if !e.withinRate(in.Service, in.Operation) {
		return throttled(in.Service)
	}
	return nil
}

// family groups services by the codes that they share.
func family(service string) string {
	switch service {
	case "autoscaling", "elasticloadbalancing", "cloudwatch", "iam", "sts":
		return "query"
	case "ecr", "ecr-public", "ecs", "codedeploy", "logs":
		return "json"
	}
	return service
}

func throttled(service string) *apiError {
	switch family(service) {
	case "ec2":
		return &apiError{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503}
	case "lambda":
		return &apiError{Code: "TooManyRequestsException", Message: "Rate exceeded", Status: 429, Detail: values{"Reason": "CallerRateLimitExceeded"}}
	case "json":
		return &apiError{Code: "ThrottlingException", Message: "Rate exceeded", Status: 400}
	case "s3":
		return &apiError{Code: "SlowDown", Message: "Please reduce your request rate.", Status: 503}
	case "registry":
		return &apiError{Code: "TOOMANYREQUESTS", Message: "Rate exceeded", Status: 429}
	}
	return &apiError{Code: "Throttling", Message: "Rate exceeded", Status: 400}
}

func internalError(service string) *apiError {
	code := "InternalFailure"
	switch family(service) {
	case "ec2", "s3":
		code = "InternalError"
	case "lambda":
		code = "ServiceException"
	case "json":
		code = "ServerException"
	}
	return &apiError{Code: code, Message: "An internal error occurred.", Status: 500}
}

func unavailableCode(service string) string {
	if service == "ec2" {
		return "Unavailable"
	}
	return "ServiceUnavailable"
}

func badKey(service string) *apiError {
	switch family(service) {
	case "ec2":
		return &apiError{Code: "AuthFailure", Message: "AWS was not able to validate the provided access credentials", Status: 401}
	case "lambda":
		return &apiError{Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid.", Status: 403}
	case "json":
		return &apiError{Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid.", Status: 400}
	case "s3":
		return &apiError{Code: "InvalidAccessKeyId", Message: "The AWS Access Key Id you provided does not exist in our records.", Status: 403}
	}
	return &apiError{Code: "InvalidClientTokenId", Message: "The security token included in the request is invalid.", Status: 403}
}

func denied(account, service string, n *Need) *apiError {
	on := ""
	if n.Resource != "" && n.Resource != "*" {
		on = " on resource: " + n.Resource
	}
	text := fmt.Sprintf("User: arn:aws:iam::%s:user/%s is not authorized to perform: %s%s because no identity-based policy allows the %[3]s action",
		account, userName, n.Action, on)
	switch family(service) {
	case "ec2":
		return &apiError{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation. " + text, Status: 403}
	case "lambda":
		return &apiError{Code: "AccessDeniedException", Message: text, Status: 403}
	case "json":
		return &apiError{Code: "AccessDeniedException", Message: text, Status: 400}
	case "registry":
		return &apiError{Code: "DENIED", Message: text, Status: 403}
	}
	return &apiError{Code: "AccessDenied", Message: text, Status: 403}
}

func expired(service string) *apiError {
	const text = "The security token included in the request is expired"
	switch family(service) {
	case "ec2":
		return &apiError{Code: "RequestExpired", Message: "Request has expired.", Status: 400}
	case "lambda":
		return &apiError{Code: "ExpiredTokenException", Message: text, Status: 403}
	case "json":
		return &apiError{Code: "ExpiredTokenException", Message: text, Status: 400}
	case "s3":
		return &apiError{Code: "ExpiredToken", Message: "The provided token has expired.", Status: 400}
	}
	return &apiError{Code: "ExpiredToken", Message: text, Status: 403}
}

// isRead tells operations that only read, by the words AWS begins them with.
func isRead(operation string) bool {
	for _, word := range []string{"Describe", "Get", "List", "BatchGet"} {
		if strings.HasPrefix(operation, word) {
			return true
		}
	}
	return false
}

func (in *incoming) readKey() string {
	text, _ := json.Marshal(in.Input) // plain maps, lists and scalars
	return in.Region + " " + in.Service + " " + in.Operation + " " + string(text)
}
