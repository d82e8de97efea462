package emulator

import (
	"maps"
	"slices"
)

// instanceType is the size of a type of instance.
type instanceType struct{ cpus, memory int }

// knownTypes are the types that can be launched; memory in MiB.
func knownTypes() map[string]instanceType {
	return map[string]instanceType{
		"m1.small": {1, 1740},
		"t3.nano":  {2, 512}, "t3.micro": {2, 1024}, "t3.small": {2, 2048}, "t3.medium": {2, 4096}, "t3.large": {2, 8192},
		"t3a.micro": {2, 1024}, "t3a.small": {2, 2048}, "t3a.medium": {2, 4096},
		"t4g.micro": {2, 1024}, "t4g.small": {2, 2048}, "t4g.medium": {2, 4096},
		"t2.micro": {1, 1024}, "t2.small": {1, 2048},
		"m5.large": {2, 8192}, "m5.xlarge": {4, 16384}, "m5.2xlarge": {8, 32768}, "m5a.large": {2, 8192},
		"m6i.large": {2, 8192}, "m6i.xlarge": {4, 16384}, "m6g.large": {2, 8192}, "m7i.large": {2, 8192}, "m7g.large": {2, 8192},
		"c5.large": {2, 4096}, "c5.xlarge": {4, 8192}, "c6i.large": {2, 4096}, "c6i.xlarge": {4, 8192}, "c7i.large": {2, 4096},
		"r5.large": {2, 16384}, "r6i.large": {2, 16384},
	}
}

func (c *call) describeInstanceTypes(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	asked := in.strings("InstanceTypes")
	for _, name := range asked {
		if _, ok := c.region.ec2.types[name]; !ok {
			return nil, refuse("InvalidInstanceType", "The following supplied instance types do not exist: [%s]", name)
		}
	}
	var all []values
	for _, name := range slices.Sorted(maps.Keys(c.region.ec2.types)) {
		if len(asked) == 0 || slices.Contains(asked, name) {
			t := c.region.ec2.types[name]
			all = append(all, values{
				"InstanceType": name, "CurrentGeneration": name != "m1.small", "BareMetal": false, "Hypervisor": "nitro",
				"VCpuInfo": values{"DefaultVCpus": t.cpus}, "MemoryInfo": values{"SizeInMiB": t.memory},
				"SupportedUsageClasses": []string{"on-demand", "spot"}, "SupportedRootDeviceTypes": []string{"ebs"},
				"SupportedVirtualizationTypes": []string{"hvm"}, "InstanceStorageSupported": false,
			})
		}
	}
	all, err := filter(all, in, func(v values, name string) ([]string, bool) {
		if name == "instance-type" {
			return []string{v.str("InstanceType")}, true
		}
		return nil, false
	})
	if err != nil {
		return nil, err
	}
	all, next, err := ec2Page(all, in, 5, 100)
	if err != nil {
		return nil, err
	}
	return ec2Answer("InstanceTypes", all, next), nil
}

// smallest is the smallest type that meets instance requirements; the API
// demands the two minimums.
func (s *ec2State) smallest(needs values) string {
	cpus, memory := needs.sub("VCpuCount"), needs.sub("MemoryMiB")
	best := ""
	for _, name := range slices.Sorted(maps.Keys(s.types)) {
		t := s.types[name]
		if !within(t.cpus, cpus) || !within(t.memory, memory) {
			continue
		}
		if allowed := needs.strings("AllowedInstanceTypes"); len(allowed) > 0 &&
			!slices.ContainsFunc(allowed, func(p string) bool { return wildcard(p, name) }) {
			continue
		}
		if slices.ContainsFunc(needs.strings("ExcludedInstanceTypes"), func(p string) bool { return wildcard(p, name) }) {
			continue
		}
		if b := s.types[best]; best == "" || t.cpus < b.cpus || t.cpus == b.cpus && t.memory < b.memory {
			best = name
		}
	}
	return best
}

func within(n int, bounds values) bool {
	return n >= bounds.integer("Min") && (!bounds.has("Max") || n <= bounds.integer("Max"))
}
