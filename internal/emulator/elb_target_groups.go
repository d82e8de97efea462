package emulator

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// targetGroup is a target group with its targets.
type targetGroup struct {
	arn        string
	name       string
	created    values // as it was requested, to tell a repeated request
	settings   values // the members of its description that are stored
	attributes map[string]string
	targets    []*target // in the order of their registration
}

// healthCheckMembers are those that ModifyTargetGroup may change.
var healthCheckMembers = [...]string{
	"HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath", "HealthCheckEnabled", "HealthCheckIntervalSeconds",
	"HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher",
}

func (c *call) createTargetGroup(in values) (values, error) {
	if err := checkELBName("Target group", in.str("Name")); err != nil {
		return nil, err
	}
	elb := c.region.elb
	for _, arn := range sortedKeys(elb.targetGroups) {
		g := elb.targetGroups[arn]
		if g.name != in.str("Name") {
			continue
		}
		if reflect.DeepEqual(g.created, in) { // the operation is idempotent
			return values{"TargetGroups": []any{g.described(elb)}}, nil
		}
		return nil, refuse("DuplicateTargetGroupName", "A target group with the same name '%s' exists, but with different settings", g.name)
	}
	settings, err := c.targetGroupSettings(in)
	if err != nil {
		return nil, err
	}
	arn := c.elbARN("targetgroup", in.str("Name")+"/"+c.hex(16))
	g := &targetGroup{arn: arn, name: in.str("Name"), created: in, settings: settings, attributes: defaultAttributes()}
	elb.targetGroups[arn] = g
	elb.tag(arn, in)
	return values{"TargetGroups": []any{g.described(elb)}}, nil
}

// targetGroupSettings are the settings of a new target group with AWS's
// defaults.
func (c *call) targetGroupSettings(in values) (values, error) {
	targetType := in.str("TargetType")
	if targetType == "" {
		targetType = "instance"
	}
	protocol := in.str("Protocol")
	switch {
	case targetType == "lambda" || targetType == "alb":
		return nil, invalidELB("The target type %s is not supported by this emulator", targetType)
	case protocol == "":
		return nil, invalidELB("A protocol must be specified")
	case protocol == "GENEVE" || protocol == "QUIC" || protocol == "TCP_QUIC":
		return nil, invalidELB("The protocol %s is not supported by this emulator", protocol)
	case !in.has("Port"):
		return nil, invalidELB("A port must be specified")
	case !in.has("VpcId"):
		return nil, invalidELB("A VPC ID must be specified")
	case in.str("VpcId") != c.region.ec2.network.vpc:
		return nil, invalidELB("The VPC ID '%s' is not found", in.str("VpcId"))
	case in.has("TargetControlPort"):
		return nil, invalidELB("TargetControlPort is not supported by this emulator")
	}
	http := protocol == "HTTP" || protocol == "HTTPS"
	out := values{
		"Protocol": protocol, "Port": in["Port"], "VpcId": in["VpcId"], "TargetType": targetType, "IpAddressType": "ipv4",
		"HealthCheckProtocol": "TCP", "HealthCheckPort": "traffic-port", "HealthCheckEnabled": true,
		"HealthCheckIntervalSeconds": int64(30), "HealthCheckTimeoutSeconds": int64(10),
		"HealthyThresholdCount": int64(5), "UnhealthyThresholdCount": int64(2),
	}
	if http {
		out["ProtocolVersion"], out["HealthCheckProtocol"] = "HTTP1", "HTTP"
	}
	for _, member := range [...]string{"ProtocolVersion", "IpAddressType"} {
		if in.has(member) {
			out[member] = in[member]
		}
	}
	return applyHealthCheck(out, in, protocol == "HTTP")
}

// applyHealthCheck puts the health check that a request gives over settings.
func applyHealthCheck(settings, in values, shortTimeout bool) (values, error) {
	out := maps.Clone(settings)
	for _, member := range healthCheckMembers {
		if in.has(member) {
			out[member] = in[member]
		}
	}
	httpCheck := out.str("HealthCheckProtocol") == "HTTP" || out.str("HealthCheckProtocol") == "HTTPS"
	if httpCheck {
		if !out.has("HealthCheckPath") {
			out["HealthCheckPath"] = "/"
		}
		if !out.has("Matcher") {
			out["Matcher"] = values{"HttpCode": "200"}
		}
		// A short interval brings the default timeout down, as the timeout must be shorter.
		if shortTimeout && !in.has("HealthCheckTimeoutSeconds") {
			out["HealthCheckTimeoutSeconds"] = int64(6)
		}
	}
	if !in.has("HealthCheckTimeoutSeconds") && out.integer("HealthCheckTimeoutSeconds") >= out.integer("HealthCheckIntervalSeconds") {
		out["HealthCheckTimeoutSeconds"] = int64(max(2, out.integer("HealthCheckIntervalSeconds")-1))
	}
	switch {
	case !out.boolean("HealthCheckEnabled"):
		return nil, refuse("InvalidConfigurationRequest", "Health checks cannot be disabled for a target group with target type '%s'", out.str("TargetType"))
	case out.integer("HealthCheckTimeoutSeconds") >= out.integer("HealthCheckIntervalSeconds"):
		return nil, invalidELB("Health check timeout '%d' must be smaller than the interval '%d'",
			out.integer("HealthCheckTimeoutSeconds"), out.integer("HealthCheckIntervalSeconds"))
	case httpCheck && !validMatcher(out.sub("Matcher").str("HttpCode")):
		return nil, invalidELB("Health check matcher HTTP code '%s' must be within '200-599' inclusive", out.sub("Matcher").str("HttpCode"))
	}
	return out, nil
}

func (g *targetGroup) described(elb *elbState) values {
	out := maps.Clone(g.settings)
	out["TargetGroupArn"] = g.arn
	out["TargetGroupName"] = g.name
	out["LoadBalancerArns"] = listOf(elb.balancersOf(g.arn))
	return out
}

func (c *call) describeTargetGroups(in values) (values, error) {
	elb := c.region.elb
	var wanted []*targetGroup
	for _, arn := range sortedKeys(elb.targetGroups) {
		wanted = append(wanted, elb.targetGroups[arn])
	}
	arns, names := in.strings("TargetGroupArns"), in.strings("Names")
	for _, arn := range arns {
		if elb.targetGroups[arn] == nil {
			return nil, errTargetGroupNotFound()
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(wanted, func(g *targetGroup) bool { return g.name == name }) {
			return nil, errTargetGroupNotFound()
		}
	}
	balancer := in.str("LoadBalancerArn")
	if balancer != "" && elb.loadBalancers[balancer] == nil {
		return nil, errLoadBalancerNotFound(balancer)
	}
	rows := []any{}
	for _, g := range wanted {
		switch {
		case len(arns) > 0 && !slices.Contains(arns, g.arn):
		case len(names) > 0 && !slices.Contains(names, g.name):
		case balancer != "" && !slices.Contains(elb.balancersOf(g.arn), balancer):
		default:
			rows = append(rows, g.described(elb))
		}
	}
	return elbPage(in, "TargetGroups", rows)
}

func (c *call) targetGroup(in values) (*targetGroup, error) {
	g := c.region.elb.targetGroups[in.str("TargetGroupArn")]
	if g == nil {
		return nil, errTargetGroupNotFound()
	}
	return g, nil
}

func (c *call) modifyTargetGroup(in values) (values, error) {
	g, err := c.targetGroup(in)
	if err != nil {
		return nil, err
	}
	settings, err := applyHealthCheck(g.settings, in, false)
	if err != nil {
		return nil, err
	}
	g.settings = settings
	for _, t := range g.targets {
		t.stopChecks() // they begin again, by the new interval and thresholds
		c.region.watch(g, t)
	}
	return values{"TargetGroups": []any{g.described(c.region.elb)}}, nil
}

// deleteTargetGroup succeeds for one that does not exist: the operation
// declares no such error.
func (c *call) deleteTargetGroup(in values) (values, error) {
	elb, arn := c.region.elb, in.str("TargetGroupArn")
	g := elb.targetGroups[arn]
	if g == nil {
		return values{}, nil
	}
	if len(elb.balancersOf(arn)) > 0 {
		return nil, refuse("ResourceInUse", "Target group '%s' is currently in use by a listener or a rule", arn)
	}
	for _, t := range slices.Clone(g.targets) {
		elb.remove(g, t)
	}
	delete(elb.targetGroups, arn)
	delete(elb.tags, arn)
	return values{}, nil
}

// defaultAttributes are those that every target group shows.
func defaultAttributes() map[string]string {
	return map[string]string{
		"deregistration_delay.timeout_seconds":  "300",
		"stickiness.enabled":                    "false",
		"stickiness.type":                       "lb_cookie",
		"stickiness.lb_cookie.duration_seconds": "86400",
		"slow_start.duration_seconds":           "0",
		"load_balancing.algorithm.type":         "round_robin",
		"load_balancing.cross_zone.enabled":     "use_load_balancer_configuration",
	}
}

func (g *targetGroup) delay() time.Duration {
	n, _ := strconv.Atoi(g.attributes["deregistration_delay.timeout_seconds"]) // checked when it was set
	return time.Duration(n) * time.Second
}

func (g *targetGroup) describedAttributes() values {
	rows := []any{}
	for _, key := range sortedKeys(g.attributes) {
		rows = append(rows, values{"Key": key, "Value": g.attributes[key]})
	}
	return values{"Attributes": rows}
}

func (c *call) describeTargetGroupAttributes(in values) (values, error) {
	g, err := c.targetGroup(in)
	if err != nil {
		return nil, err
	}
	return g.describedAttributes(), nil
}

func (c *call) modifyTargetGroupAttributes(in values) (values, error) {
	g, err := c.targetGroup(in)
	if err != nil {
		return nil, err
	}
	next := maps.Clone(g.attributes)
	for _, a := range in.structs("Attributes") {
		key, value := a.str("Key"), a.str("Value")
		if _, known := next[key]; !known {
			return nil, invalidELB("Target group attribute key '%s' is not recognized", key)
		}
		if key == "deregistration_delay.timeout_seconds" {
			if n, err := strconv.Atoi(value); err != nil || n < 0 || n > 3600 {
				return nil, invalidELB("'%s' must be between '0' and '3600' inclusive", key)
			}
		}
		next[key] = value
	}
	g.attributes = next
	return g.describedAttributes(), nil
}
