package emulator

import (
	"maps"
	"strings"
)

// unreservedMinimum is what AWS keeps unreserved of an account's 1000
// concurrent executions.
const (
	accountConcurrency = 1000
	unreservedMinimum  = 100
)

func (c *call) putFunctionConcurrency(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	wanted := int64(in.integer("ReservedConcurrentExecutions"))
	reserved := wanted
	for _, other := range c.region.lambda.functions {
		if other != f && other.reserved != nil {
			reserved += *other.reserved
		}
	}
	if accountConcurrency-reserved < unreservedMinimum {
		return nil, refuse("InvalidParameterValueException", "Specified ReservedConcurrentExecutions for function "+
			"decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", unreservedMinimum)
	}
	provisioned := int64(0)
	for _, p := range f.provisioned {
		provisioned += p.requested
	}
	if provisioned > wanted {
		return nil, refuse("InvalidParameterValueException", "ReservedConcurrentExecutions  %d should not be lower "+
			"than function's total provisioned concurrency [%d].", wanted, provisioned)
	}
	f.reserved = &wanted
	return values{"ReservedConcurrentExecutions": wanted}, nil
}

func (c *call) getFunctionConcurrency(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	out := values{}
	if f.reserved != nil {
		out["ReservedConcurrentExecutions"] = *f.reserved
	}
	return out, nil
}

func (c *call) deleteFunctionConcurrency(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	f.reserved = nil
	return values{}, nil
}

// listEventSourceMappings lists the mappings of a function, or of one of its
// versions or aliases, in the order they were seeded.
func (c *call) listEventSourceMappings(in values) (values, error) {
	var all []values
	if in.has("FunctionName") {
		name, qualifier, err := functionReference(in)
		if err != nil {
			return nil, err
		}
		f, err := c.functionNamed(name, qualifier)
		if err != nil {
			return nil, err
		}
		arn := f.arn
		if qualifier != "" {
			arn += ":" + qualifier
		}
		for _, m := range f.mappings {
			if m.str("FunctionArn") == arn || !m.has("FunctionArn") && qualifier == "" {
				all = append(all, m)
			}
		}
	} else {
		for _, name := range sortedKeys(c.region.lambda.functions) {
			all = append(all, c.region.lambda.functions[name].mappings...)
		}
	}
	rows := []any{}
	for _, m := range all {
		if source := in.str("EventSourceArn"); source == "" || m.str("EventSourceArn") == source {
			rows = append(rows, m)
		}
	}
	from, to, next, err := lambdaPage(in, len(rows))
	if err != nil {
		return nil, err
	}
	out := values{"EventSourceMappings": rows[from:to]}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}

// tagged finds the function that a tag operation names by its ARN.
func (c *call) tagged(in values) (*lambdaFunction, error) {
	prefix := c.functionARN("")
	name, ours := strings.CutPrefix(in.str("Resource"), prefix)
	if !ours {
		return nil, refuse("ResourceNotFoundException", "Function not found: %s", in.str("Resource"))
	}
	name, qualifier, qualified := strings.Cut(name, ":")
	if qualified {
		return nil, refuse("InvalidParameterValueException",
			"Tags on function aliases and versions are not supported. Please specify a function ARN (not %s).", qualifier)
	}
	return c.functionNamed(name, "")
}

func (c *call) listFunctionTags(in values) (values, error) {
	f, err := c.tagged(in)
	if err != nil {
		return nil, err
	}
	return values{"Tags": f.tags}, nil
}

func (c *call) tagFunction(in values) (values, error) {
	f, err := c.tagged(in)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(f.tags)
	maps.Copy(tags, in.sub("Tags"))
	if len(tags) > 50 {
		return nil, refuse("InvalidParameterValueException", "Number of tags exceeds resource tag limit.")
	}
	f.tags = tags
	return values{}, nil
}
