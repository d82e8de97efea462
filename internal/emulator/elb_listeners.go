package emulator

import (
	"maps"
	"slices"
)

// listener is a load balancer's port and what it does with requests.
type listener struct {
	arn      string
	balancer string
	settings values
	actions  []values // normalised: a forward names its groups in ForwardConfig
}

// groups are the target groups that the listener forwards to.
func (l *listener) groups() []string {
	var out []string
	for _, a := range l.actions {
		for _, g := range a.sub("ForwardConfig").structs("TargetGroups") {
			out = append(out, g.str("TargetGroupArn"))
		}
	}
	return out
}

func (c *call) createListener(in values) (values, error) {
	elb := c.region.elb
	b := elb.loadBalancers[in.str("LoadBalancerArn")]
	if b == nil {
		return nil, errLoadBalancerNotFound(in.str("LoadBalancerArn"))
	}
	protocol := in.str("Protocol")
	switch {
	case !in.has("Port"):
		return nil, invalidELB("A listener port must be specified")
	case protocol == "":
		return nil, invalidELB("A listener protocol must be specified")
	case in.has("MutualAuthentication"):
		return nil, invalidELB("MutualAuthentication is not supported by this emulator")
	case b.settings.str("Type") == "application" && protocol != "HTTP" && protocol != "HTTPS":
		return nil, refuse("UnsupportedProtocol", "The protocol '%s' is not supported by application load balancers", protocol)
	case (protocol == "HTTPS" || protocol == "TLS") && len(in.list("Certificates")) == 0:
		return nil, invalidELB("A certificate must be specified for %s listeners", protocol)
	}
	for _, arn := range sortedKeys(elb.listeners) {
		l := elb.listeners[arn]
		if l.balancer == b.arn && l.settings["Port"] == in["Port"] {
			return nil, refuse("DuplicateListener", "A listener already exists on this port for this load balancer '%s'", b.arn)
		}
	}
	l := &listener{arn: listenerARN(b.arn, c.hex(16)), balancer: b.arn, settings: values{}}
	for _, member := range [...]string{"Port", "Protocol", "Certificates", "SslPolicy", "AlpnPolicy"} {
		if in.has(member) {
			l.settings[member] = in[member]
		}
	}
	var err error
	if l.actions, err = c.readActions(b, protocol, in.structs("DefaultActions")); err != nil {
		return nil, err
	}
	elb.tag(l.arn, in)
	c.region.changeUse(l.groups(), func() { elb.listeners[l.arn] = l })
	return values{"Listeners": []any{l.described()}}, nil
}

// readActions checks actions and fills in what AWS fills in.
func (c *call) readActions(b *loadBalancer, protocol string, in []values) ([]values, error) {
	if len(in) == 0 {
		return nil, invalidELB("A listener must have a default action")
	}
	var out []values
	for _, a := range in {
		a = maps.Clone(a)
		switch kind := a.str("Type"); kind {
		case "forward":
			if err := c.readForward(b, protocol, a); err != nil {
				return nil, err
			}
		case "redirect", "fixed-response":
		default:
			return nil, invalidELB("Actions of type %s are not supported by this emulator", kind)
		}
		out = append(out, a)
	}
	return out, nil
}

// readForward completes a forward action: one target group alone and a
// forward configuration mean the same and are described together.
func (c *call) readForward(b *loadBalancer, protocol string, a values) error {
	config := maps.Clone(a.sub("ForwardConfig"))
	groups := config.structs("TargetGroups")
	single := a.str("TargetGroupArn")
	if len(groups) == 0 && single != "" {
		groups = []values{{"TargetGroupArn": single, "Weight": int64(1)}}
		config = values{}
	}
	switch {
	case len(groups) == 0:
		return invalidELB("A target group ARN must be specified")
	case len(groups) > 5:
		return refuse("TooManyUniqueTargetGroupsPerLoadBalancer", "An action can forward to at most 5 target groups")
	case single != "" && (len(groups) != 1 || groups[0].str("TargetGroupArn") != single):
		return refuse("InvalidLoadBalancerAction", "You cannot specify both a target group and a forward configuration with other target groups")
	}
	var rows []any
	for _, g := range groups {
		if err := c.checkForward(b, protocol, g); err != nil {
			return err
		}
		row := values{"TargetGroupArn": g["TargetGroupArn"], "Weight": int64(1)}
		if g.has("Weight") {
			row["Weight"] = g["Weight"]
		}
		rows = append(rows, row)
	}
	config["TargetGroups"] = rows
	if !config.has("TargetGroupStickinessConfig") {
		config["TargetGroupStickinessConfig"] = values{"Enabled": false}
	}
	sticky := config.sub("TargetGroupStickinessConfig")
	if n := sticky.integer("DurationSeconds"); sticky.boolean("Enabled") && (n < 1 || n > 604800) {
		return invalidELB("Target group stickiness duration must be between 1 and 604800 seconds")
	}
	a["ForwardConfig"] = config
	if len(rows) == 1 {
		a["TargetGroupArn"] = groups[0]["TargetGroupArn"]
	}
	return nil
}

func (c *call) checkForward(b *loadBalancer, protocol string, forward values) error {
	elb := c.region.elb
	g := elb.targetGroups[forward.str("TargetGroupArn")]
	if g == nil {
		return refuse("TargetGroupNotFound", "Target groups '[%s]' not found", forward.str("TargetGroupArn"))
	}
	if w := forward.integer("Weight"); w < 0 || w > 999 {
		return invalidELB("Weight '%d' of a target group must be between 0 and 999", w)
	}
	if g.usesHTTP() != (b.settings.str("Type") == "application") {
		return refuse("IncompatibleProtocols", "The listener protocol '%s' is not compatible with the target group protocol '%s'",
			protocol, g.settings.str("Protocol"))
	}
	for _, other := range elb.balancersOf(g.arn) {
		if other != b.arn {
			return refuse("TargetGroupAssociationLimit", "The following target groups cannot be associated with more than one load balancer: %s", g.arn)
		}
	}
	return nil
}

func (l *listener) described() values {
	out := maps.Clone(l.settings)
	out["ListenerArn"], out["LoadBalancerArn"] = l.arn, l.balancer
	out["DefaultActions"] = listOf(l.actions)
	return out
}

func (c *call) describeListeners(in values) (values, error) {
	elb := c.region.elb
	arns, balancer := in.strings("ListenerArns"), in.str("LoadBalancerArn")
	if balancer == "" && len(arns) == 0 {
		return nil, invalidELB("You must specify either listener ARNs or a load balancer ARN")
	}
	if balancer != "" && elb.loadBalancers[balancer] == nil {
		return nil, errLoadBalancerNotFound(balancer)
	}
	for _, arn := range arns {
		if elb.listeners[arn] == nil {
			return nil, errListenerNotFound()
		}
	}
	rows := []any{}
	for _, arn := range sortedKeys(elb.listeners) {
		l := elb.listeners[arn]
		if (balancer == "" || l.balancer == balancer) && (len(arns) == 0 || slices.Contains(arns, arn)) {
			rows = append(rows, l.described())
		}
	}
	return elbPage(in, "Listeners", rows)
}

func (c *call) deleteListener(in values) (values, error) {
	l := c.region.elb.listeners[in.str("ListenerArn")]
	if l == nil {
		return nil, errListenerNotFound()
	}
	c.region.dropListener(l)
	return values{}, nil
}

func (r *region) dropListener(l *listener) {
	r.changeUse(l.groups(), func() { delete(r.elb.listeners, l.arn) })
	delete(r.elb.tags, l.arn)
}

// changeUse changes what listeners do and begins, or ends, the health checks
// of the target groups that came into use or out of it by that.
func (r *region) changeUse(groups []string, change func()) {
	before := map[string]bool{}
	for _, arn := range groups {
		before[arn] = len(r.elb.balancersOf(arn)) > 0
	}
	change()
	for _, arn := range groups {
		if used := len(r.elb.balancersOf(arn)) > 0; used == before[arn] {
			continue
		}
		g := r.elb.targetGroups[arn]
		for _, t := range slices.Clone(g.targets) {
			if t.draining {
				r.elb.remove(g, t)
				continue
			}
			r.begin(g, t)
			r.targetChanged(g, t)
		}
	}
}
