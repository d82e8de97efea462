package emulator

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Statement allows actions on resources, as a statement with the effect Allow
// does in a policy of IAM. Actions and resources may have the wildcards * and ?.
type Statement struct {
	Actions, Resources []string
	// Conditions must all hold: key, operator, value. StringEquals and
	// ArnLike are known; a key that a request does not have never holds.
	Conditions []Condition
}

// Condition is one condition of a Statement.
type Condition struct{ Operator, Key, Value string }

// Need is a permission that a request asks for: what a policy must allow.
type Need struct {
	Action, Resource string
	Context          map[string]string // condition keys, beside those that all requests have
	template         string            // which a launch needs it for
}

// SetPolicy lets a principal do what the statements allow and nothing else: an
// access key id, or the ARN of a role for the sessions that assumed it. Without
// a policy a principal may do everything; without statements, nothing. The
// emulator's own Call is nobody's request.
func (e *Emulator) SetPolicy(principal string, statements ...Statement) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.policies == nil {
		e.policies = map[string][]Statement{}
	}
	e.policies[principal] = slices.Clone(statements)
}

// principal is whose policy an access key's requests are judged by.
func (e *Emulator) principal(accessKey string) string {
	if s, ok := e.sessions[accessKey]; ok {
		return s.role
	}
	return accessKey
}

// judge finds what a request needs and its policy does not allow; nil when
// nothing is missing. The caller holds mu.
func (e *Emulator) judge(in *incoming) *Need {
	who := e.principal(in.accessKey)
	if in.Service == "registry" {
		who = e.tokens[in.password].principal
	}
	policy, judged := e.policies[who]
	if !judged || who == "" {
		return nil
	}
	in.Principal, in.Needs = who, e.needs(in)
	for _, n := range in.Needs {
		if !permits(policy, n) {
			in.Missing = n.Action
			return &n
		}
	}
	return nil
}

// may tells whether an access key's policy allows an action that no request
// asks for, but on which an answer depends.
func (e *Emulator) may(accessKey, action, resource string) bool {
	policy, judged := e.policies[e.principal(accessKey)]
	return !judged || permits(policy, Need{Action: action, Resource: resource})
}

func permits(policy []Statement, n Need) bool {
	return slices.ContainsFunc(policy, func(s Statement) bool { return s.Allows(n) })
}

// Allows tells whether the statement allows what a request needs.
func (s Statement) Allows(n Need) bool {
	return slices.ContainsFunc(s.Actions, func(a string) bool { return like(a, n.Action) }) &&
		slices.ContainsFunc(s.Resources, func(r string) bool { return like(r, n.Resource) }) &&
		!slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !c.holds(n) })
}

func (c Condition) holds(n Need) bool {
	value, there := n.Context[c.Key]
	switch c.Operator {
	case "StringEquals":
		return there && value == c.Value
	case "ArnLike":
		return there && like(c.Value, value)
	}
	return false
}

// like compares with a pattern of IAM, in which * crosses every separator.
func like(pattern, text string) bool {
	flat := strings.NewReplacer("/", "\x00", "[", "\x01", `\`, "\x02")
	ok, err := path.Match(flat.Replace(pattern), flat.Replace(text))
	return ok && err == nil
}

// forbidden words a refusal as the service does. What a service asks of
// another one for its caller is refused in the first one's words.
func (e *Emulator) forbidden(in *incoming, n *Need) *apiError {
	own := n.Action == e.needs(in)[0].Action
	switch {
	case own:
	case in.Service == "autoscaling":
		return &apiError{Code: "AccessDenied", Message: "You are not authorized to use launch template: " + n.template, Status: 403}
	case in.Service == "lambda" && strings.HasPrefix(n.Action, "s3:"):
		return &apiError{Code: "AccessDeniedException", Status: 403, Message: fmt.Sprintf("Your access has been denied by S3, please make sure your request credentials "+
			"have permission to GetObject for %s/%s. S3 Error Code: AccessDenied. S3 Error Message: Access Denied", in.in.str("S3Bucket"), in.in.str("S3Key"))}
	case in.Service == "lambda" && strings.HasPrefix(n.Action, "ecr:"):
		return &apiError{Code: "AccessDeniedException", Status: 403, Message: "Lambda does not have permission to access the ECR image. Check the ECR permissions."}
	}
	return denied(e.account, in.Service, n)
}
