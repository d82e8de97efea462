package emulator

import (
	"testing"
	"time"
)

func TestInstanceLife(t *testing.T) {
	d, id := templates(t)
	d.AddImage(testRegion, ami(1), "one")
	d.SetImageBehaviour(testRegion, ami(1), Behaviour{Boot: 30 * time.Second, Console: "ready"})
	out := d.must("RunInstances", values{
		"LaunchTemplate": values{"LaunchTemplateId": id, "Version": "1"}, "MinCount": 1, "MaxCount": 2, "InstanceType": "t3.small",
	})
	check(t, "instances", len(out.structs("Instances")), 2)
	first := out.structs("Instances")[0]
	name := first.str("InstanceId")
	check(t, "over the template", first.str("InstanceType"), "t3.small")
	check(t, "from the template", first.str("ImageId"), ami(1))
	check(t, "at first", first.sub("State").str("Name"), "pending")
	d.pass(15 * time.Second)
	describe := func() values {
		return d.must("DescribeInstances", values{"InstanceIds": []string{name}}).structs("Reservations")[0].structs("Instances")[0]
	}
	status := func() values {
		return d.must("DescribeInstanceStatus", values{"InstanceIds": []string{name}}).structs("InstanceStatuses")[0]
	}
	check(t, "then", describe().sub("State").str("Name"), "running")
	check(t, "checks", status().sub("InstanceStatus").str("Status"), "initializing")
	check(t, "no output yet", d.must("GetConsoleOutput", values{"InstanceId": name}).has("Output"), false)
	d.pass(20 * time.Second)
	check(t, "checks", status().sub("InstanceStatus").str("Status"), "ok")
	check(t, "output", d.must("GetConsoleOutput", values{"InstanceId": name}).str("Output"), "cmVhZHk=")
	subnet := d.must("DescribeSubnets", values{"SubnetIds": []string{describe().str("SubnetId")}}).structs("Subnets")[0]
	check(t, "addresses left", subnet.integer("AvailableIpAddressCount"), subnetSize-2)
	ended := d.must("TerminateInstances", values{"InstanceIds": []string{name}}).structs("TerminatingInstances")[0]
	check(t, "previous state", ended.sub("PreviousState").str("Name"), "running")
	check(t, "state", ended.sub("CurrentState").str("Name"), "shutting-down")
	d.pass(10 * time.Second)
	check(t, "at last", describe().sub("State").str("Name"), "terminated")
	d.pass(2 * time.Hour)
	d.refused("InvalidInstanceID.NotFound", "DescribeInstances", values{"InstanceIds": []string{name}})
	running := d.must("DescribeInstances", values{"Filters": []values{{"Name": "tag:b", "Values": []string{"2"}}}})
	check(t, "the other one, by a tag of the template", len(running.structs("Reservations")), 1)
}

func TestRunInstancesRefuses(t *testing.T) {
	d, id := templates(t)
	d.AddImage(testRegion, ami(1), "one")
	d.AddImage(testRegion, ami(2), "two")
	d.SetImageBehaviour(testRegion, ami(2), Behaviour{LaunchFails: "no capacity"})
	for name, test := range map[string]struct {
		code string
		in   values
	}{
		"no image":            {"MissingParameter", values{"ImageId": nil}},
		"an unknown image":    {"InvalidAMIID.NotFound", values{"ImageId": ami(9)}},
		"no image id":         {"InvalidAMIID.Malformed", values{"ImageId": "debian"}},
		"an unknown type":     {"InvalidParameterValue", values{"InstanceType": "t3.enormous"}},
		"an unknown subnet":   {"InvalidSubnetID.NotFound", values{"SubnetId": "subnet-0"}},
		"an unknown group":    {"InvalidGroup.NotFound", values{"SecurityGroupIds": []string{"sg-0"}}},
		"an unknown key":      {"InvalidKeyPair.NotFound", values{"KeyName": "none"}},
		"an unknown template": {"InvalidLaunchTemplateId.NotFound", values{"LaunchTemplate": values{"LaunchTemplateId": "lt-0"}}},
		"an unknown version":  {"InvalidLaunchTemplateId.VersionNotFound", values{"LaunchTemplate": values{"LaunchTemplateId": id, "Version": "9"}}},
		"no capacity":         {"InsufficientInstanceCapacity", values{"ImageId": ami(2)}},
		"a dry run":           {"DryRunOperation", values{"DryRun": true}},
	} {
		in := values{"ImageId": ami(1), "MinCount": 1, "MaxCount": 1}
		for k, v := range test.in {
			in[k] = v
		}
		t.Run(name, func(t *testing.T) {
			d.t = t
			d.refused(test.code, "RunInstances", in)
		})
	}
	d.t = t
	check(t, "nothing runs", len(d.must("DescribeInstances", values{}).structs("Reservations")), 0)
}

func TestImpairedInstance(t *testing.T) {
	for only, want := range map[bool]string{false: "impaired", true: "ok"} {
		d, _ := templates(t)
		d.AddImage(testRegion, ami(1), "one")
		d.SetImageBehaviour(testRegion, ami(1), Behaviour{Boot: time.Second, Unhealthy: true, ApplicationOnly: only, HealthReason: "[500]"})
		id := d.must("RunInstances", values{"ImageId": ami(1), "MinCount": 1, "MaxCount": 1}).structs("Instances")[0].str("InstanceId")
		d.pass(time.Minute)
		check(t, "status", d.must("DescribeInstanceStatus", values{}).structs("InstanceStatuses")[0].sub("InstanceStatus").str("Status"), want)
		d.locked(func() {
			serving, reason, description := d.region(testRegion).instanceHealth(id, "/")
			check(t, "serving", serving, false)
			check(t, "reason", reason, "Target.ResponseCodeMismatch")
			check(t, "description", description, "Health checks failed with these codes: [500]")
		})
	}
}

func TestImages(t *testing.T) {
	d := drive(t, "ec2", Switches{})
	in := values{
		"Name": "web-1", "Architecture": "x86_64", "RootDeviceName": "/dev/xvda",
		"TagSpecifications": []values{{"ResourceType": "image", "Tags": []values{{"Key": "app", "Value": "web"}}}},
	}
	id := d.must("RegisterImage", in).str("ImageId")
	d.refused("InvalidAMIName.Duplicate", "RegisterImage", in)
	one := d.must("DescribeImages", values{"Owners": []string{"self"}, "Filters": []values{{"Name": "name", "Values": []string{"web-*"}}}}).structs("Images")
	check(t, "found by name", len(one) == 1 && one[0].str("ImageId") == id, true)
	check(t, "state", one[0].str("State"), "available")
	check(t, "tag", one[0].structs("Tags")[0].str("Value"), "web")
	d.refused("InvalidAMIID.NotFound", "DescribeImages", values{"ImageIds": []string{ami(9)}})
	d.refused("InvalidAMIID.Malformed", "DescribeImages", values{"ImageIds": []string{"web"}})
	d.must("DeregisterImage", values{"ImageId": id})
	d.refused("InvalidAMIID.Unavailable", "DeregisterImage", values{"ImageId": id})
	check(t, "gone", len(d.must("DescribeImages", values{}).structs("Images")), 0)
	d.must("RegisterImage", in)
}
