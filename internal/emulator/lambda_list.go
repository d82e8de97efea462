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
	from, to, next, err := lambdaPage(in, len(all))
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, v := range all[from:to] {
		rows = append(rows, v.listed())
	}
	out := values{"Functions": rows}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}
