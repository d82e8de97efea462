package emulator

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// provisioningTime is how long a new load balancer takes to become active.
const provisioningTime = 2 * time.Minute

// loadBalancer is an application or network load balancer.
type loadBalancer struct {
	arn      string
	created  values // as it was requested, to tell a repeated request
	settings values
	active   bool
}

func (c *call) createLoadBalancer(in values) (values, error) {
	name := in.str("Name")
	if err := checkELBName("Load balancer", name); err != nil {
		return nil, err
	}
	elb := c.region.elb
	for _, arn := range sortedKeys(elb.loadBalancers) {
		b := elb.loadBalancers[arn]
		if b.settings.str("LoadBalancerName") != name {
			continue
		}
		if reflect.DeepEqual(b.created, in) { // the operation is idempotent
			return values{"LoadBalancers": []any{b.described()}}, nil
		}
		return nil, refuse("DuplicateLoadBalancerName", "A load balancer with the same name '%s' exists, but with different settings", name)
	}
	settings, err := c.balancerSettings(in)
	if err != nil {
		return nil, err
	}
	kind, id := "loadbalancer/app", c.hex(16)
	if settings.str("Type") == "network" {
		kind = "loadbalancer/net"
	}
	b := &loadBalancer{arn: c.elbARN(kind, name+"/"+id), created: in, settings: settings}
	settings["LoadBalancerName"], settings["CreatedTime"] = name, c.now
	settings["DNSName"] = name + "-" + id + "." + c.region.name + ".elb.amazonaws.com"
	elb.loadBalancers[b.arn] = b
	elb.tag(b.arn, in)
	c.after(provisioningTime, func() { b.active = true })
	return values{"LoadBalancers": []any{b.described()}}, nil
}

func (c *call) balancerSettings(in values) (values, error) {
	for _, member := range [...]string{"SubnetMappings", "CustomerOwnedIpv4Pool", "EnablePrefixForIpv6SourceNat", "IpamPools"} {
		if in.has(member) {
			return nil, invalidELB("%s is not supported by this emulator", member)
		}
	}
	network := c.region.ec2.network
	out := values{"Scheme": "internet-facing", "Type": "application", "IpAddressType": "ipv4", "VpcId": network.vpc}
	for _, member := range [...]string{"Scheme", "Type", "IpAddressType", "SecurityGroups"} {
		if in.has(member) {
			out[member] = in[member]
		}
	}
	if out.str("Type") == "gateway" {
		return nil, invalidELB("The load balancer type gateway is not supported by this emulator")
	}
	var zones []any
	for _, id := range in.strings("Subnets") {
		s := network.subnet(id)
		if s == nil {
			return nil, refuse("SubnetNotFound", "The subnet ID '%s' does not exist", id)
		}
		zones = append(zones, values{"SubnetId": id, "ZoneName": s.zone, "LoadBalancerAddresses": []any{}})
	}
	if out.str("Type") == "application" && len(zones) < 2 {
		return nil, invalidELB("At least two subnets in two different Availability Zones must be specified")
	}
	if len(zones) == 0 {
		return nil, invalidELB("At least one subnet must be specified")
	}
	for _, id := range in.strings("SecurityGroups") {
		if network.group(id) == nil {
			return nil, refuse("InvalidSecurityGroup", "Security group '%s' does not exist", id)
		}
	}
	out["AvailabilityZones"] = zones
	return out, nil
}

func (b *loadBalancer) described() values {
	out := maps.Clone(b.settings)
	out["LoadBalancerArn"] = b.arn
	out["State"] = values{"Code": "provisioning"}
	if b.active {
		out["State"] = values{"Code": "active"}
	}
	return out
}

func (c *call) describeLoadBalancers(in values) (values, error) {
	elb := c.region.elb
	arns, names := in.strings("LoadBalancerArns"), in.strings("Names")
	for _, arn := range arns {
		if elb.loadBalancers[arn] == nil {
			return nil, errLoadBalancerNotFound(arn)
		}
	}
	rows, found := []any{}, map[string]bool{}
	for _, arn := range sortedKeys(elb.loadBalancers) {
		b := elb.loadBalancers[arn]
		name := b.settings.str("LoadBalancerName")
		if len(arns) > 0 && !slices.Contains(arns, arn) || len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		found[name] = true
		rows = append(rows, b.described())
	}
	for _, name := range names {
		if !found[name] {
			return nil, errLoadBalancerNotFound(name)
		}
	}
	return elbPage(in, "LoadBalancers", rows)
}

// deleteLoadBalancer also deletes the listeners. It succeeds for a load
// balancer that does not exist.
func (c *call) deleteLoadBalancer(in values) (values, error) {
	elb, arn := c.region.elb, in.str("LoadBalancerArn")
	for _, name := range sortedKeys(elb.listeners) {
		if l := elb.listeners[name]; l != nil && l.balancer == arn {
			c.region.dropListener(l)
		}
	}
	delete(elb.loadBalancers, arn)
	delete(elb.tags, arn)
	return values{}, nil
}

// balancersOf are the load balancers whose listeners forward to the target
// group, with any weight: one of 0 counts.
func (s *elbState) balancersOf(targetGroupARN string) []string {
	var out []string
	for _, arn := range sortedKeys(s.listeners) {
		l := s.listeners[arn]
		if slices.Contains(l.groups(), targetGroupARN) && !slices.Contains(out, l.balancer) {
			out = append(out, l.balancer)
		}
	}
	return out
}

// listenerARN is a listener's by its load balancer's.
func listenerARN(balancer, id string) string {
	return strings.Replace(balancer, ":loadbalancer/", ":listener/", 1) + "/" + id
}
