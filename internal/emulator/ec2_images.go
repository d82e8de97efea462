package emulator

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// image is a machine image of the account.
type image struct {
	id, name, description string
	architecture          string
	state                 string
	created               time.Time
	mappings              []any
	rootDevice            string
	tags                  []values
}

func (c *call) registerImage(in values) (values, error) {
	s := c.region.ec2
	for _, i := range s.images {
		if i.name == in.str("Name") && i.state == "available" {
			return nil, refuse("InvalidAMIName.Duplicate",
				"AMI name %s is already in use by AMI %s", in.str("Name"), i.id)
		}
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	i := &image{
		id: "ami-" + c.hex(17), name: in.str("Name"), description: in.str("Description"),
		architecture: in.str("Architecture"), rootDevice: in.str("RootDeviceName"),
		mappings: in.list("BlockDeviceMappings"), state: "available", created: c.now,
		tags: tagsFor(in, "image"),
	}
	if i.architecture == "" {
		i.architecture = "i386" // the API's default
	}
	s.images[i.id] = i
	return values{"ImageId": i.id}, nil
}

// AddImage registers an image under an id of the caller's choice, for seeds
// whose configuration names it.
func (e *Emulator) AddImage(region, imageID, name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.region(region).ec2.images[imageID] = &image{
		id: imageID, name: name, architecture: "x86_64", rootDevice: "/dev/xvda",
		state: "available", created: e.now,
	}
}

func (c *call) describeImages(in values) (values, error) {
	s := c.region.ec2
	if err := dryRun(in); err != nil {
		return nil, err
	}
	ids := in.strings("ImageIds")
	for _, id := range ids {
		if !strings.HasPrefix(id, "ami-") {
			return nil, refuse("InvalidAMIID.Malformed", "Invalid id: \"%s\" (expecting \"ami-...\")", id)
		}
		if s.images[id] == nil || s.images[id].state != "available" {
			return nil, refuse("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", id)
		}
	}
	owners := in.strings("Owners")
	var wanted []*image
	for _, id := range slices.Sorted(maps.Keys(s.images)) {
		i := s.images[id]
		mine := len(owners) == 0 || slices.Contains(owners, "self") || slices.Contains(owners, c.account)
		if i.state == "available" && mine && (len(ids) == 0 || slices.Contains(ids, id)) {
			wanted = append(wanted, i)
		}
	}
	wanted, err := filter(wanted, in, func(i *image, name string) ([]string, bool) {
		switch name {
		case "name":
			return []string{i.name}, true
		case "image-id":
			return []string{i.id}, true
		case "state":
			return []string{i.state}, true
		case "architecture":
			return []string{i.architecture}, true
		case "owner-id":
			return []string{c.account}, true
		case "virtualization-type":
			return []string{"hvm"}, true
		case "root-device-type":
			return []string{"ebs"}, true
		}
		return tagFields(i.tags, name)
	})
	if err != nil {
		return nil, err
	}
	var out []values
	for _, i := range wanted {
		out = append(out, i.describe(c.account))
	}
	out, next, err := ec2Page(out, in, 1, 1000)
	if err != nil {
		return nil, err
	}
	return ec2Answer("Images", out, next), nil
}

func (i *image) describe(account string) values {
	v := values{
		"ImageId":            i.id,
		"Name":               i.name,
		"ImageLocation":      account + "/" + i.name,
		"State":              i.state,
		"OwnerId":            account,
		"CreationDate":       i.created.UTC().Format("2006-01-02T15:04:05.000Z"),
		"Public":             false,
		"Architecture":       i.architecture,
		"ImageType":          "machine",
		"Hypervisor":         "xen",
		"RootDeviceType":     "ebs",
		"VirtualizationType": "hvm",
	}
	if i.description != "" {
		v["Description"] = i.description
	}
	if i.rootDevice != "" {
		v["RootDeviceName"] = i.rootDevice
	}
	if len(i.mappings) > 0 {
		v["BlockDeviceMappings"] = i.mappings
	}
	if len(i.tags) > 0 {
		v["Tags"] = i.tags
	}
	return v
}

// parameterPrefix begins an image that a parameter of Systems Manager names.
const parameterPrefix = "resolve:ssm:"

// SetParameter sets a parameter of Systems Manager, which templates may name
// instead of an image.
func (e *Emulator) SetParameter(region, name, value string) {
	e.locked(func() { e.region(region).ec2.parameters[name] = value })
}

// resolve is the image that a launch uses now; a parameter that is not there
// stays what it is.
func (s *ec2State) resolve(imageID string) string {
	if name, ok := strings.CutPrefix(imageID, parameterPrefix); ok && s.parameters[name] != "" {
		return s.parameters[name]
	}
	return imageID
}

func (c *call) deregisterImage(in values) (values, error) {
	i := c.region.ec2.images[in.str("ImageId")]
	if i == nil {
		return nil, refuse("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", in.str("ImageId"))
	}
	if i.state != "available" {
		return nil, refuse("InvalidAMIID.Unavailable", "The image ID '%s' is no longer available", i.id)
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	i.state = "deregistered"
	return values{"Return": true}, nil
}
