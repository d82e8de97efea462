package emulator

import (
	"strings"
	"time"
)

// instanceProfile is one of the account's, the same in every region.
type instanceProfile struct {
	name, path, id string
	created        time.Time
	tags           []values
}

// iamOperations are those of instance profiles: roles are not kept.
func iamOperations() map[string]operation {
	return map[string]operation{
		"CreateInstanceProfile": (*call).createInstanceProfile,
		"GetInstanceProfile":    (*call).getInstanceProfile,
		"DeleteInstanceProfile": (*call).deleteInstanceProfile,
	}
}

func (c *call) createInstanceProfile(in values) (values, error) {
	name := in.str("InstanceProfileName")
	for known := range c.profiles {
		if strings.EqualFold(known, name) { // names are unique whatever their case
			return nil, refuse("EntityAlreadyExists", "Instance Profile %s already exists.", name)
		}
	}
	path := in.str("Path")
	if path == "" {
		path = "/"
	}
	p := &instanceProfile{name: name, path: path, id: "AIPA" + strings.ToUpper(c.hex(17)), created: c.now, tags: in.structs("Tags")}
	c.profiles[name] = p
	return values{"InstanceProfile": c.describeProfile(p)}, nil
}

func (c *call) getInstanceProfile(in values) (values, error) {
	p := c.profiles[in.str("InstanceProfileName")]
	if p == nil {
		return nil, noProfile(in)
	}
	return values{"InstanceProfile": c.describeProfile(p)}, nil
}

func (c *call) deleteInstanceProfile(in values) (values, error) {
	if c.profiles[in.str("InstanceProfileName")] == nil {
		return nil, noProfile(in)
	}
	delete(c.profiles, in.str("InstanceProfileName"))
	return values{}, nil
}

func noProfile(in values) error {
	return refuse("NoSuchEntity", "Instance Profile %s cannot be found.", in.str("InstanceProfileName"))
}

func (c *call) describeProfile(p *instanceProfile) values {
	v := values{
		"InstanceProfileName": p.name, "Path": p.path, "InstanceProfileId": p.id, "CreateDate": p.created,
		"Arn": "arn:aws:iam::" + c.account + ":instance-profile" + p.path + p.name, "Roles": []values{},
	}
	if len(p.tags) > 0 {
		v["Tags"] = p.tags
	}
	return v
}

// checkProfile refuses a launch with an instance profile that is not there.
func (s *ec2State) checkProfile(data values) error {
	profile := data.sub("IamInstanceProfile")
	name, arn := profile.str("Name"), profile.str("Arn")
	if arn != "" {
		name = arn[strings.LastIndex(arn, "/")+1:]
	}
	switch {
	case name == "" || s.region.emulator.profiles[name] != nil:
		return nil
	case arn != "":
		return refuse("InvalidParameterValue", "Value (%s) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN", arn)
	}
	return refuse("InvalidParameterValue", "Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", name)
}
