package emulator

// FunctionFailure is an asynchronous step of Lambda that is going to fail.
type FunctionFailure struct {
	// Operation is the step: create, update, publish or provision.
	Operation string
	// Reason and ReasonCode are what the function, version or provisioned
	// concurrency then shows, for example "The image was deleted" and
	// "ImageDeleted".
	Reason, ReasonCode string
}

// FailFunction makes the next step of its kind of one function fail, after
// the request for it has been answered.
func (e *Emulator) FailFunction(region, function string, failure FunctionFailure) {
	e.onFunction(region, function, func(f *lambdaFunction) { f.failures = append(f.failures, failure) })
}

// takeFailure takes the failure ordered for the operation, if there is one.
func (f *lambdaFunction) takeFailure(operation string) (FunctionFailure, bool) {
	for i, failure := range f.failures {
		if failure.Operation == operation {
			f.failures = append(f.failures[:i], f.failures[i+1:]...)
			return failure, true
		}
	}
	return FunctionFailure{}, false
}

func (c *call) updateFunctionCode(in values) (values, error) {
	f, err := c.updatable(in)
	if err != nil {
		return nil, err
	}
	next := *f.latest
	next.config = cloneValues(f.latest.config)
	if in.has("Architectures") {
		next.config["Architectures"] = in["Architectures"]
	}
	if next.code, err = c.functionCode("UpdateFunctionCode", next.config.str("PackageType"), in); err != nil {
		return nil, err
	}
	if in.boolean("DryRun") {
		return next.described(""), nil
	}
	c.update(f.latest, next)
	if in.boolean("Publish") {
		v := c.publish(f, nil)
		return v.described(v.number), nil
	}
	return f.latest.described(""), nil
}

func (c *call) updateFunctionConfiguration(in values) (values, error) {
	f, err := c.updatable(in)
	if err != nil {
		return nil, err
	}
	next := *f.latest
	if next.config, err = configure(f.latest.config, in); err != nil {
		return nil, err
	}
	c.update(f.latest, next)
	return f.latest.described(""), nil
}

// updatable finds the function of an update or a publication that may begin.
func (c *call) updatable(in values) (*lambdaFunction, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	if err := refuseUnsupported(in); err != nil {
		return nil, err
	}
	if err := checkRevision(in, f.latest.revision); err != nil {
		return nil, err
	}
	switch {
	case f.latest.state == "Pending":
		return nil, refuse("ResourceConflictException", "The operation cannot be performed at this time. "+
			"The function is currently in the following state: Pending")
	case f.latest.update == "InProgress":
		return nil, refuse("ResourceConflictException", "The operation cannot be performed at this time. "+
			"An update is in progress for resource: %s", f.arn)
	}
	return f, nil
}

// checkRevision is the optimistic lock: RevisionId, when given, must be the
// present one.
func checkRevision(in values, current string) error {
	if given := in.str("RevisionId"); given != "" && given != current {
		return refuse("PreconditionFailedException", "The Revision Id provided does not match the latest "+
			"Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
	}
	return nil
}

// update makes next the function's $LATEST. While the update is in progress
// its description already shows the new values; one that fails leaves the old
// ones in force, and the description goes back to them.
func (c *call) update(v *functionVersion, next functionVersion) {
	previous := *v
	*v = next
	v.update, v.updateReason, v.updateReasonCode = "InProgress", "The function is being created.", ""
	v.revision, v.modified = c.revisionID(), functionTime(c.now)
	failure, fails := v.function.takeFailure("update")
	c.after(c.region.lambda.times.Update, func() {
		v.update, v.updateReason, v.updateReasonCode = "Successful", "", ""
		if fails {
			v.config, v.code = previous.config, previous.code
			v.update, v.updateReason, v.updateReasonCode = "Failed", failure.Reason, failure.ReasonCode
		} else if v.state == "Failed" { // a good update mends a function whose creation failed
			v.state, v.stateReason, v.stateReasonCode = "Active", "", ""
		}
		v.revision = c.revisionID()
	})
}
