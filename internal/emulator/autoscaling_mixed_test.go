package emulator

import (
	"testing"
	"time"
)

// mixed is a policy on a version with overrides.
func (f *fleet) mixed(version any, overrides ...values) values {
	return values{"LaunchTemplate": values{"LaunchTemplateSpecification": f.version(version), "Overrides": overrides}}
}

func TestMixedInstancesRefresh(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 4})
	f.must("UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": f.mixed(1, values{"InstanceType": "m5.large"}, values{"InstanceType": "m5a.large"})}))
	g := f.group()
	check(t, "no plain template any more", g.has("LaunchTemplate"), false)
	distribution := g.sub("MixedInstancesPolicy").sub("InstancesDistribution")
	check(t, "default of the distribution", distribution.integer("OnDemandPercentageAboveBaseCapacity"), 100)
	in := quick(nil)
	f.start(named(values{"Preferences": in, "DesiredConfiguration": values{"MixedInstancesPolicy": f.mixed(2, values{"InstanceType": "m5.large"})}}))
	f.until("Successful", time.Hour)
	check(t, "new instances", f.versions()[2], 4)
	check(t, "type", f.members()[0].str("InstanceType"), "m5.large")
	saved := f.group().sub("MixedInstancesPolicy").sub("LaunchTemplate")
	check(t, "saved version", saved.sub("LaunchTemplateSpecification").str("Version"), "2")
	check(t, "saved overrides", len(saved.structs("Overrides")), 1)
	f.start(named(values{
		"Preferences":          quick(values{"SkipMatching": true}),
		"DesiredConfiguration": values{"MixedInstancesPolicy": f.mixed(2, values{"InstanceType": "c5.large"}, values{"InstanceType": "m5.large"})},
	}))
	f.until("Successful", time.Minute)
}

// An override can bring its own template.
func TestOverrideWithItsOwnTemplate(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	f.must("UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": f.mixed(1, values{
		"InstanceType": "m6g.large", "LaunchTemplateSpecification": f.version(3),
	})}))
	f.start(named(values{"Preferences": quick(nil)}))
	f.until("Successful", time.Hour)
	check(t, "of the override's version", f.versions()[3], 2)
}

func TestPlainTemplateOnAMixedGroup(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		f := newFleet(t, fleetOptions{size: 2, switches: Switches{PlainTemplateReplacesPolicy: replaces}})
		f.must("UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": f.mixed(1, values{"InstanceType": "m5.large"})}))
		if !replaces {
			f.refused("ValidationError", "StartInstanceRefresh", f.to(2, nil))
			continue
		}
		f.start(f.to(2, quick(nil)))
		f.until("Successful", time.Hour)
		check(t, "policy", f.group().has("MixedInstancesPolicy"), false)
		check(t, "version", f.group().sub("LaunchTemplate").str("Version"), "2")
		check(t, "new instances", f.versions()[2], 2)
	}
}

func TestWeightedCapacity(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 0, max: 40})
	weighted := func(version int) values {
		return f.mixed(version, values{"InstanceType": "m5.xlarge", "WeightedCapacity": "4"})
	}
	f.must("UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": weighted(1), "DesiredCapacity": 10}))
	f.pass(time.Minute)
	check(t, "instances for 10 units", f.versions()[1], 3)
	check(t, "weight", f.members()[0].str("WeightedCapacity"), "4")
	for _, preferences := range []values{quick(nil), {"MinHealthyPercentage": 90}, {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 150}} {
		f.start(named(values{"Preferences": preferences, "DesiredConfiguration": values{"MixedInstancesPolicy": weighted(2)}}))
		f.until("Successful", time.Hour)
		check(t, "new instances", f.versions()[2], 3)
	}
	f.refused("ValidationError", "UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": f.mixed(1,
		values{"InstanceType": "m5.large", "WeightedCapacity": "1"}, values{"InstanceType": "m5.xlarge"})}))
	f.refused("ValidationError", "UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": f.mixed(1,
		values{"InstanceType": "m5.large", "WeightedCapacity": "1000"})}))
}

// Attribute-based selection makes a refresh with a desired configuration fail,
// without a roll-back.
func TestInstanceRequirements(t *testing.T) {
	f := newFleet(t, fleetOptions{size: 2})
	needs := values{"InstanceRequirements": values{"VCpuCount": values{"Min": 4}, "MemoryMiB": values{"Min": 16384}}}
	f.must("UpdateAutoScalingGroup", named(values{"MixedInstancesPolicy": f.mixed(1, needs)}))
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 0}))
	f.pass(time.Minute)
	f.must("SetDesiredCapacity", named(values{"DesiredCapacity": 2}))
	f.pass(time.Minute)
	check(t, "type chosen", f.members()[0].str("InstanceType"), "m5.xlarge")
	f.start(named(values{"DesiredConfiguration": values{"MixedInstancesPolicy": f.mixed(2, needs)}}))
	f.until("Failed", time.Minute)
	f.start(named(values{"Preferences": values{"SkipMatching": true}}))
	f.until("Failed", time.Minute)
	f.start(named(values{"Preferences": quick(nil)}))
	f.until("Successful", time.Hour)
}
