package emulator

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// jsonCodec speaks awsJson 1.0 and 1.1: the target header names the operation.
type jsonCodec struct{}

func (jsonCodec) operation(rq *wireRequest) (string, *apiError) {
	prefix, name, _ := strings.Cut(rq.Header.Get("X-Amz-Target"), ".")
	if prefix != rq.model.TargetPrefix || name == "" {
		return name, refuse("UnknownOperationException", "no operation in X-Amz-Target %q", rq.Header.Get("X-Amz-Target"))
	}
	return name, nil
}

func (jsonCodec) decode(rq *wireRequest, op *modelOperation) (values, error) {
	raw, err := parseJSON(rq.body)
	if err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	return jsonReader().structure(op.in, raw, "")
}

func (jsonCodec) encode(rq *wireRequest, op *modelOperation, out values) (*wireAnswer, error) {
	body, err := json.Marshal(jsonStructure(op.out, out))
	if err != nil {
		return nil, err
	}
	if op.Output == "" {
		body = nil
	}
	a := newAnswer(http.StatusOK, "application/x-amz-json-"+rq.model.JSONVersion, body)
	a.header.Set("X-Amzn-Requestid", rq.id)
	return a, nil
}

func (jsonCodec) fail(rq *wireRequest, op *modelOperation, refusal *apiError) *wireAnswer {
	s := rq.model.failure(op, refusal.Code)
	body := map[string]any{"__type": typeName(s, refusal.Code), messageMember(s, "message"): refusal.Message}
	for name, v := range refusal.Detail {
		body[name] = v
	}
	text, _ := json.Marshal(body) // strings only
	a := newAnswer(rq.model.status(op, refusal), "application/x-amz-json-"+rq.model.JSONVersion, text)
	a.header.Set("X-Amzn-Requestid", rq.id)
	rq.model.queryError(a, refusal.Code)
	return a
}

// typeName is an error's shape: in a service that was a query service its
// codes differ from the names of the shapes.
func typeName(s *shape, code string) string {
	if s != nil {
		return s.Name
	}
	return code
}

// queryError tells clients the code of the query protocol, from which the
// service moved on.
func (m *model) queryError(a *wireAnswer, code string) {
	if m.QueryCompatible {
		a.header.Set("X-Amzn-Query-Error", code+";"+faultOf(a.status, "Sender", "Receiver"))
	}
}

func parseJSON(body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return raw, nil
}

// jsonReader reads JSON members by their wire names.
func jsonReader() reader {
	return reader{
		wire: func(name string, r *reference) string { return wireOr(r, name) },
		scalar: func(r *reference, raw any) (any, bool) {
			switch v := raw.(type) {
			case string:
				switch r.to.Type {
				case "blob":
					return decodeBase64(v)
				case "timestamp":
					return textScalar(r, v)
				}
			case json.Number:
				if r.to.Type == "timestamp" {
					n, err := v.Float64()
					t, ok := epoch(n)
					return t, ok && err == nil
				}
			}
			return wireScalar(r, raw)
		},
	}
}

// jsonStructure turns checked values into what encoding/json writes.
func jsonStructure(s *shape, v values) map[string]any {
	out := map[string]any{}
	for name, item := range v {
		r := s.Members[name]
		out[wireOr(r, name)] = jsonValue(r, item)
	}
	return out
}

func jsonValue(r *reference, v any) any {
	switch v := v.(type) {
	case values:
		if r.to.Type == "structure" {
			return jsonStructure(r.to, v)
		}
		out := map[string]any{}
		for key, item := range v {
			out[key] = jsonValue(r.to.Value, item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = jsonValue(r.to.Item, item)
		}
		return out
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		if format := r.timeFormat("unixTimestamp"); format != "unixTimestamp" {
			return formatTime(v, format)
		}
		return json.Number(number(seconds(v)))
	}
	return v
}
