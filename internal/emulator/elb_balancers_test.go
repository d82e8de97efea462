package emulator

import (
	"strings"
	"testing"
	"time"
)

func TestTargetGroupDefaults(t *testing.T) {
	d := driveELB(t, Switches{}, nil)
	in := values{"Name": "plain", "Protocol": "HTTP", "Port": 8080, "VpcId": d.vpc()}
	g := d.must("CreateTargetGroup", in).structs("TargetGroups")[0]
	for member, want := range map[string]any{
		"TargetType": "instance", "HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", "HealthCheckPort": "traffic-port",
		"HealthCheckIntervalSeconds": int64(30), "HealthCheckTimeoutSeconds": int64(6), "HealthyThresholdCount": int64(5),
		"UnhealthyThresholdCount": int64(2), "ProtocolVersion": "HTTP1",
	} {
		check(t, member, g[member], want)
	}
	check(t, "matcher", g.sub("Matcher").str("HttpCode"), "200")
	if !strings.HasPrefix(g.str("TargetGroupArn"), "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/plain/") {
		t.Error(g.str("TargetGroupArn"))
	}
	again := d.must("CreateTargetGroup", in).structs("TargetGroups")[0]
	check(t, "the same request", again.str("TargetGroupArn"), g.str("TargetGroupArn"))
	in["Port"] = 81
	d.refused("DuplicateTargetGroupName", "CreateTargetGroup", in)

	changed := d.must("ModifyTargetGroup", values{"TargetGroupArn": g["TargetGroupArn"], "HealthyThresholdCount": 2}).structs("TargetGroups")[0]
	check(t, "modified", changed["HealthyThresholdCount"], any(int64(2)))
	check(t, "not modified", changed["HealthCheckIntervalSeconds"], any(int64(30)))
	attributes := d.must("DescribeTargetGroupAttributes", values{"TargetGroupArn": g["TargetGroupArn"]}).structs("Attributes")
	check(t, "first attribute", attributes[0].str("Key")+"="+attributes[0].str("Value"), "deregistration_delay.timeout_seconds=300")
}

func TestLoadBalancingIsRefused(t *testing.T) {
	d := driveELB(t, Switches{}, nil)
	tcp := d.createGroup("tcp", values{"Protocol": "TCP"})
	group := func(change values) values {
		in := values{"Name": "x", "Protocol": "HTTP", "Port": 80, "VpcId": d.vpc()}
		for k, v := range change {
			if in[k] = v; v == nil {
				delete(in, k)
			}
		}
		return in
	}
	listener := func(action values) values {
		return values{"LoadBalancerArn": d.balancer, "Port": 90, "Protocol": "HTTP", "DefaultActions": []any{action}}
	}
	two := func(weight int) values {
		return values{"Type": "forward", "ForwardConfig": values{"TargetGroups": []any{values{"TargetGroupArn": d.group, "Weight": weight}}}}
	}
	second := d.must("CreateLoadBalancer", values{"Name": "second", "Subnets": d.subnets()}).structs("LoadBalancers")[0].str("LoadBalancerArn")
	for name, c := range map[string]struct {
		code, operation string
		in              values
	}{
		"long name":            {"ValidationError", "CreateTargetGroup", group(values{"Name": strings.Repeat("a", 33)})},
		"name with dots":       {"ValidationError", "CreateTargetGroup", group(values{"Name": "a.b"})},
		"name with a hyphen":   {"ValidationError", "CreateTargetGroup", group(values{"Name": "a-"})},
		"no VPC":               {"ValidationError", "CreateTargetGroup", group(values{"VpcId": nil})},
		"unknown VPC":          {"ValidationError", "CreateTargetGroup", group(values{"VpcId": "vpc-x"})},
		"no port":              {"ValidationError", "CreateTargetGroup", group(values{"Port": nil})},
		"timeout and interval": {"ValidationError", "CreateTargetGroup", group(values{"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5})},
		"interval":             {"ValidationError", "CreateTargetGroup", group(values{"HealthCheckIntervalSeconds": 4})},
		"matcher":              {"ValidationError", "CreateTargetGroup", group(values{"Matcher": values{"HttpCode": "2xx"}})},
		"checks off":           {"InvalidConfigurationRequest", "CreateTargetGroup", group(values{"HealthCheckEnabled": false})},
		"in use":               {"ResourceInUse", "DeleteTargetGroup", values{"TargetGroupArn": d.group}},
		"unknown group":        {"TargetGroupNotFound", "DescribeTargetGroups", values{"Names": []string{"none"}}},
		"unknown attribute":    {"ValidationError", "ModifyTargetGroupAttributes", values{"TargetGroupArn": d.group, "Attributes": []any{values{"Key": "a", "Value": "1"}}}},
		"delay": {"ValidationError", "ModifyTargetGroupAttributes", values{"TargetGroupArn": d.group,
			"Attributes": []any{values{"Key": "deregistration_delay.timeout_seconds", "Value": "3601"}}}},
		"no address":          {"ValidationError", "RegisterTargets", values{"TargetGroupArn": d.group, "Targets": []any{values{"Id": "web"}}}},
		"one subnet":          {"ValidationError", "CreateLoadBalancer", values{"Name": "y", "Subnets": d.subnets()[:1]}},
		"unknown subnet":      {"SubnetNotFound", "CreateLoadBalancer", values{"Name": "y", "Subnets": []string{"subnet-x", "subnet-y"}}},
		"balancer's name":     {"DuplicateLoadBalancerName", "CreateLoadBalancer", values{"Name": "front", "Subnets": d.subnets()[:2]}},
		"unknown balancer":    {"LoadBalancerNotFound", "DescribeLoadBalancers", values{"Names": []string{"none"}}},
		"port in use":         {"DuplicateListener", "CreateListener", values{"LoadBalancerArn": d.balancer, "Port": 80, "Protocol": "HTTP", "DefaultActions": []any{two(1)}}},
		"weight 1000":         {"ValidationError", "CreateListener", listener(two(1000))},
		"unknown forward":     {"TargetGroupNotFound", "CreateListener", listener(values{"Type": "forward", "TargetGroupArn": d.group + "x"})},
		"protocols":           {"IncompatibleProtocols", "CreateListener", listener(values{"Type": "forward", "TargetGroupArn": tcp})},
		"no certificate":      {"ValidationError", "CreateListener", values{"LoadBalancerArn": d.balancer, "Port": 443, "Protocol": "HTTPS", "DefaultActions": []any{two(1)}}},
		"two balancers":       {"TargetGroupAssociationLimit", "CreateListener", values{"LoadBalancerArn": second, "Port": 80, "Protocol": "HTTP", "DefaultActions": []any{two(1)}}},
		"unknown listener":    {"ListenerNotFound", "DeleteListener", values{"ListenerArn": "x"}},
		"listeners of nobody": {"ValidationError", "DescribeListeners", values{}},
		"tags of nothing":     {"TargetGroupNotFound", "DescribeTags", values{"ResourceArns": []string{d.group + "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			d.refused(c.code, c.operation, c.in)
		})
	}
}

func (d *balanced) subnets() (ids []string) {
	d.locked(func() {
		for _, s := range d.region(testRegion).ec2.network.subnets {
			ids = append(ids, s.id)
		}
	})
	return ids
}

func TestListenersAndBalancers(t *testing.T) {
	d := driveELB(t, Switches{}, nil)
	l := d.must("DescribeListeners", values{"LoadBalancerArn": d.balancer}).structs("Listeners")[0]
	action := l.structs("DefaultActions")[0]
	check(t, "group", action.str("TargetGroupArn"), d.group)
	check(t, "forward configuration", action.sub("ForwardConfig").structs("TargetGroups")[0]["Weight"], any(int64(1)))
	b := d.must("DescribeLoadBalancers", values{"Names": []string{"front"}}).structs("LoadBalancers")[0]
	check(t, "state", b.sub("State").str("Code"), "provisioning")
	d.pass(provisioningTime)
	b = d.must("DescribeLoadBalancers", values{"LoadBalancerArns": []string{d.balancer}}).structs("LoadBalancers")[0]
	check(t, "state later", b.sub("State").str("Code"), "active")
	check(t, "type", b.str("Type"), "application")
	g := d.must("DescribeTargetGroups", values{"LoadBalancerArn": d.balancer}).structs("TargetGroups")
	check(t, "groups of the balancer", len(g), 1)
	check(t, "balancers of the group", g[0].strings("LoadBalancerArns")[0], d.balancer)

	d.must("AddTags", values{"ResourceArns": []string{d.group, d.balancer}, "Tags": []any{values{"Key": "team", "Value": "web"}}})
	tags := d.must("DescribeTags", values{"ResourceArns": []string{d.balancer}}).structs("TagDescriptions")[0].structs("Tags")
	check(t, "tag", tags[0].str("Value"), "web")

	d.createGroup("a", nil)
	d.createGroup("b", nil)
	page := d.must("DescribeTargetGroups", values{"PageSize": 2})
	rest := d.must("DescribeTargetGroups", values{"PageSize": 2, "Marker": page["NextMarker"]})
	check(t, "pages", len(page.list("TargetGroups"))*10+len(rest.list("TargetGroups")), 21)
	d.must("DeleteLoadBalancer", values{"LoadBalancerArn": d.balancer})
	d.must("DeleteLoadBalancer", values{"LoadBalancerArn": d.balancer})
	d.refused("LoadBalancerNotFound", "DescribeListeners", values{"LoadBalancerArn": d.balancer})
	d.pass(time.Hour)
}
