package emulator

import (
	"maps"
	"time"
)

func (c *call) createFunction(in values) (values, error) {
	name, qualifier, err := functionReference(in)
	if err != nil {
		return nil, err
	}
	if qualifier != "" {
		return nil, refuse("InvalidParameterValueException",
			"Current operation does not support versions. Please do not set a version in your request.")
	}
	if err := refuseUnsupported(in); err != nil {
		return nil, err
	}
	if c.region.lambda.functions[name] != nil {
		return nil, refuse("ResourceConflictException", "Function already exist: %s", name)
	}
	defaults := configurationDefaults(name)
	for _, member := range [...]string{"PackageType", "Architectures"} {
		if in.has(member) {
			defaults[member] = in[member]
		}
	}
	config, err := configure(defaults, in)
	if err != nil {
		return nil, err
	}
	if config.str("PackageType") == "Zip" && (config.str("Runtime") == "" || config.str("Handler") == "") {
		return nil, refuse("InvalidParameterValueException",
			"Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	code, err := c.functionCode("CreateFunction", config.str("PackageType"), in.sub("Code"))
	if err != nil {
		return nil, err
	}
	f := &lambdaFunction{
		name:        name,
		arn:         c.functionARN(name),
		aliases:     map[string]*functionAlias{},
		provisioned: map[string]*provisionedConcurrency{},
		tags:        values{},
		behaviours:  map[string]FunctionBehaviour{},
	}
	maps.Copy(f.tags, in.sub("Tags"))
	f.latest = &functionVersion{function: f, number: latestVersion, config: config, code: code}
	c.region.lambda.functions[name] = f
	c.activate(f.latest, c.region.lambda.times.Create, "create")
	if in.boolean("Publish") {
		v := c.publish(f, nil)
		return v.described(v.number), nil
	}
	return f.latest.described(""), nil
}

// resolve finds the version that FunctionName and Qualifier name. The alias
// is nil unless they name one.
func (c *call) resolve(in values) (*functionVersion, *functionAlias, string, error) {
	name, qualifier, err := functionReference(in)
	if err != nil {
		return nil, nil, "", err
	}
	f, err := c.functionNamed(name, qualifier)
	if err != nil {
		return nil, nil, "", err
	}
	number := qualifier
	a := f.aliases[qualifier]
	switch {
	case qualifier == "":
		number = latestVersion
	case a != nil:
		number = a.version
	}
	v := f.version(number)
	if v == nil {
		return nil, nil, "", functionNotFound(f.arn + ":" + qualifier)
	}
	return v, a, qualifier, nil
}

func (c *call) getFunctionConfiguration(in values) (values, error) {
	v, _, qualifier, err := c.resolve(in)
	if err != nil {
		return nil, err
	}
	return v.described(qualifier), nil
}

func (c *call) getFunction(in values) (values, error) {
	v, _, qualifier, err := c.resolve(in)
	if err != nil {
		return nil, err
	}
	out := values{
		"Configuration": v.described(qualifier),
		"Code":          v.code.location(v.function.arn),
	}
	if len(v.function.tags) > 0 {
		out["Tags"] = v.function.tags
	}
	if v.function.reserved != nil {
		out["Concurrency"] = values{"ReservedConcurrentExecutions": *v.function.reserved}
	}
	return out, nil
}

// deleteFunction deletes one version, or the function with all its versions
// and aliases.
func (c *call) deleteFunction(in values) (values, error) {
	name, qualifier, err := functionReference(in)
	if err != nil {
		return nil, err
	}
	if qualifier == latestVersion {
		return nil, refuse("InvalidParameterValueException",
			"$LATEST version cannot be deleted without deleting the function.")
	}
	f, err := c.functionNamed(name, qualifier)
	if err != nil {
		return nil, err
	}
	if qualifier == "" {
		delete(c.region.lambda.functions, name)
	} else if err := f.deleteVersion(qualifier); err != nil {
		return nil, err
	}
	return values{"StatusCode": int64(204)}, nil
}

// activate takes a new function or version from Pending to Active, or to
// Failed when a failure was ordered for it.
func (c *call) activate(v *functionVersion, d time.Duration, operation string) {
	v.state, v.stateReason, v.stateReasonCode = "Pending", "The function is being created.", "Creating"
	v.revision, v.modified = c.revisionID(), functionTime(c.now)
	failure, fails := v.function.takeFailure(operation)
	c.after(d, func() {
		v.state, v.stateReason, v.stateReasonCode = "Active", "", ""
		if fails {
			v.state, v.stateReason, v.stateReasonCode = "Failed", failure.Reason, failure.ReasonCode
		}
		v.update = "Successful"
		v.revision = c.revisionID()
	})
}
