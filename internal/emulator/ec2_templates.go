package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// launchTemplate is a template with the versions that were not deleted.
type launchTemplate struct {
	id, name       string
	created        time.Time
	createdBy      string
	defaultVersion int64
	latest         int64
	versions       map[int64]*templateVersion
	tags           []values
}

type templateVersion struct {
	number      int64
	description string
	created     time.Time
	data        values
	token       string // the client token of the request that made it
	request     string // that request, to tell a repetition from another one
}

func (t *launchTemplate) describe() values {
	v := values{
		"LaunchTemplateId":     t.id,
		"LaunchTemplateName":   t.name,
		"CreateTime":           t.created,
		"CreatedBy":            t.createdBy,
		"DefaultVersionNumber": t.defaultVersion,
		"LatestVersionNumber":  t.latestVersion(),
	}
	if len(t.tags) > 0 {
		v["Tags"] = t.tags
	}
	return v
}

func (t *launchTemplate) describeVersion(v *templateVersion) values {
	out := values{
		"LaunchTemplateId":   t.id,
		"LaunchTemplateName": t.name,
		"VersionNumber":      v.number,
		"CreateTime":         v.created,
		"CreatedBy":          t.createdBy,
		"DefaultVersion":     v.number == t.defaultVersion,
		"LaunchTemplateData": v.data,
	}
	if v.description != "" {
		out["VersionDescription"] = v.description
	}
	return out
}

// latestVersion is the highest number still there: numbers are never used
// twice, but the latest version may have been deleted.
func (t *launchTemplate) latestVersion() int64 {
	return slices.Max(t.numbers())
}

func (t *launchTemplate) numbers() []int64 {
	return slices.Sorted(maps.Keys(t.versions))
}

// version resolves a number, $Latest, $Default or nothing (the default).
func (t *launchTemplate) version(text string) (*templateVersion, error) {
	var n int64
	switch text {
	case "", "$Default":
		n = t.defaultVersion
	case "$Latest":
		n = t.latestVersion()
	default:
		parsed, err := strconv.ParseInt(text, 10, 64)
		if err != nil || parsed < 0 {
			return nil, refuse("InvalidLaunchTemplateId.VersionNotFound",
				"Could not find launch template version '%s'", text)
		}
		n = parsed
	}
	if v := t.versions[n]; v != nil {
		return v, nil
	}
	return nil, refuse("InvalidLaunchTemplateId.VersionNotFound",
		"Could not find the specified version %s for the launch template with ID %s.", text, t.id)
}

// template finds a template by id or name.
func (s *ec2State) template(id, name string) (*launchTemplate, error) {
	if id != "" {
		if t := s.templates[id]; t != nil {
			return t, nil
		}
		if !strings.HasPrefix(id, "lt-") {
			return nil, refuse("InvalidLaunchTemplateId.Malformed",
				"The specified launch template ID '%s' is not valid. Launch template IDs start with 'lt-'.", id)
		}
		return nil, refuse("InvalidLaunchTemplateId.NotFound",
			"The specified launch template, with template ID %s, does not exist.", id)
	}
	for _, t := range s.templates {
		if t.name == name {
			return t, nil
		}
	}
	return nil, refuse("InvalidLaunchTemplateName.NotFoundException",
		"The specified launch template, with template name %s, does not exist.", name)
}

// requestedTemplate is the template that a request names by id or by name.
func (c *call) requestedTemplate(in values) (*launchTemplate, error) {
	id, name := in.str("LaunchTemplateId"), in.str("LaunchTemplateName")
	if id != "" && name != "" {
		return nil, refuse("InvalidParameterCombination",
			"You can't specify both a launch template ID and a launch template name.")
	}
	if id == "" && name == "" {
		return nil, refuse("MissingParameter",
			"You must specify either a launch template ID or a launch template name.")
	}
	return c.region.ec2.template(id, name)
}

func (c *call) createLaunchTemplate(in values) (values, error) {
	s, name := c.region.ec2, in.str("LaunchTemplateName")
	if _, err := s.template("", name); err == nil {
		return nil, refuse("InvalidLaunchTemplateName.AlreadyExistsException",
			"Launch template name already in use.")
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	t := &launchTemplate{
		id: "lt-" + c.hex(17), name: name, created: c.now, createdBy: "arn:aws:iam::" + c.account + ":root",
		defaultVersion: 1, latest: 1, versions: map[int64]*templateVersion{},
		tags: tagsFor(in, "launch-template"),
	}
	t.versions[1] = &templateVersion{
		number: 1, created: c.now, description: in.str("VersionDescription"),
		data: templateData(in.sub("LaunchTemplateData")),
	}
	s.templates[t.id] = t
	return values{"LaunchTemplate": t.describe()}, nil
}

func (c *call) createLaunchTemplateVersion(in values) (values, error) {
	t, err := c.requestedTemplate(in)
	if err != nil {
		return nil, err
	}
	token, request := in.str("ClientToken"), fmt.Sprint(in)
	for _, n := range t.numbers() {
		switch v := t.versions[n]; {
		case token == "" || v.token != token:
		case v.request != request:
			return nil, refuse("IdempotentParameterMismatch", "Client token '%s' was used with other parameters.", token)
		default: // the same request again makes nothing new
			return values{"LaunchTemplateVersion": t.describeVersion(v)}, nil
		}
	}
	data := values{}
	if source := in.str("SourceVersion"); source != "" {
		from, err := t.version(source)
		if err != nil {
			return nil, err
		}
		data = maps.Clone(from.data)
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	// Each member that is given replaces the source's whole member.
	maps.Copy(data, templateData(in.sub("LaunchTemplateData")))
	t.latest++
	v := &templateVersion{number: t.latest, created: c.now, description: in.str("VersionDescription"), data: data, token: token, request: request}
	t.versions[v.number] = v
	return values{"LaunchTemplateVersion": t.describeVersion(v)}, nil
}

func (c *call) modifyLaunchTemplate(in values) (values, error) {
	t, err := c.requestedTemplate(in)
	if err != nil {
		return nil, err
	}
	if in.str("DefaultVersion") != "" {
		v, err := t.version(in.str("DefaultVersion"))
		if err != nil {
			return nil, err
		}
		if err := dryRun(in); err != nil {
			return nil, err
		}
		t.defaultVersion = v.number
	}
	return values{"LaunchTemplate": t.describe()}, nil
}

func (c *call) deleteLaunchTemplate(in values) (values, error) {
	t, err := c.requestedTemplate(in)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	delete(c.region.ec2.templates, t.id)
	return values{"LaunchTemplate": t.describe()}, nil
}

// deleteLaunchTemplateVersions succeeds as a whole while single versions fail:
// the default one, and those that do not exist.
func (c *call) deleteLaunchTemplateVersions(in values) (values, error) {
	t, err := c.requestedTemplate(in)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in); err != nil {
		return nil, err
	}
	var gone, kept []values
	for _, text := range in.strings("Versions") {
		item := values{"LaunchTemplateId": t.id, "LaunchTemplateName": t.name}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, refuse("InvalidParameterValue", "The version '%s' is not a version number.", text)
		}
		item["VersionNumber"] = n
		switch {
		case t.versions[n] == nil:
			item["ResponseError"] = values{
				"Code":    "launchTemplateVersionDoesNotExist",
				"Message": "The specified launch template version does not exist.",
			}
			kept = append(kept, item)
		case n == t.defaultVersion:
			item["ResponseError"] = values{
				"Code":    "unexpectedError",
				"Message": "Cannot delete the launch template version " + text + " as it is the default version.",
			}
			kept = append(kept, item)
		default:
			delete(t.versions, n)
			gone = append(gone, item)
		}
	}
	out := values{}
	if len(gone) > 0 {
		out["SuccessfullyDeletedLaunchTemplateVersions"] = gone
	}
	if len(kept) > 0 {
		out["UnsuccessfullyDeletedLaunchTemplateVersions"] = kept
	}
	return out, nil
}

// templateData is launch template data as requests give it, in the form that
// descriptions show it. The two differ in one place: what requests call
// TagSpecifications etc. has the same names, and unset members are left out.
func templateData(in values) values {
	out := values{}
	maps.Copy(out, in)
	return out
}
