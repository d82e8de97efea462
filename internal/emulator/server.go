package emulator

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds what one API request may send: Lambda takes 50 MB of code in
// base64, and JSON around it.
const maxBody = 80 << 20

// ServeHTTP answers every service of the account on one endpoint: the
// signature's credential scope names service and region, as AWS's own
// endpoints do by their host names.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v2" || strings.HasPrefix(r.URL.Path, "/v2/") {
		e.serveRegistry(w, r)
		return
	}
	scope := scopeOf(r)
	if scope.service == "s3" {
		e.serveS3(w, r, scope)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	rq := &wireRequest{Request: r, body: body, id: e.requestID()}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		rq.form, err = url.ParseQuery(string(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	if query := r.URL.Query(); rq.form == nil && query.Has("Action") { // presigned calls are GET
		rq.form = query
	}
	// Web identities call without a signature: their token is the proof.
	if scope.service == "" && rq.form.Get("Action") == "AssumeRoleWithWebIdentity" {
		scope = credentialScope{service: "sts", region: "us-east-1"}
	}
	s := e.service(scope.service)
	if s == nil {
		unaddressed(w, r, scope)
		return
	}
	rq.model = s.model
	codec := s.model.codec(rq)
	if codec == nil {
		http.Error(w, fmt.Sprintf("%s does not speak the protocol of this request", s.name), http.StatusBadRequest)
		return
	}
	answer := e.answer(r.Context(), s, scope, codec, rq)
	if answer == nil {
		panic(http.ErrAbortHandler) // the connection drops without an answer
	}
	answer.write(w)
}

func (a *wireAnswer) write(w http.ResponseWriter) {
	for name, v := range a.header {
		w.Header()[name] = v
	}
	w.WriteHeader(a.status)
	w.Write(a.body) // the client may have gone
}

// answer decodes, performs and encodes one request; nil drops the connection.
func (e *Emulator) answer(ctx context.Context, s *service, scope credentialScope, codec codec, rq *wireRequest) *wireAnswer {
	in := &incoming{
		Call:    Call{Region: scope.region, Service: s.name},
		service: s, accessKey: scope.accessKey, host: rq.Host,
	}
	in.Operation, in.err = nameError(codec.operation(rq))
	if in.err == nil {
		in.op, in.err = s.find(codec, rq, in.Operation)
	}
	if in.err == nil {
		in.in, in.err = codec.decode(rq, in.op)
		in.err = s.model.refuseDecoding(in.err)
	}
	if in.err == nil {
		in.err = s.validate(in.op, in.in)
	}
	out, err := e.perform(ctx, in)
	var refused *apiError
	switch {
	case errors.Is(err, errDropped):
		return nil
	case errors.As(err, &refused):
		return codec.fail(rq, in.op, refused)
	case err != nil:
		return codec.fail(rq, in.op, mistake(err))
	}
	answer, err := codec.encode(rq, in.op, out)
	if err != nil {
		return codec.fail(rq, in.op, mistake(err))
	}
	return answer
}

// nameError avoids an error interface that holds a nil *apiError.
func nameError(name string, refused *apiError) (string, error) {
	if refused == nil {
		return name, nil
	}
	return name, refused
}

// mistake is the answer to a fault of the emulator itself.
func mistake(err error) *apiError {
	return &apiError{Code: "EmulatorMistake", Message: err.Error(), Status: http.StatusInternalServerError}
}

// find looks the operation up. One that the API has and the emulator lacks is
// told apart from one that the API lacks.
func (s *service) find(codec codec, rq *wireRequest, name string) (*modelOperation, error) {
	if op := s.model.Operations[name]; op != nil && s.operations[name] != nil {
		return op, nil
	}
	if s.model.Others[name] != "" || s.model.Operations[name] != nil {
		return nil, &apiError{
			Code: "NotSupportedByEmulator", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("%s %s is not supported by this emulator", s.name, name),
		}
	}
	if query, ok := codec.(queryCodec); ok {
		return nil, query.unknownAction(rq, name)
	}
	return nil, refuse("UnknownOperationException", "%s has no operation %s", s.name, name)
}

// refuseDecoding words what could not be read.
func (m *model) refuseDecoding(err error) error {
	var unknown *unknownMember
	var wrong *wrongType
	code := "ValidationException"
	if m.speaks("query") {
		code = "ValidationError"
	}
	switch {
	case errors.As(err, &unknown) && m.Service == "ec2":
		return refuse("UnknownParameter", "The parameter %s is not recognized", unknown.path)
	case errors.As(err, &unknown):
		return refuse(code, "%s is not a parameter of this operation", unknown.path)
	case errors.As(err, &wrong) && m.Service == "ec2":
		return refuse("InvalidParameterValue", "Invalid value '%v' for %s; expected %s", wrong.value, wrong.path, wrong.want)
	case errors.As(err, &wrong) && m.speaks("query"):
		return refuse("MalformedInput", "Value %v at %s is not a %s", wrong.value, wrong.path, wrong.want)
	case errors.As(err, &wrong):
		return refuse("SerializationException", "Value %v at %s cannot be converted to %s", wrong.value, wrong.path, wrong.want)
	}
	return err
}

// codec picks the protocol of a request; nil when the service lacks it.
func (m *model) codec(rq *wireRequest) codec {
	switch {
	case m.speaks("rest-json"):
		return restCodec{}
	case rq.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" && m.speaks("smithy-rpc-v2-cbor"):
		return cborCodec{}
	case rq.Header.Get("X-Amz-Target") != "" && m.speaks("json"):
		return jsonCodec{}
	case rq.form != nil && (m.speaks("query") || m.speaks("ec2")):
		return queryCodec{ec2: m.speaks("ec2")}
	}
	return nil
}

// readBody reads and unpacks: PutMetricData comes compressed.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		return body, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(unpacked, maxBody))
}

func (e *Emulator) requestID() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", e.requests)
}
