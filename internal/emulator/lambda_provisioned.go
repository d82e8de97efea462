package emulator

import (
	"maps"
	"slices"
)

// provisionedConcurrency is kept ready for a version or an alias.
type provisionedConcurrency struct {
	qualifier string
	requested int64
	ready     int64
	status    string
	reason    string
	modified  string
	attempt   int // an allocation that another one overtook changes nothing
}

func (p *provisionedConcurrency) described() values {
	out := values{
		"RequestedProvisionedConcurrentExecutions": p.requested,
		"AvailableProvisionedConcurrentExecutions": p.ready,
		"AllocatedProvisionedConcurrentExecutions": p.ready,
		"Status":       p.status,
		"LastModified": p.modified,
	}
	if p.reason != "" {
		out["StatusReason"] = p.reason
	}
	return out
}

// provisionable finds the version or alias that provisioned concurrency is for.
func (c *call) provisionable(in values) (*lambdaFunction, string, error) {
	name, qualifier, err := functionReference(in)
	if err != nil {
		return nil, "", err
	}
	f, err := c.functionNamed(name, qualifier)
	if err != nil {
		return nil, "", err
	}
	switch {
	case qualifier == latestVersion || f.aliases[qualifier] != nil && f.aliases[qualifier].version == latestVersion:
		return nil, "", refuse("InvalidParameterValueException",
			"Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	case isVersionNumber(qualifier) && f.version(qualifier) == nil:
		return nil, "", functionNotFound(f.arn + ":" + qualifier)
	case !isVersionNumber(qualifier) && f.aliases[qualifier] == nil:
		return nil, "", refuse("ResourceNotFoundException", "Cannot find alias arn: %s:%s", f.arn, qualifier)
	}
	return f, qualifier, nil
}

func (c *call) putProvisionedConcurrencyConfig(in values) (values, error) {
	f, qualifier, err := c.provisionable(in)
	if err != nil {
		return nil, err
	}
	requested := int64(in.integer("ProvisionedConcurrentExecutions"))
	if err := f.checkProvisioned(qualifier, requested); err != nil {
		return nil, err
	}
	p := f.provisioned[qualifier]
	if p == nil {
		p = &provisionedConcurrency{qualifier: qualifier}
		f.provisioned[qualifier] = p
	}
	p.requested, p.modified = requested, functionTime(c.now)
	c.provision(f, p)
	return p.described(), nil
}

// checkProvisioned: one configuration for a version, on itself or on one
// alias, none on an alias with weights, and no more than is reserved.
func (f *lambdaFunction) checkProvisioned(qualifier string, requested int64) error {
	if a := f.aliases[qualifier]; a != nil {
		if len(a.weights) > 0 {
			return errWeightsProvisioned()
		}
		if f.provisioned[a.version] != nil {
			return refuse("ResourceConflictException",
				"Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
		}
	}
	others := int64(0)
	for _, q := range slices.Sorted(maps.Keys(f.provisioned)) {
		if q == qualifier {
			continue
		}
		others += f.provisioned[q].requested
		if a := f.aliases[q]; a != nil && a.version == qualifier {
			return refuse("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")
		}
	}
	if f.reserved != nil && requested+others > *f.reserved {
		return refuse("InvalidParameterValueException", "Requested Provisioned Concurrency should not be greater "+
			"than the reservedConcurrentExecution for function")
	}
	return nil
}

// provision begins an allocation.
func (c *call) provision(f *lambdaFunction, p *provisionedConcurrency) {
	p.attempt++
	attempt := p.attempt
	p.status, p.reason, p.ready = "IN_PROGRESS", "", 0
	failure, fails := f.takeFailure("provision")
	c.after(c.region.lambda.times.Provision, func() {
		switch {
		case p.attempt != attempt:
		case fails:
			p.status, p.reason = "FAILED", failure.Reason
		default:
			p.status, p.ready = "READY", p.requested
		}
		if p.attempt == attempt {
			c.arrive(f.aliases[p.qualifier])
		}
	})
}

func (c *call) getProvisionedConcurrencyConfig(in values) (values, error) {
	f, qualifier, err := c.provisionable(in)
	if err != nil {
		return nil, err
	}
	p := f.provisioned[qualifier]
	if p == nil {
		return nil, refuse("ProvisionedConcurrencyConfigNotFoundException",
			"No Provisioned Concurrency Config found for this function")
	}
	return p.described(), nil
}

// deleteProvisionedConcurrencyConfig succeeds when there is none.
func (c *call) deleteProvisionedConcurrencyConfig(in values) (values, error) {
	f, qualifier, err := c.provisionable(in)
	if err != nil {
		return nil, err
	}
	delete(f.provisioned, qualifier)
	return values{}, nil
}

func (c *call) listProvisionedConcurrencyConfigs(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	qualifiers := slices.Sorted(maps.Keys(f.provisioned))
	from, to, next, err := lambdaPage(in, len(qualifiers))
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, q := range qualifiers[from:to] {
		row := f.provisioned[q].described()
		row["FunctionArn"] = f.arn + ":" + q
		rows = append(rows, row)
	}
	out := values{"ProvisionedConcurrencyConfigs": rows}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}
