package emulator

// deployNames is a page of names, with the members of an answer that has it.
func deployNames(in values, member string, names []string) (values, error) {
	from, to, next, err := deployPage(in, len(names))
	if err != nil {
		return nil, err
	}
	page := []any{}
	for _, name := range names[from:to] {
		page = append(page, name)
	}
	out := values{member: page}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

// deployBatch refuses more names than one call may ask for.
func deployBatch(names []string, missing string) error {
	const most = 100
	switch {
	case len(names) == 0:
		return refuse(missing, "At least one name is required")
	case len(names) > most:
		return refuse("BatchLimitExceededException", "The maximum number of names allowed for this request (%d) was exceeded", most)
	}
	return nil
}

func (c *call) listDeployApplications(in values) (values, error) {
	return deployNames(in, "applications", sortedKeys(c.region.codedeploy.applications))
}

func (c *call) batchGetDeployApplications(in values) (values, error) {
	names := in.strings("applicationNames")
	if err := deployBatch(names, "ApplicationNameRequiredException"); err != nil {
		return nil, err
	}
	found := []any{}
	for _, name := range names {
		a, err := c.deployApplication(values{"applicationName": name})
		if err != nil {
			return nil, err
		}
		found = append(found, a.described())
	}
	return values{"applicationsInfo": found}, nil
}

func (c *call) listDeploymentGroups(in values) (values, error) {
	a, err := c.deployApplication(in)
	if err != nil {
		return nil, err
	}
	out, err := deployNames(in, "deploymentGroups", sortedKeys(a.groups))
	if err == nil {
		out["applicationName"] = a.name
	}
	return out, err
}

// batchGetDeploymentGroups leaves out groups that do not exist.
func (c *call) batchGetDeploymentGroups(in values) (values, error) {
	a, err := c.deployApplication(in)
	if err != nil {
		return nil, err
	}
	names := in.strings("deploymentGroupNames")
	if err := deployBatch(names, "DeploymentGroupNameRequiredException"); err != nil {
		return nil, err
	}
	found := []any{}
	for _, name := range names {
		if g := a.groups[name]; g != nil {
			found = append(found, g.described())
		}
	}
	return values{"deploymentGroupsInfo": found}, nil
}
