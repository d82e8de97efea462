package emulator

import (
	"fmt"
	"testing"
	"time"
)

// fleet is a test's group, with a launch template whose versions 1 to 3 have
// images of their own.
type fleet struct {
	*driver
	template string
}

// fleetOptions is what a test's group is made with.
type fleetOptions struct {
	switches  Switches
	size, max int
	group     values // more members of the request
}

const fleetName = "web"

// ami is the image of a template version.
func ami(version int) string { return fmt.Sprintf("ami-%017d", version) }

func newFleet(t *testing.T, o fleetOptions) *fleet {
	t.Helper()
	f := &fleet{driver: drive(t, "autoscaling", o.switches)}
	for version := 1; version <= 3; version++ {
		f.AddImage(testRegion, ami(version), fmt.Sprint("image ", version))
	}
	made := f.ec2("CreateLaunchTemplate", values{
		"LaunchTemplateName": "web", "LaunchTemplateData": values{"ImageId": ami(1), "InstanceType": "t3.micro"},
	})
	f.template = made.sub("LaunchTemplate").str("LaunchTemplateId")
	for version := 2; version <= 3; version++ {
		f.ec2("CreateLaunchTemplateVersion", values{
			"LaunchTemplateId": f.template, "SourceVersion": "1", "LaunchTemplateData": values{"ImageId": ami(version)},
		})
	}
	in := values{
		"AutoScalingGroupName": fleetName, "MinSize": 0, "MaxSize": max(o.max, o.size), "DesiredCapacity": o.size,
		"AvailabilityZones": []string{testRegion + "a", testRegion + "b"},
	}
	if !o.group.has("MixedInstancesPolicy") {
		in["LaunchTemplate"] = f.version(1)
	}
	for k, v := range o.group {
		in[k] = v
	}
	f.must("CreateAutoScalingGroup", in)
	f.pass(time.Minute)
	f.ResetFloor(testRegion, fleetName)
	return f
}

// of drives another service of the same region.
func (f *fleet) of(service string) *driver {
	d := *f.driver
	d.service = service
	return &d
}

func (f *fleet) ec2(operation string, in values) values {
	f.t.Helper()
	return f.of("ec2").must(operation, in)
}

// alarm makes an alarm in that state.
func (f *fleet) alarm(name, state string) {
	f.t.Helper()
	cloudwatch := f.of("cloudwatch")
	cloudwatch.must("PutMetricAlarm", values{
		"AlarmName": name, "Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
		"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore",
	})
	cloudwatch.must("SetAlarmState", values{"AlarmName": name, "StateValue": state, "StateReason": "test"})
}

// behave sets what a version's instances do.
func (f *fleet) behave(version int, b Behaviour) { f.SetImageBehaviour(testRegion, ami(version), b) }

// version is the specification of a version of the fleet's template.
func (f *fleet) version(n any) values {
	return values{"LaunchTemplateId": f.template, "Version": fmt.Sprint(n)}
}

// named adds the group's name to a request.
func named(in values) values {
	out := values{"AutoScalingGroupName": fleetName}
	for k, v := range in {
		out[k] = v
	}
	return out
}

// to is a refresh to a version with preferences.
func (f *fleet) to(version any, preferences values) values {
	in := named(values{"DesiredConfiguration": values{"LaunchTemplate": f.version(version)}})
	if preferences != nil {
		in["Preferences"] = preferences
	}
	return in
}

func (f *fleet) start(in values) {
	f.t.Helper()
	f.must("StartInstanceRefresh", in)
}

// refresh describes the latest refresh.
func (f *fleet) refresh() values {
	f.t.Helper()
	all := f.must("DescribeInstanceRefreshes", named(nil)).structs("InstanceRefreshes")
	if len(all) == 0 {
		f.t.Fatal("no instance refresh")
	}
	return all[0]
}

// until lets time pass in small steps until the refresh has the status.
func (f *fleet) until(status string, most time.Duration) values {
	f.t.Helper()
	for spent := time.Duration(0); ; spent += 5 * time.Second {
		r := f.refresh()
		if r.str("Status") == status {
			return r
		}
		if spent > most {
			f.t.Fatalf("after %s the refresh is %v, want %s", most, r, status)
		}
		f.pass(5 * time.Second)
	}
}

// versions counts the live instances by template version.
func (f *fleet) versions() map[int64]int {
	out := map[int64]int{}
	for _, i := range f.Group(testRegion, fleetName).Instances {
		if i.Lifecycle != "Terminating" && i.Lifecycle != "Standby" {
			out[i.LaunchTemplateVersion]++
		}
	}
	return out
}

// members are the group's instances as the API describes them.
func (f *fleet) members() []values {
	f.t.Helper()
	return f.group().structs("Instances")
}

func (f *fleet) group() values {
	f.t.Helper()
	return f.must("DescribeAutoScalingGroups", values{"AutoScalingGroupNames": []string{fleetName}}).structs("AutoScalingGroups")[0]
}

// activities are the scaling activities, newest first.
func (f *fleet) activities() []values {
	f.t.Helper()
	return f.must("DescribeScalingActivities", named(nil)).structs("Activities")
}
