package emulator

// listFunctions lists functions by their names; with FunctionVersion ALL every
// published version too.
func (c *call) listFunctions(in values) (values, error) {
	var all []*functionVersion
	for _, name := range sortedKeys(c.region.lambda.functions) {
		f := c.region.lambda.functions[name]
		all = append(all, f.latest)
		if in.str("FunctionVersion") == "ALL" {
			all = append(all, f.versions...)
		}
	}
	return listVersions(in, "Functions", all)
}

// listVersions is the page of versions that is asked for, under the answer's
// member.
func listVersions(in values, member string, all []*functionVersion) (values, error) {
	from, to, next, err := lambdaPage(in, len(all))
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, v := range all[from:to] {
		rows = append(rows, v.listed())
	}
	out := values{member: rows}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}
