package emulator

import (
	"net/http"
	"reflect"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// cborCodec speaks Smithy's RPC v2 with CBOR:
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
type cborCodec struct{}

func (cborCodec) operation(rq *wireRequest) (string, *apiError) {
	parts := segments(rq.URL.Path)
	if len(parts) != 4 || parts[0] != "service" || parts[1] != rq.model.TargetPrefix || parts[2] != "operation" {
		return "", &apiError{Code: "UnknownOperationException", Message: "no operation at " + rq.URL.Path, Status: http.StatusNotFound}
	}
	return parts[3], nil
}

func (cborCodec) decode(rq *wireRequest, op *modelOperation) (values, error) {
	raw := any(map[string]any{})
	if len(rq.body) > 0 {
		mode, err := cbor.DecOptions{DefaultMapType: reflect.TypeFor[map[string]any](), IntDec: cbor.IntDecConvertSignedOrFail}.DecMode()
		if err != nil {
			return nil, err
		}
		if err := mode.Unmarshal(rq.body, &raw); err != nil {
			return nil, refuse("SerializationException", "%v", err)
		}
	}
	rd := reader{wire: func(name string, _ *reference) string { return name }, scalar: wireScalar}
	return rd.structure(op.in, raw, "")
}

func (cborCodec) encode(rq *wireRequest, op *modelOperation, out values) (*wireAnswer, error) {
	if op.Output == "" {
		return cborAnswer(rq, http.StatusOK, nil), nil
	}
	body, err := marshalCBOR(cborValue(out))
	if err != nil {
		return nil, err
	}
	return cborAnswer(rq, http.StatusOK, body), nil
}

func (cborCodec) fail(rq *wireRequest, op *modelOperation, refusal *apiError) *wireAnswer {
	s := rq.model.failure(op, refusal.Code)
	body, _ := marshalCBOR(map[string]any{ // strings only
		"__type": typeName(s, refusal.Code), messageMember(s, "message"): refusal.Message,
	})
	a := cborAnswer(rq, rq.model.status(op, refusal), body)
	rq.model.queryError(a, refusal.Code)
	return a
}

func cborAnswer(rq *wireRequest, status int, body []byte) *wireAnswer {
	a := newAnswer(status, "", body)
	if body != nil {
		a.header.Set("Content-Type", "application/cbor")
	}
	a.header.Set("Smithy-Protocol", "rpc-v2-cbor")
	a.header.Set("X-Amzn-Requestid", rq.id)
	return a
}

func marshalCBOR(v any) ([]byte, error) {
	mode, err := cbor.EncOptions{Sort: cbor.SortBytewiseLexical}.EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

// cborValue writes times as the protocol wants them: tag 1, a double.
func cborValue(v any) any {
	switch v := v.(type) {
	case values:
		out := map[string]any{}
		for key, item := range v {
			out[key] = cborValue(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cborValue(item)
		}
		return out
	case time.Time:
		return cbor.Tag{Number: 1, Content: seconds(v)}
	}
	return v
}
