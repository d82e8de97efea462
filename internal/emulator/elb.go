package emulator

import (
	"fmt"
	"strings"
	"time"
)

// elbState is one region's Elastic Load Balancing.
type elbState struct {
	region        *region
	targetGroups  map[string]*targetGroup // by ARN
	loadBalancers map[string]*loadBalancer
	listeners     map[string]*listener
	tags          map[string]map[string]string  // by the resource's ARN
	targets       map[string]map[*target]string // by the target's id; the value is its group's ARN
	answers       map[string]TargetAnswer
	watchers      []func(targetGroupARN, instanceID string)
}

func newELBState(r *region) *elbState {
	return &elbState{
		region:        r,
		targetGroups:  map[string]*targetGroup{},
		loadBalancers: map[string]*loadBalancer{},
		listeners:     map[string]*listener{},
		tags:          map[string]map[string]string{},
		targets:       map[string]map[*target]string{},
		answers:       map[string]TargetAnswer{},
	}
}

func elbOperations() map[string]operation {
	return map[string]operation{
		"CreateTargetGroup":             (*call).createTargetGroup,
		"DescribeTargetGroups":          (*call).describeTargetGroups,
		"DeleteTargetGroup":             (*call).deleteTargetGroup,
		"ModifyTargetGroup":             (*call).modifyTargetGroup,
		"ModifyTargetGroupAttributes":   (*call).modifyTargetGroupAttributes,
		"DescribeTargetGroupAttributes": (*call).describeTargetGroupAttributes,
		"RegisterTargets":               (*call).registerTargets,
		"DeregisterTargets":             (*call).deregisterTargets,
		"DescribeTargetHealth":          (*call).describeTargetHealth,
		"CreateLoadBalancer":            (*call).createLoadBalancer,
		"DescribeLoadBalancers":         (*call).describeLoadBalancers,
		"DeleteLoadBalancer":            (*call).deleteLoadBalancer,
		"CreateListener":                (*call).createListener,
		"DescribeListeners":             (*call).describeListeners,
		"DeleteListener":                (*call).deleteListener,
		"DescribeTags":                  (*call).describeELBTags,
		"AddTags":                       (*call).addELBTags,
	}
}

// elbARN names a resource: kind is targetgroup, loadbalancer/app, …
func (c *call) elbARN(kind, path string) string {
	return "arn:aws:elasticloadbalancing:" + c.region.name + ":" + c.account + ":" + kind + "/" + path
}

func invalidELB(format string, args ...any) error { return refuse("ValidationError", format, args...) }

// checkELBName applies the rules for names, which the model leaves out.
func checkELBName(kind, name string) error {
	switch {
	case len(name) > 32:
		return invalidELB("%s name '%s' cannot be longer than '32' characters", kind, name)
	case name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return invalidELB("%s name '%s' can only contain characters that are alphanumeric characters and hyphens(-)", kind, name)
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-"):
		return invalidELB("%s name '%s' cannot begin or end with a hyphen(-)", kind, name)
	}
	return nil
}

// elbPage cuts one page of PageSize rows, or of 400, out of rows.
func elbPage(in values, member string, rows []any) (values, error) {
	from, limit := 0, 400
	if in.has("PageSize") {
		limit = in.integer("PageSize")
	}
	if marker := in.str("Marker"); marker != "" {
		if _, err := fmt.Sscanf(marker, "row-%d", &from); err != nil || from > len(rows) {
			return nil, invalidELB("The marker '%s' is not valid", marker)
		}
	}
	to := min(from+limit, len(rows))
	out := values{member: append([]any{}, rows[from:to]...)}
	if to < len(rows) {
		out["NextMarker"] = fmt.Sprintf("row-%d", to)
	}
	return out, nil
}

func (c *call) describeELBTags(in values) (values, error) {
	rows := []any{}
	for _, arn := range in.strings("ResourceArns") {
		if err := c.region.elb.checkResource(arn); err != nil {
			return nil, err
		}
		tags := []any{}
		for _, key := range sortedKeys(c.region.elb.tags[arn]) {
			tags = append(tags, values{"Key": key, "Value": c.region.elb.tags[arn][key]})
		}
		row := values{"ResourceArn": arn, "Tags": tags}
		rows = append(rows, row)
	}
	return values{"TagDescriptions": rows}, nil
}

func (c *call) addELBTags(in values) (values, error) {
	for _, arn := range in.strings("ResourceArns") {
		if err := c.region.elb.checkResource(arn); err != nil {
			return nil, err
		}
	}
	for _, arn := range in.strings("ResourceArns") {
		c.region.elb.tag(arn, in)
	}
	return values{}, nil
}

// tag adds the request's Tags to a resource.
func (s *elbState) tag(arn string, in values) {
	for _, t := range in.structs("Tags") {
		if s.tags[arn] == nil {
			s.tags[arn] = map[string]string{}
		}
		s.tags[arn][t.str("Key")] = t.str("Value")
	}
}

// checkResource refuses an ARN that nothing has, with the code of its kind.
func (s *elbState) checkResource(arn string) error {
	switch {
	case strings.Contains(arn, ":targetgroup/"):
		if s.targetGroups[arn] == nil {
			return errTargetGroupNotFound()
		}
	case strings.Contains(arn, ":loadbalancer/"):
		if s.loadBalancers[arn] == nil {
			return errLoadBalancerNotFound(arn)
		}
	case strings.Contains(arn, ":listener/"):
		if s.listeners[arn] == nil {
			return errListenerNotFound()
		}
	default:
		return invalidELB("'%s' is not a valid resource ARN", arn)
	}
	return nil
}

func errTargetGroupNotFound() error {
	return refuse("TargetGroupNotFound", "One or more target groups not found")
}

func errLoadBalancerNotFound(arn string) error {
	return refuse("LoadBalancerNotFound", "Load balancers '[%s]' not found", arn)
}

func errListenerNotFound() error {
	return refuse("ListenerNotFound", "One or more listeners not found")
}

// TargetAnswer is what a target that is no emulated instance, such as an IP
// address, answers to health checks.
type TargetAnswer struct {
	Serving bool
	// Reason and Description are shown while it fails its checks, for example
	// "Target.ResponseCodeMismatch" and "Health checks failed with these codes: [503]".
	Reason, Description string
}

// SetTargetAnswer says what a target answers from now on. Until it is set, an
// IP address does not answer; an instance answers by its image's behaviour,
// which this overrides.
func (e *Emulator) SetTargetAnswer(region, targetID string, a TargetAnswer) {
	e.locked(func() {
		r := e.region(region)
		r.elb.answers[targetID] = a
		r.targetsChanged(targetID)
	})
}

// seconds reads a member that counts seconds.
func secondsOf(in values, member string) time.Duration {
	return time.Duration(in.integer(member)) * time.Second
}
