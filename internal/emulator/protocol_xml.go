package emulator

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strings"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// encode writes the XML that the query protocol and EC2 answer with.
func (c queryCodec) encode(rq *wireRequest, op *modelOperation, out values) (*wireAnswer, error) {
	w := &xmlWriter{ec2: c.ec2}
	w.WriteString(xmlHead)
	w.WriteString(`<` + op.Name + `Response xmlns="` + rq.model.Namespace + `">`)
	switch {
	case c.ec2:
		w.element("requestId", rq.id)
		if op.Output == "" { // AWS answers these with a bare true
			w.element("return", "true")
		}
		w.structure(op.out, out)
	default:
		if op.Wrapper != "" {
			w.open(op.Wrapper)
			w.structure(op.out, out)
			w.close(op.Wrapper)
		}
		w.open("ResponseMetadata")
		w.element("RequestId", rq.id)
		w.close("ResponseMetadata")
	}
	w.close(op.Name + "Response")
	a := newAnswer(http.StatusOK, "text/xml;charset=UTF-8", w.Bytes())
	a.header.Set("X-Amzn-Requestid", rq.id)
	return a, nil
}

// fail writes the error documents of the query protocol and of EC2.
func (c queryCodec) fail(rq *wireRequest, op *modelOperation, refusal *apiError) *wireAnswer {
	status := rq.model.status(op, refusal)
	w := &xmlWriter{ec2: c.ec2}
	w.WriteString(xmlHead)
	if c.ec2 {
		w.WriteString("<Response><Errors><Error>")
		w.element("Code", refusal.Code)
		w.element("Message", refusal.Message)
		w.WriteString("</Error></Errors>")
		w.element("RequestID", rq.id)
		w.WriteString("</Response>")
	} else {
		w.WriteString(`<ErrorResponse xmlns="` + rq.model.Namespace + `"><Error>`)
		w.element("Type", faultOf(status, "Sender", "Receiver"))
		w.element("Code", refusal.Code)
		w.element("Message", refusal.Message)
		w.WriteString("</Error>")
		w.element("RequestId", rq.id)
		w.WriteString("</ErrorResponse>")
	}
	a := newAnswer(status, "text/xml;charset=UTF-8", w.Bytes())
	a.header.Set("X-Amzn-Requestid", rq.id)
	return a
}

// faultOf tells whose fault a status is.
func faultOf(status int, sender, receiver string) string {
	if status >= 500 {
		return receiver
	}
	return sender
}

type xmlWriter struct {
	bytes.Buffer
	ec2 bool
}

func (w *xmlWriter) open(name string)  { w.WriteString("<" + name + ">") }
func (w *xmlWriter) close(name string) { w.WriteString("</" + name + ">") }

func (w *xmlWriter) element(name, text string) {
	w.open(name)
	_ = xml.EscapeText(&w.Buffer, []byte(text)) // a bytes.Buffer never fails
	w.close(name)
}

func (w *xmlWriter) structure(s *shape, v values) {
	for _, name := range sortedKeys(v) {
		r := s.Members[name]
		w.value(wireOr(r, name), r, v[name])
	}
}

func (w *xmlWriter) value(name string, r *reference, v any) {
	switch v := v.(type) {
	case values:
		if r.to.Type == "map" {
			w.mapping(name, r, v)
			return
		}
		w.open(name)
		w.structure(r.to, v)
		w.close(name)
	case []any:
		w.list(name, r, v)
	case []byte:
		w.element(name, base64.StdEncoding.EncodeToString(v))
	default:
		w.element(name, strings.ToValidUTF8(text(v, r, "iso8601"), "\uFFFD"))
	}
}

func (w *xmlWriter) list(name string, r *reference, items []any) {
	if r.Flattened || r.to.Flattened {
		for _, item := range items {
			w.value(wireOr(r.to.Item, name), r.to.Item, item)
		}
		return
	}
	otherwise := "member"
	if w.ec2 {
		otherwise = "item"
	}
	w.open(name)
	for _, item := range items {
		w.value(wireOr(r.to.Item, otherwise), r.to.Item, item)
	}
	w.close(name)
}

func (w *xmlWriter) mapping(name string, r *reference, v values) {
	w.open(name)
	for _, key := range sortedKeys(v) {
		w.open("entry")
		w.element(wireOr(r.to.Key, "key"), key)
		w.value(wireOr(r.to.Value, "value"), r.to.Value, v[key])
		w.close("entry")
	}
	w.close(name)
}
