package emulator

import (
	"maps"
	"slices"
)

func (c *call) runInstances(in values) (values, error) {
	s := c.region.ec2
	l, err := c.runRequest(in)
	if err != nil {
		return nil, err
	}
	if err := s.checkLaunch(l); err != nil {
		return nil, err
	}
	if in.integer("MinCount") < 1 || in.integer("MaxCount") < in.integer("MinCount") {
		return nil, refuse("InvalidParameterValue",
			"Value (%d) for parameter maxCount is invalid. The minimum count must be at least 1 and at most the maximum count.", in.integer("MaxCount"))
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	l.reservation = "r-" + c.hex(17)
	var out []values
	for range in.integer("MaxCount") {
		out = append(out, s.launch(l).describe(c.account))
	}
	return values{"ReservationId": l.reservation, "OwnerId": c.account, "Instances": out}, nil
}

// runRequest is a RunInstances request over the launch template that it names.
func (c *call) runRequest(in values) (launchRequest, error) {
	l := launchRequest{data: values{}}
	if spec := in.sub("LaunchTemplate"); spec != nil {
		t, err := c.requestedTemplate(spec)
		if err != nil {
			return l, err
		}
		v, err := t.version(spec.str("Version"))
		if err != nil {
			return l, err
		}
		l.template, l.templateVersion = t, v.number
		l.data = maps.Clone(v.data)
	}
	maps.Copy(l.data, in)
	l.tags = tagsFor(in, "instance")
	subnetID := in.str("SubnetId")
	if subnetID == "" {
		l.subnet = c.region.ec2.network.defaultSubnet(in.sub("Placement").str("AvailabilityZone"))
	} else if l.subnet = c.region.ec2.network.subnet(subnetID); l.subnet == nil {
		return l, refuse("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", subnetID)
	}
	return l, nil
}

// requestedInstances are the instances of a request: those named, else all.
func (c *call) requestedInstances(in values) ([]*instance, error) {
	s := c.region.ec2
	ids := in.strings("InstanceIds")
	if len(ids) == 0 {
		return s.launched, nil
	}
	var out []*instance
	for _, id := range ids {
		i, err := s.instance(id)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

func (s *ec2State) instance(id string) (*instance, error) {
	if i := s.instances[id]; i != nil {
		return i, nil
	}
	return nil, refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}

func (c *call) describeInstances(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	wanted, err := c.requestedInstances(in)
	if err != nil {
		return nil, err
	}
	if wanted, err = filter(wanted, in, instanceFields); err != nil {
		return nil, err
	}
	var out []values
	for _, i := range wanted {
		out = append(out, values{
			"ReservationId": i.reservation,
			"OwnerId":       c.account,
			"Instances":     []values{i.describe(c.account)},
		})
	}
	out, next, err := ec2Page(out, in, 5, 1000)
	if err != nil {
		return nil, err
	}
	return ec2Answer("Reservations", out, next), nil
}

func instanceFields(i *instance, name string) ([]string, bool) {
	switch name {
	case "instance-id":
		return []string{i.id}, true
	case "instance-state-name":
		return []string{i.state}, true
	case "image-id":
		return []string{i.imageID}, true
	case "instance-type":
		return []string{i.instanceType}, true
	case "subnet-id":
		return []string{i.subnet.id}, true
	case "vpc-id":
		return []string{i.subnet.vpc}, true
	case "availability-zone":
		return []string{i.subnet.zone}, true
	case "private-ip-address":
		return []string{i.address}, true
	}
	return tagFields(i.tags, name)
}

func (i *instance) describe(account string) values {
	v := values{
		"InstanceId":         i.id,
		"ImageId":            i.imageID,
		"InstanceType":       i.instanceType,
		"State":              values{"Name": i.state, "Code": stateCode(i.state)},
		"LaunchTime":         i.launched,
		"Placement":          values{"AvailabilityZone": i.subnet.zone, "Tenancy": "default"},
		"Architecture":       "x86_64",
		"AmiLaunchIndex":     0,
		"EbsOptimized":       i.data.boolean("EbsOptimized"),
		"Hypervisor":         "xen",
		"Monitoring":         values{"State": "disabled"},
		"RootDeviceName":     "/dev/xvda",
		"RootDeviceType":     "ebs",
		"VirtualizationType": "hvm",
		"Tags":               i.tags,
	}
	if key := i.data.str("KeyName"); key != "" {
		v["KeyName"] = key
	}
	if i.transitionReason != "" {
		v["StateTransitionReason"] = i.transitionReason
	}
	if i.state != "shutting-down" && i.state != "terminated" {
		v["SubnetId"], v["VpcId"], v["PrivateIpAddress"] = i.subnet.id, i.subnet.vpc, i.address
	}
	if i.state != "pending" && i.state != "running" {
		v["StateReason"] = values{
			"Code":    "Client.UserInitiatedShutdown",
			"Message": "Client.UserInitiatedShutdown: User initiated shutdown",
		}
	}
	return v
}

func (c *call) describeInstanceStatus(in values) (values, error) {
	if err := dryRun(in); err != nil {
		return nil, err
	}
	wanted, err := c.requestedInstances(in)
	if err != nil {
		return nil, err
	}
	if wanted, err = filter(wanted, in, instanceFields); err != nil {
		return nil, err
	}
	var out []values
	for _, i := range wanted {
		if i.state == "running" || in.boolean("IncludeAllInstances") {
			out = append(out, i.status())
		}
	}
	out, next, err := ec2Page(out, in, 5, 1000)
	if err != nil {
		return nil, err
	}
	return ec2Answer("InstanceStatuses", out, next), nil
}

func (i *instance) status() values {
	summary, reachability := "ok", "passed"
	switch {
	case i.state != "running":
		summary, reachability = "not-applicable", ""
	case i.impaired:
		summary, reachability = "impaired", "failed"
	case !i.booted:
		summary, reachability = "initializing", "initializing"
	}
	check := values{"Status": summary}
	if reachability != "" {
		check["Details"] = []values{{"Name": "reachability", "Status": reachability}}
	}
	return values{
		"InstanceId":       i.id,
		"AvailabilityZone": i.subnet.zone,
		"InstanceState":    values{"Name": i.state, "Code": stateCode(i.state)},
		"InstanceStatus":   check,
		"SystemStatus":     check,
	}
}

func (c *call) terminateInstances(in values) (values, error) {
	wanted, err := c.requestedInstances(in)
	if err != nil {
		return nil, err
	}
	if len(in.strings("InstanceIds")) == 0 {
		return nil, refuse("MissingParameter", "The request must contain the parameter InstanceIds")
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var out []values
	for _, i := range wanted {
		before := i.state
		c.region.ec2.terminate(i, "User initiated")
		out = append(out, values{
			"InstanceId":    i.id,
			"PreviousState": values{"Name": before, "Code": stateCode(before)},
			"CurrentState":  values{"Name": i.state, "Code": stateCode(i.state)},
		})
	}
	return values{"TerminatingInstances": out}, nil
}

func (c *call) getConsoleOutput(in values) (values, error) {
	i, err := c.region.ec2.instance(in.str("InstanceId"))
	if err != nil {
		return nil, err
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	out := values{"InstanceId": i.id, "Timestamp": c.now}
	if text := i.console(); text != "" {
		out["Output"] = text
	}
	return out, nil
}

// taggable finds the tags of whatever an id names.
func (s *ec2State) taggable(id string) *[]values {
	if i := s.instances[id]; i != nil {
		return &i.tags
	}
	if t := s.templates[id]; t != nil {
		return &t.tags
	}
	if i := s.images[id]; i != nil {
		return &i.tags
	}
	return nil
}

func (c *call) ec2CreateTags(in values) (values, error) {
	s := c.region.ec2
	for _, id := range in.strings("Resources") {
		if s.taggable(id) == nil {
			return nil, refuse("InvalidID", "The ID '%s' is not valid", id)
		}
	}
	for _, t := range in.structs("Tags") {
		if len(t.str("Key")) >= 4 && t.str("Key")[:4] == "aws:" {
			return nil, refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	for _, id := range in.strings("Resources") {
		tags := s.taggable(id)
		*tags = mergeTags(*tags, in.structs("Tags"))
	}
	return values{}, nil
}

func (c *call) ec2DescribeTags(in values) (values, error) {
	s := c.region.ec2
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var all []values
	add := func(id, kind string, tags []values) {
		for _, t := range tags {
			all = append(all, values{"ResourceId": id, "ResourceType": kind, "Key": t.str("Key"), "Value": t.str("Value")})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.images)) {
		add(id, "image", s.images[id].tags)
	}
	for _, t := range s.sortedTemplates() {
		add(t.id, "launch-template", t.tags)
	}
	for _, i := range s.launched {
		add(i.id, "instance", i.tags)
	}
	all, err := filter(all, in, func(v values, name string) ([]string, bool) {
		switch name {
		case "resource-id":
			return []string{v.str("ResourceId")}, true
		case "resource-type":
			return []string{v.str("ResourceType")}, true
		case "key":
			return []string{v.str("Key")}, true
		case "value":
			return []string{v.str("Value")}, true
		}
		return nil, false
	})
	if err != nil {
		return nil, err
	}
	all, next, err := ec2Page(all, in, 5, 1000)
	if err != nil {
		return nil, err
	}
	return ec2Answer("Tags", all, next), nil
}
