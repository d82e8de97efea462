package emulator

import (
	"slices"
	"strconv"
	"strings"
)

// configuration is what a group launches instances from: a launch template
// specification, or a mixed instances policy with templates in it.
type configuration struct {
	template values
	policy   values
}

// choice is one way to launch an instance of a configuration.
type choice struct {
	template     *launchTemplate
	version      *templateVersion
	instanceType string // empty: the template's
	imageID      string // empty: the template's
	weight       int    // zero: the configuration has no weights
	spot         bool   // the distribution wants a Spot Instance
}

func (c choice) kind() string {
	return launchRequest{data: c.version.data, instanceType: c.instanceType}.kind()
}

func (c choice) image() string {
	return launchRequest{data: c.version.data, imageID: c.imageID}.image()
}

func (c choice) matches(m *member) bool {
	return m.templateID == c.template.id && m.version == c.version.number && m.instance.instanceType == c.kind() &&
		(c.imageID == "" || m.instance.imageID == c.imageID)
}

// configurationOf is the configuration that a request gives, as Auto Scaling
// keeps it: with the template's id and name, the version as it was given, and
// the policy's defaults.
func (s *autoscalingState) configurationOf(in values) (configuration, error) {
	var out configuration
	given := 0
	for _, member := range []string{"LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName", "InstanceId"} {
		if in.has(member) {
			given++
		}
	}
	if in.has("LaunchConfigurationName") || in.has("InstanceId") {
		return out, notSupported("a launch configuration")
	}
	if given != 1 {
		return out, invalid("Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.")
	}
	if spec := in.sub("LaunchTemplate"); spec != nil {
		kept, err := s.specification(spec)
		out.template = kept
		return out, err
	}
	policy := in.sub("MixedInstancesPolicy")
	base := policy.sub("LaunchTemplate")
	if base.sub("LaunchTemplateSpecification") == nil {
		return out, invalid("The mixed instances policy must contain a launch template specification.")
	}
	spec, err := s.specification(base.sub("LaunchTemplateSpecification"))
	if err != nil {
		return out, err
	}
	template := values{"LaunchTemplateSpecification": spec}
	if base.has("Overrides") {
		overrides, err := s.overrides(base.structs("Overrides"))
		if err != nil {
			return out, err
		}
		template["Overrides"] = overrides
	}
	out.policy = values{"LaunchTemplate": template, "InstancesDistribution": distribution(policy.sub("InstancesDistribution"))}
	return out, nil
}

// overrides checks the overrides of a policy: up to 40, all with weights or
// none, and each with an instance type or with requirements.
func (s *autoscalingState) overrides(in []values) ([]any, error) {
	if len(in) > 40 {
		return nil, invalid("Number of launch template overrides cannot exceed 40.")
	}
	var out []any
	weights := 0
	for _, o := range in {
		kept := values{}
		for k, v := range o {
			kept[k] = v
		}
		if o.has("InstanceType") && o.has("InstanceRequirements") {
			return nil, invalid("You cannot specify both InstanceType and InstanceRequirements in a launch template override.")
		}
		if w := o.str("WeightedCapacity"); w != "" {
			weights++
			if n, err := strconv.Atoi(w); err != nil || n < 1 || n > 999 {
				return nil, invalid("WeightedCapacity must be a number between 1 and 999, got '%s'.", w)
			}
		}
		if spec := o.sub("LaunchTemplateSpecification"); spec != nil {
			full, err := s.specification(spec)
			if err != nil {
				return nil, err
			}
			kept["LaunchTemplateSpecification"] = full
		}
		out = append(out, kept)
	}
	if weights != 0 && weights != len(in) {
		return nil, invalid("If you specify WeightedCapacity for one override, you must specify it for all overrides.")
	}
	return out, nil
}

// distribution is a policy's distribution with the API's defaults: a member
// that is not given is reset to its default.
func distribution(in values) values {
	out := values{
		"OnDemandAllocationStrategy":          "prioritized",
		"OnDemandBaseCapacity":                int64(0),
		"OnDemandPercentageAboveBaseCapacity": int64(100),
		"SpotAllocationStrategy":              "lowest-price",
	}
	for k, v := range in {
		out[k] = v
	}
	if out.str("SpotAllocationStrategy") == "lowest-price" && !out.has("SpotInstancePools") {
		out["SpotInstancePools"] = int64(2)
	}
	return out
}

// specification completes a launch template specification, which names a
// template by id or by name, with the other of the two.
func (s *autoscalingState) specification(in values) (values, error) {
	id, name := in.str("LaunchTemplateId"), in.str("LaunchTemplateName")
	if (id == "") == (name == "") {
		return nil, invalid("Valid requests must contain either launchTemplateId or LaunchTemplateName")
	}
	t, err := s.region.ec2.template(id, name)
	if err != nil {
		return nil, unusable(err)
	}
	if _, err := t.version(in.str("Version")); err != nil {
		return nil, unusable(err)
	}
	out := values{"LaunchTemplateId": t.id, "LaunchTemplateName": t.name}
	if in.has("Version") {
		out["Version"] = in.str("Version")
	}
	return out, nil
}

// unusable is how Auto Scaling passes on EC2's refusal of a launch template.
func unusable(err error) error {
	message := err.Error()
	if refusal, ok := err.(*apiError); ok {
		message = refusal.Message
	}
	return invalid("You must use a valid fully-formed launch template. %s", message)
}

// specifications are all the template specifications of a configuration.
func (c configuration) specifications() []values {
	if c.template != nil {
		return []values{c.template}
	}
	base := c.policy.sub("LaunchTemplate")
	out := []values{base.sub("LaunchTemplateSpecification")}
	for _, o := range base.structs("Overrides") {
		if spec := o.sub("LaunchTemplateSpecification"); spec != nil {
			out = append(out, spec)
		}
	}
	return out
}

// numbered reports whether all template versions are numbers: only then can a
// refresh be rolled back.
func (c configuration) numbered() bool {
	return !slices.ContainsFunc(c.specifications(), func(spec values) bool {
		return spec.str("Version") == "" || strings.HasPrefix(spec.str("Version"), "$")
	})
}

// byRequirements reports whether instance types are chosen by attributes.
func (c configuration) byRequirements() bool {
	return slices.ContainsFunc(c.policy.sub("LaunchTemplate").structs("Overrides"), func(o values) bool {
		return o.has("InstanceRequirements")
	})
}

// choices resolves a configuration to what can be launched now, best first.
func (s *autoscalingState) choices(c configuration) ([]choice, error) {
	base, err := s.choice(c.specifications()[0])
	if err != nil {
		return nil, err
	}
	overrides := c.policy.sub("LaunchTemplate").structs("Overrides")
	if len(overrides) == 0 {
		return []choice{base}, nil
	}
	var out []choice
	for _, o := range overrides {
		one := base
		if spec := o.sub("LaunchTemplateSpecification"); spec != nil {
			if one, err = s.choice(spec); err != nil {
				return nil, err
			}
		}
		one.instanceType, one.imageID = o.str("InstanceType"), o.str("ImageId")
		one.weight, _ = strconv.Atoi(o.str("WeightedCapacity"))
		if needs := o.sub("InstanceRequirements"); needs != nil {
			if one.instanceType = s.region.ec2.smallest(needs); one.instanceType == "" {
				return nil, invalid("No instance type matches the instance requirements.")
			}
		}
		out = append(out, one)
	}
	return out, nil
}

func (s *autoscalingState) choice(spec values) (choice, error) {
	t, err := s.region.ec2.template(spec.str("LaunchTemplateId"), spec.str("LaunchTemplateName"))
	if err != nil {
		return choice{}, err
	}
	v, err := t.version(spec.str("Version"))
	return choice{template: t, version: v}, err
}

// usable refuses a configuration whose templates EC2 would not launch.
func (s *autoscalingState) usable(c configuration) error {
	all, err := s.choices(c)
	if err != nil {
		return unusable(err)
	}
	for _, one := range all {
		l := launchRequest{data: one.version.data, instanceType: one.instanceType, imageID: one.imageID}
		l.subnet = s.region.ec2.network.defaultSubnet("")
		if err := s.region.ec2.checkParameters(l); err != nil {
			return unusable(err)
		}
	}
	return nil
}

// describe shows a configuration as the API does.
func (c configuration) describe() values {
	if c.template != nil {
		return values{"LaunchTemplate": c.template}
	}
	return values{"MixedInstancesPolicy": c.policy}
}
