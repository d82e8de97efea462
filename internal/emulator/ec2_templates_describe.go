package emulator

import (
	"cmp"
	"slices"
	"strconv"
)

// sortedTemplates are the region's templates in the order of their ids.
func (s *ec2State) sortedTemplates() []*launchTemplate {
	var all []*launchTemplate
	for _, t := range s.templates {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *launchTemplate) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (c *call) describeLaunchTemplates(in values) (values, error) {
	s := c.region.ec2
	if err := dryRun(in); err != nil {
		return nil, err
	}
	ids, names := in.strings("LaunchTemplateIds"), in.strings("LaunchTemplateNames")
	for _, id := range ids {
		if _, err := s.template(id, ""); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if _, err := s.template("", name); err != nil {
			return nil, err
		}
	}
	wanted := s.sortedTemplates()
	if len(ids)+len(names) > 0 {
		wanted = slices.DeleteFunc(wanted, func(t *launchTemplate) bool {
			return !slices.Contains(ids, t.id) && !slices.Contains(names, t.name)
		})
	}
	wanted, err := filter(wanted, in, func(t *launchTemplate, name string) ([]string, bool) {
		if name == "launch-template-name" {
			return []string{t.name}, true
		}
		return tagFields(t.tags, name)
	})
	if err != nil {
		return nil, err
	}
	var out []values
	for _, t := range wanted {
		out = append(out, t.describe())
	}
	out, next, err := ec2Page(out, in, 1, 200)
	if err != nil {
		return nil, err
	}
	return ec2Answer("LaunchTemplates", out, next), nil
}

func (c *call) describeLaunchTemplateVersions(in values) (values, error) {
	s := c.region.ec2
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var out []values
	if in.str("LaunchTemplateId") == "" && in.str("LaunchTemplateName") == "" {
		all, err := s.everyTemplatesVersions(in)
		if err != nil {
			return nil, err
		}
		out = all
	} else {
		t, err := c.requestedTemplate(in)
		if err != nil {
			return nil, err
		}
		wanted, err := t.requestedVersions(in)
		if err != nil {
			return nil, err
		}
		for _, v := range wanted {
			out = append(out, t.describeVersion(v))
		}
	}
	out, err := filter(out, in, versionFields)
	if err != nil {
		return nil, err
	}
	out, next, err := ec2Page(out, in, 1, 200)
	if err != nil {
		return nil, err
	}
	return ec2Answer("LaunchTemplateVersions", out, next), nil
}

// everyTemplatesVersions are the latest or the default versions of all
// templates: what EC2 describes when no template is named.
func (s *ec2State) everyTemplatesVersions(in values) ([]values, error) {
	asked := in.strings("Versions")
	if len(asked) == 0 {
		return nil, refuse("MissingParameter",
			"When no launch template ID or name is specified, you must specify $Latest, $Default, or both as the version.")
	}
	var out []values
	for _, t := range s.sortedTemplates() {
		var seen []int64
		for _, text := range asked {
			if text != "$Latest" && text != "$Default" {
				return nil, refuse("InvalidParameterValue",
					"The version '%s' is not valid when no launch template is specified: use $Latest or $Default.", text)
			}
			v, err := t.version(text)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(seen, v.number) {
				seen = append(seen, v.number)
				out = append(out, t.describeVersion(v))
			}
		}
	}
	return out, nil
}

// requestedVersions are the named versions, or a range, or all, newest first.
func (t *launchTemplate) requestedVersions(in values) ([]*templateVersion, error) {
	if asked := in.strings("Versions"); len(asked) > 0 {
		if in.has("MinVersion") || in.has("MaxVersion") {
			return nil, refuse("InvalidParameterCombination",
				"You cannot specify both a list of versions and a range of versions.")
		}
		var out []*templateVersion
		for _, text := range asked {
			v, err := t.version(text)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		return out, nil
	}
	least, most := int64(0), t.latest
	for _, bound := range []struct {
		member string
		value  *int64
	}{{"MinVersion", &least}, {"MaxVersion", &most}} {
		if text := in.str(bound.member); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, refuse("InvalidParameterValue", "The version '%s' is not a version number.", text)
			}
			*bound.value = n
		}
	}
	var out []*templateVersion
	for _, n := range slices.Backward(t.numbers()) {
		if n >= least && n <= most {
			out = append(out, t.versions[n])
		}
	}
	return out, nil
}

func versionFields(v values, name string) ([]string, bool) {
	data := v.sub("LaunchTemplateData")
	switch name {
	case "image-id":
		return []string{data.str("ImageId")}, true
	case "instance-type":
		return []string{data.str("InstanceType")}, true
	case "is-default-version":
		return []string{strconv.FormatBool(v.boolean("DefaultVersion"))}, true
	}
	return nil, false
}
