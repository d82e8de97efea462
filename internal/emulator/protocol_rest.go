package emulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// restCodec speaks REST-JSON: method and path name the operation, members are
// in path, query, headers and body.
type restCodec struct{}

func (restCodec) operation(rq *wireRequest) (string, *apiError) {
	found := ""
	for _, name := range sortedKeys(rq.model.Operations) {
		op := rq.model.Operations[name]
		// A template with a query, such as ?List=ALL, is the more specific one.
		if op.Method == rq.Method && matches(op.Path, rq.URL) && (found == "" || strings.Contains(op.Path, "?")) {
			found = name
		}
	}
	if found != "" {
		return found, nil
	}
	for _, name := range sortedKeys(rq.model.Others) {
		method, template, _ := strings.Cut(rq.model.Others[name], " ")
		if method == rq.Method && matches(template, rq.URL) {
			return name, nil
		}
	}
	return "", &apiError{Code: "UnknownOperationException", Message: "no operation at " + rq.Method + " " + rq.URL.Path, Status: http.StatusNotFound}
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// fixedQuery is the query that a template holds itself: List=ALL.
func fixedQuery(template string) url.Values {
	_, text, _ := strings.Cut(template, "?")
	query, _ := url.ParseQuery(text) // the model's own
	return query
}

// matches compares a path with a template segment by segment, and what the
// template has of a query.
func matches(template string, u *url.URL) bool {
	for key, want := range fixedQuery(template) {
		if u.Query().Get(key) != want[0] {
			return false
		}
	}
	template, _, _ = strings.Cut(template, "?")
	want, have := segments(template), segments(u.EscapedPath())
	if len(want) != len(have) {
		return false
	}
	for i, w := range want {
		if !strings.HasPrefix(w, "{") && w != have[i] {
			return false
		}
	}
	return true
}

func (c restCodec) decode(rq *wireRequest, op *modelOperation) (values, error) {
	raw := any(map[string]any{})
	if op.in.Payload == "" {
		var err error
		if raw, err = parseJSON(rq.body); err != nil {
			return nil, refuse("InvalidRequestContentException", "Could not parse request body into json: %v", err)
		}
	}
	body := &shape{Name: op.in.Name, Type: "structure", Members: map[string]*reference{}}
	for name, r := range op.in.Members {
		if r.In == "" && name != op.in.Payload {
			body.Members[name] = r
		}
	}
	out, err := jsonReader().structure(body, raw, "")
	if err != nil {
		return nil, err
	}
	if op.in.Payload != "" && len(rq.body) > 0 {
		out[op.in.Payload] = rq.body
	}
	return out, c.located(rq, op, out)
}

// located reads the members outside the body.
func (restCodec) located(rq *wireRequest, op *modelOperation, out values) error {
	path := pathValues(op.Path, rq.URL)
	query := rq.URL.Query()
	for key := range fixedQuery(op.Path) {
		query.Del(key)
	}
	for _, name := range sortedKeys(op.in.Members) {
		r := op.in.Members[name]
		wire := wireOr(r, name)
		var found []string
		switch r.In {
		case "uri":
			found = []string{path[wire]}
		case "header":
			found = rq.Header.Values(wire)
		case "querystring":
			found = query[wire]
			query.Del(wire)
		}
		if len(found) == 0 {
			continue
		}
		if r.to.Type == "list" {
			out[name] = listOf(found)
			continue
		}
		v, ok := textScalar(r, found[0])
		if !ok {
			return &wrongType{name, found[0], r.to.Type}
		}
		out[name] = v
	}
	for _, key := range sortedKeys(query) {
		if !strings.HasPrefix(key, "X-Amz-") {
			return &unknownMember{key}
		}
	}
	return nil
}

func pathValues(template string, u *url.URL) map[string]string {
	found := map[string]string{}
	have := segments(u.EscapedPath())
	for i, w := range segments(template) {
		if name, ok := strings.CutPrefix(w, "{"); ok {
			found[strings.TrimRight(name, "+}")], _ = url.PathUnescape(have[i])
		}
	}
	return found
}

func (restCodec) encode(rq *wireRequest, op *modelOperation, out values) (*wireAnswer, error) {
	a := newAnswer(op.Status, "application/json", nil)
	body := values{}
	for name, v := range out {
		r := op.out.Members[name]
		switch {
		case r.In == "statusCode":
			a.status = int(v.(int64))
		case r.In == "header":
			a.header.Set(wireOr(r, name), text(v, r, "rfc822"))
		case name == op.out.Payload:
			a.body = v.([]byte)
		default:
			body[name] = v
		}
	}
	if op.Output != "" && op.out.Payload == "" {
		encoded, err := json.Marshal(jsonStructure(op.out, body))
		if err != nil {
			return nil, err
		}
		a.body = encoded
	}
	a.header.Set("X-Amzn-Requestid", rq.id)
	return a, nil
}

func (restCodec) fail(rq *wireRequest, op *modelOperation, refusal *apiError) *wireAnswer {
	status := rq.model.status(op, refusal)
	s := rq.model.failure(op, refusal.Code)
	body := map[string]any{"Type": faultOf(status, "User", "Service"), messageMember(s, "message"): refusal.Message}
	a := newAnswer(status, "application/json", nil)
	for _, name := range sortedKeys(refusal.Detail) {
		if s != nil && s.Members[name] != nil && s.Members[name].In == "header" {
			a.header.Set(s.Members[name].Wire, text(refusal.Detail[name], s.Members[name], ""))
			continue
		}
		body[name] = refusal.Detail[name]
	}
	a.body, _ = json.Marshal(body) // strings only
	a.header.Set("X-Amzn-Errortype", refusal.Code)
	a.header.Set("X-Amzn-Requestid", rq.id)
	return a
}
