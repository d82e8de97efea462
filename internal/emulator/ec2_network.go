package emulator

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// network is what a region has before anybody makes anything: a default VPC
// with a subnet in each of three zones, a security group and a key pair.
type network struct {
	vpc     string
	region  string
	subnets []*subnet
	groups  []securityGroup
	keys    []string
}

type subnet struct {
	id, vpc, zone, zoneID string
	prefix                string // first two numbers of its addresses
	block                 int    // third number of its first address
	used                  map[string]bool
	next                  int
	foreign               int // addresses that somebody else has
}

type securityGroup struct{ id, name, description string }

// addresses in a /20, less the five that EC2 keeps for itself.
const subnetSize = 4091

func newNetwork(region string) network {
	h := fnv.New32a()
	h.Write([]byte(region))
	id := fmt.Sprintf("%08x", h.Sum32())
	n := network{vpc: "vpc-" + id, region: region, keys: []string{"default"}}
	for i, letter := range []string{"a", "b", "c"} {
		n.subnets = append(n.subnets, &subnet{
			id:     fmt.Sprintf("subnet-%s%d", id, i+1),
			vpc:    n.vpc,
			zone:   region + letter,
			zoneID: fmt.Sprintf("%s-az%d", shortRegion(region), i+1),
			prefix: "172.31", block: 16 * i,
			used: map[string]bool{},
		})
	}
	n.groups = []securityGroup{{id: "sg-" + id, name: "default", description: "default VPC security group"}}
	return n
}

// shortRegion is the region's name in zone ids: us-east-1 is use1.
func shortRegion(region string) string {
	parts := strings.Split(region, "-")
	if len(parts) != 3 {
		return region
	}
	return parts[0] + parts[1][:1] + parts[2]
}

func (n network) subnet(id string) *subnet {
	if i := slices.IndexFunc(n.subnets, func(s *subnet) bool { return s.id == id }); i >= 0 {
		return n.subnets[i]
	}
	return nil
}

// defaultSubnet is the default subnet of a zone, or of the first zone.
func (n network) defaultSubnet(zone string) *subnet {
	for _, s := range n.subnets {
		if zone == "" || s.zone == zone {
			return s
		}
	}
	return nil
}

func (n network) group(id string) *securityGroup {
	if i := slices.IndexFunc(n.groups, func(g securityGroup) bool { return g.id == id }); i >= 0 {
		return &n.groups[i]
	}
	return nil
}

func (s *subnet) available() int { return subnetSize - s.foreign - len(s.used) }

// SetFreeAddresses leaves a subnet so many free addresses: others have taken
// the rest.
func (e *Emulator) SetFreeAddresses(region, subnetID string, free int) {
	e.locked(func() {
		if s := e.region(region).ec2.network.subnet(subnetID); s != nil {
			s.foreign = subnetSize - len(s.used) - free
		}
	})
}

// take reserves an address. Addresses come back after a round through the
// whole subnet, so that two instances seldom had the same one.
func (s *subnet) take() string {
	for {
		n := s.next%subnetSize + 4
		s.next++
		address := fmt.Sprintf("%s.%d.%d", s.prefix, s.block+n/256, n%256)
		if !s.used[address] {
			s.used[address] = true
			return address
		}
	}
}

func (s *subnet) release(address string) { delete(s.used, address) }

func (c *call) describeVpcs(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	n := c.region.ec2.network
	all := []values{{
		"VpcId": n.vpc, "CidrBlock": "172.31.0.0/16", "State": "available", "IsDefault": true,
		"InstanceTenancy": "default", "OwnerId": c.account, "DhcpOptionsId": "dopt-" + strings.TrimPrefix(n.vpc, "vpc-"),
	}}
	return c.describeNetwork(in, all, "Vpcs", "VpcId", "VpcIds", "InvalidVpcID.NotFound", map[string]string{
		"vpc-id": "VpcId", "cidr": "CidrBlock", "is-default": "IsDefault", "isDefault": "IsDefault", "state": "State",
	})
}

func (c *call) describeSubnets(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var all []values
	for _, s := range c.region.ec2.network.subnets {
		all = append(all, values{
			"SubnetId": s.id, "VpcId": s.vpc, "State": "available", "OwnerId": c.account,
			"CidrBlock":        fmt.Sprintf("%s.%d.0/20", s.prefix, s.block),
			"AvailabilityZone": s.zone, "AvailabilityZoneId": s.zoneID,
			"AvailableIpAddressCount": s.available(), "DefaultForAz": true, "MapPublicIpOnLaunch": true,
			"SubnetArn": fmt.Sprintf("arn:aws:ec2:%s:%s:subnet/%s", c.region.name, c.account, s.id),
		})
	}
	return c.describeNetwork(in, all, "Subnets", "SubnetId", "SubnetIds", "InvalidSubnetID.NotFound", map[string]string{
		"subnet-id": "SubnetId", "vpc-id": "VpcId", "availability-zone": "AvailabilityZone",
		"availabilityZone": "AvailabilityZone", "default-for-az": "DefaultForAz", "defaultForAz": "DefaultForAz", "state": "State",
	})
}

func (c *call) describeSecurityGroups(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var all []values
	for _, g := range c.region.ec2.network.groups {
		all = append(all, values{
			"GroupId": g.id, "GroupName": g.name, "Description": g.description,
			"VpcId": c.region.ec2.network.vpc, "OwnerId": c.account,
		})
	}
	return c.describeNetwork(in, all, "SecurityGroups", "GroupId", "GroupIds", "InvalidGroup.NotFound", map[string]string{
		"group-id": "GroupId", "group-name": "GroupName", "vpc-id": "VpcId", "description": "Description",
	})
}

func (c *call) describeKeyPairs(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var all []values
	for _, k := range c.region.ec2.network.keys {
		all = append(all, values{"KeyName": k, "KeyType": "ed25519"})
	}
	return c.describeNetwork(in, all, "KeyPairs", "KeyName", "KeyNames", "InvalidKeyPair.NotFound",
		map[string]string{"key-name": "KeyName"})
}

func (c *call) describeRegions(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	all := []values{{
		"RegionName": c.region.name, "Endpoint": "ec2." + c.region.name + ".amazonaws.com", "OptInStatus": "opt-in-not-required",
	}}
	return c.describeNetwork(in, all, "Regions", "RegionName", "RegionNames", "InvalidParameterValue",
		map[string]string{"region-name": "RegionName", "endpoint": "Endpoint", "opt-in-status": "OptInStatus"})
}

func (c *call) describeAvailabilityZones(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var all []values
	for _, s := range c.region.ec2.network.subnets {
		all = append(all, values{
			"ZoneName": s.zone, "ZoneId": s.zoneID, "State": "available", "RegionName": c.region.name,
			"ZoneType": "availability-zone", "OptInStatus": "opt-in-not-required", "GroupName": c.region.name,
		})
	}
	return c.describeNetwork(in, all, "AvailabilityZones", "ZoneName", "ZoneNames", "InvalidParameterValue",
		map[string]string{"zone-name": "ZoneName", "zone-id": "ZoneId", "state": "State", "region-name": "RegionName",
			"zone-type": "ZoneType", "opt-in-status": "OptInStatus", "group-name": "GroupName"})
}

// describeNetwork answers a description of things that EC2 lists by id.
func (c *call) describeNetwork(in values, all []values, list, id, ids, missing string, fields map[string]string) (values, error) {
	asked := in.strings(ids)
	for _, want := range asked {
		if !slices.ContainsFunc(all, func(v values) bool { return v.str(id) == want }) {
			return nil, refuse(missing, "The ID '%s' does not exist", want)
		}
	}
	if len(asked) > 0 {
		all = slices.DeleteFunc(all, func(v values) bool { return !slices.Contains(asked, v.str(id)) })
	}
	all, err := filter(all, in, func(v values, name string) ([]string, bool) {
		if member, ok := fields[name]; ok {
			return []string{fmt.Sprint(v[member])}, true
		}
		return tagFields(v.structs("Tags"), name)
	})
	if err != nil {
		return nil, err
	}
	all, next, err := ec2Page(all, in, 5, 1000)
	if err != nil {
		return nil, err
	}
	return ec2Answer(list, all, next), nil
}
