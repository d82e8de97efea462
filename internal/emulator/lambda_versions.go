package emulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (c *call) publishVersion(in values) (values, error) {
	f, err := c.updatable(in)
	if err != nil {
		return nil, err
	}
	if given := in.str("CodeSha256"); given != "" && given != f.latest.code.sha256 {
		return nil, refuse("InvalidParameterValueException", "CodeSHA256 (%s) is different from current CodeSHA256 "+
			"in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", given, f.latest.code.sha256)
	}
	var description *string
	if in.has("Description") {
		text := in.str("Description")
		description = &text
	}
	v := c.publish(f, description)
	return v.described(v.number), nil
}

// publish makes a version of $LATEST as it is described now. When nothing
// changed since the last version, it is that version: a description alone
// makes no new one.
func (c *call) publish(f *lambdaFunction, description *string) *functionVersion {
	if n := len(f.versions); n > 0 && f.versions[n-1].same(f.latest) {
		return f.versions[n-1]
	}
	f.published++
	v := &functionVersion{
		function: f,
		number:   strconv.Itoa(f.published),
		config:   cloneValues(f.latest.config),
		code:     f.latest.code,
		source:   cloneValues(f.latest.config),
	}
	if description != nil {
		v.config["Description"] = *description
	}
	f.versions = append(f.versions, v)
	c.activate(v, c.publishTime(v), "publish")
	return v
}

func (c *call) publishTime(v *functionVersion) time.Duration {
	times := c.region.lambda.times
	snapshot := v.config.sub("SnapStart")
	switch {
	case snapshot.str("ApplyOn") == "PublishedVersions":
		v.config["SnapStart"] = values{"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
		return times.SnapStart
	case v.code.image != "":
		return times.PublishImage
	}
	return times.Publish
}

func (c *call) listVersionsByFunction(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	return listVersions(in, "Versions", append([]*functionVersion{f.latest}, f.versions...))
}

// deleteVersion deletes a published version, which no alias may reference.
func (f *lambdaFunction) deleteVersion(qualifier string) error {
	if f.aliases[qualifier] != nil {
		return refuse("InvalidParameterValueException", "%s is an alias: name a version to delete", qualifier)
	}
	i := slices.IndexFunc(f.versions, func(v *functionVersion) bool { return v.number == qualifier })
	if i < 0 {
		return functionNotFound(f.arn + ":" + qualifier)
	}
	var users []string
	for _, name := range f.aliasNames() {
		if f.aliases[name].references(qualifier) {
			users = append(users, name)
		}
	}
	if len(users) > 0 {
		return refuse("ResourceConflictException", "Unable to delete version because the following aliases "+
			"reference it: [%s]", strings.Join(users, ", "))
	}
	f.versions = slices.Delete(f.versions, i, i+1)
	delete(f.provisioned, qualifier)
	return nil
}

// cloneValues copies the members; what they hold is never changed in place.
func cloneValues(v values) values { return maps.Clone(v) }
