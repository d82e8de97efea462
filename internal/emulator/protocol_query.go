package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// queryCodec speaks the query protocol and EC2's dialect of it: a form in,
// XML out. EC2 numbers lists without a member element, capitalises names, and
// has no result element.
type queryCodec struct{ ec2 bool }

func (c queryCodec) operation(rq *wireRequest) (string, *apiError) {
	name := rq.form.Get("Action")
	if name == "" {
		return "", refuse("MissingAction", "The request must contain the parameter Action")
	}
	if v := rq.form.Get("Version"); v != rq.model.Version {
		return name, refuse("NoSuchVersion", "The requested version (%s) of service %s does not exist", v, rq.model.Service)
	}
	return name, nil
}

// unknownAction words the refusal of an operation that the API lacks.
func (c queryCodec) unknownAction(rq *wireRequest, name string) *apiError {
	if c.ec2 {
		return refuse("InvalidAction", "The action %s is not valid for this web service.", name)
	}
	return refuse("InvalidAction", "Could not find operation %s for version %s", name, rq.model.Version)
}

// node is a form as a tree: A.member.1.B=x.
type node struct {
	value string
	leaf  bool
	kids  map[string]*node
}

func (n *node) child(name string) *node {
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	if n.kids[name] == nil {
		n.kids[name] = &node{}
	}
	return n.kids[name]
}

func (c queryCodec) decode(rq *wireRequest, op *modelOperation) (values, error) {
	root := &node{kids: map[string]*node{}}
	for key, v := range rq.form {
		if key == "Action" || key == "Version" || strings.HasPrefix(key, "X-Amz-") {
			continue
		}
		at := root
		for part := range strings.SplitSeq(key, ".") {
			at = at.child(part)
		}
		if len(v) > 1 {
			return nil, c.twice(key)
		}
		at.value, at.leaf = v[0], true
	}
	return c.structure(op.in, root, "")
}

// twice refuses a parameter of which one value would be lost.
func (c queryCodec) twice(key string) *apiError {
	if c.ec2 {
		return refuse("InvalidQueryParameter", "The parameter %s is given more than once", key)
	}
	return refuse("MalformedQueryString", "The parameter %s is given more than once", key)
}

func (c queryCodec) wire(name string, r *reference) string {
	if c.ec2 {
		switch {
		case r.Query != "":
			return r.Query
		case r.Wire != "":
			return upperFirst(r.Wire)
		}
		return upperFirst(name)
	}
	if r.Wire != "" {
		return r.Wire
	}
	return name
}

func (c queryCodec) structure(s *shape, n *node, at string) (values, error) {
	byWire := make(map[string]string, len(s.Members))
	for name, r := range s.Members {
		byWire[c.wire(name, r)] = name
	}
	out := values{}
	for _, key := range sortedKeys(n.kids) {
		name := byWire[key]
		if name == "" {
			return nil, &unknownMember{join(at, key)}
		}
		v, err := c.value(s.Members[name], n.kids[key], join(at, key))
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

func (c queryCodec) value(r *reference, n *node, at string) (any, error) {
	composite := r.to.Type == "structure" || r.to.Type == "list" || r.to.Type == "map"
	if composite && n.leaf && (n.value != "" || len(n.kids) > 0) { // only an empty value says that it is empty
		return nil, &wrongType{at, n.value, r.to.Type}
	}
	switch r.to.Type {
	case "structure":
		return c.structure(r.to, n, at)
	case "list":
		return c.list(r, n, at)
	case "map":
		return c.mapping(r.to, n, at)
	}
	if len(n.kids) > 0 {
		return nil, &unknownMember{join(at, sortedKeys(n.kids)[0])}
	}
	v, ok := textScalar(r, n.value)
	if !ok {
		return nil, &wrongType{at, n.value, r.to.Type}
	}
	return v, nil
}

func (c queryCodec) list(r *reference, n *node, at string) (_ any, err error) {
	if n.leaf {
		return []any{}, nil
	}
	if !c.ec2 && !r.Flattened && !r.to.Flattened {
		item := "member"
		if r.to.Item.Wire != "" {
			item = r.to.Item.Wire
		}
		if n, at, err = n.only(item, at); err != nil {
			return nil, err
		}
	}
	numbers, err := indices(n, at)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, i := range numbers {
		key := strconv.Itoa(i)
		v, err := c.value(r.to.Item, n.kids[key], join(at, key))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (c queryCodec) mapping(s *shape, n *node, at string) (_ any, err error) {
	out := values{}
	if n.leaf {
		return out, nil
	}
	if !s.Flattened {
		if n, at, err = n.only("entry", at); err != nil {
			return nil, err
		}
	}
	numbers, err := indices(n, at)
	if err != nil {
		return nil, err
	}
	keyName, valueName := wireOr(s.Key, "key"), wireOr(s.Value, "value")
	for _, i := range numbers {
		entry, at := n.kids[strconv.Itoa(i)], join(at, strconv.Itoa(i))
		key, value := entry.kids[keyName], entry.kids[valueName]
		if key == nil || value == nil || len(entry.kids) > 2 || entry.leaf || !key.leaf || len(key.kids) > 0 || out.has(key.value) {
			return nil, &wrongType{at, "", "pair of key and value"}
		}
		if out[key.value], err = c.value(s.Value, value, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// only is the one child that a node may have.
func (n *node) only(name, at string) (*node, string, error) {
	for _, key := range sortedKeys(n.kids) {
		if key != name {
			return nil, "", &unknownMember{join(at, key)}
		}
	}
	n, at = n.child(name), join(at, name)
	if n.leaf {
		return nil, "", &wrongType{at, n.value, "list"}
	}
	return n, at, nil
}

// indices are the numbers under a list, in order.
func indices(n *node, at string) ([]int, error) {
	var all []int
	for _, key := range sortedKeys(n.kids) {
		i, err := strconv.Atoi(key)
		if err != nil || i < 1 || strconv.Itoa(i) != key {
			return nil, &unknownMember{join(at, key)}
		}
		all = append(all, i)
	}
	slices.Sort(all)
	return all, nil
}

func wireOr(r *reference, otherwise string) string {
	if r.Wire != "" {
		return r.Wire
	}
	return otherwise
}

// textScalar reads a value that came as text: forms, headers and paths.
func textScalar(r *reference, text string) (any, bool) {
	switch r.to.Type {
	case "string":
		return text, true
	case "boolean":
		v, err := strconv.ParseBool(strings.ToLower(text))
		return v, err == nil && (len(text) > 1)
	case "integer", "long":
		v, err := strconv.ParseInt(text, 10, bits(r.to))
		return v, err == nil
	case "float", "double":
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil
	case "blob":
		return decodeBase64(text)
	case "timestamp":
		if t, ok := parseTime(text); ok {
			return t, true
		}
		n, err := strconv.ParseFloat(text, 64)
		t, ok := epoch(n)
		return t, ok && err == nil
	}
	return nil, false
}

// bits is how large a whole number may be.
func bits(s *shape) int {
	if s.Type == "integer" {
		return 32
	}
	return 64
}

// text is the reverse of textScalar.
func text(v any, r *reference, format string) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return number(v)
	case time.Time:
		return formatTime(v, r.timeFormat(format))
	}
	return ""
}
