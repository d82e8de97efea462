package emulator

import "maps"

// functionAlias is a name for a version, or for two with a share each.
type functionAlias struct {
	function    *lambdaFunction
	name        string
	description string
	version     string
	weights     values // AdditionalVersionWeights: at most one version and its share
	revision    string
	turns       float64 // the additional version's share, summed over the invocations; see pick
	transit     bool    // the weights are AWS's own, until provisioned concurrency has moved
}

func (a *functionAlias) arn() string { return a.function.arn + ":" + a.name }

// references reports whether the alias sends requests to the version, or may.
func (a *functionAlias) references(version string) bool {
	return a.version == version || a.weights.has(version)
}

func (a *functionAlias) described() values {
	out := values{
		"AliasArn":        a.arn(),
		"Name":            a.name,
		"FunctionVersion": a.version,
		"Description":     a.description,
		"RevisionId":      a.revision,
	}
	if len(a.weights) > 0 {
		out["RoutingConfig"] = values{"AdditionalVersionWeights": a.weights}
	}
	return out
}

func (c *call) createAlias(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	name := in.str("Name")
	if isVersionNumber(name) {
		return nil, refuse("ValidationException", "1 validation error detected: Value '%s' at 'name' failed to satisfy "+
			"constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)", name)
	}
	if old := f.aliases[name]; old != nil {
		return nil, refuse("ResourceConflictException", "Alias already exists: %s", old.arn())
	}
	a := &functionAlias{
		function:    f,
		name:        name,
		description: in.str("Description"),
		version:     in.str("FunctionVersion"),
		weights:     maps.Clone(in.sub("RoutingConfig").sub("AdditionalVersionWeights")),
		revision:    c.revisionID(),
	}
	if err := c.checkRouting(a); err != nil {
		return nil, err
	}
	f.aliases[name] = a
	return a.described(), nil
}

// alias finds the alias that FunctionName and Name name.
func (c *call) alias(in values) (*functionAlias, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	a := f.aliases[in.str("Name")]
	if a == nil {
		return nil, refuse("ResourceNotFoundException", "Cannot find alias arn: %s:%s", f.arn, in.str("Name"))
	}
	return a, nil
}

func (c *call) getAlias(in values) (values, error) {
	a, err := c.alias(in)
	if err != nil {
		return nil, err
	}
	return a.described(), nil
}

// updateAlias changes what is given and leaves the rest. Weights that are
// left and a version that is given must go together: a promotion gives the
// version and an empty routing configuration in one call.
func (c *call) updateAlias(in values) (values, error) {
	a, err := c.alias(in)
	if err != nil {
		return nil, err
	}
	if err := checkRevision(in, a.revision); err != nil {
		return nil, err
	}
	next := *a
	if a.transit {
		next.weights = nil // they are not the user's, and no change keeps them
	}
	if in.has("Description") {
		next.description = in.str("Description")
	}
	if in.has("FunctionVersion") {
		next.version = in.str("FunctionVersion")
	}
	if in.has("RoutingConfig") {
		next.weights = maps.Clone(in.sub("RoutingConfig").sub("AdditionalVersionWeights"))
		next.turns = 0
	}
	if err := c.checkRouting(&next); err != nil {
		return nil, err
	}
	before := a.version
	next.revision, next.transit = c.revisionID(), false
	*a = next
	if p := a.function.provisioned[a.name]; p != nil && a.version != before {
		if len(a.weights) == 0 {
			a.weights, a.transit = values{before: 1.0}, true
		}
		c.provision(a.function, p) // AWS allocates anew on the other version
	}
	return a.described(), nil
}

// arrive ends the temporary weights of an alias whose provisioned concurrency
// is there, or will not be.
func (c *call) arrive(a *functionAlias) {
	if a != nil && a.transit {
		a.weights, a.transit, a.revision = nil, false, c.revisionID()
	}
}

// deleteAlias succeeds for an alias that does not exist: the operation
// declares no such error.
func (c *call) deleteAlias(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	delete(f.aliases, in.str("Name"))
	delete(f.provisioned, in.str("Name"))
	return values{}, nil
}

func (c *call) listAliases(in values) (values, error) {
	f, err := c.function(in)
	if err != nil {
		return nil, err
	}
	var all []*functionAlias
	for _, name := range f.aliasNames() {
		a := f.aliases[name]
		if version := in.str("FunctionVersion"); version == "" || a.references(version) {
			all = append(all, a)
		}
	}
	from, to, next, err := lambdaPage(in, len(all))
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, a := range all[from:to] {
		rows = append(rows, a.described())
	}
	out := values{"Aliases": rows}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}
