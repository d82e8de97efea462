package emulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// hearing is an emulator of which every operation succeeds, so that what it
// was asked is seen alone.
type hearing struct {
	*Emulator
	asked values
	at    *shape // the input's
	left  int    // requests until another emulator takes over: each one is recorded
}

func (h *hearing) renew() {
	if h.left--; h.left > 0 {
		return
	}
	h.Emulator, h.left = New(clock.NewVirtual(noon)), 2000
	for _, s := range h.services {
		s.operations = map[string]operation{}
		for name, op := range s.model.Operations {
			s.operations[name] = func(_ *call, in values) (values, error) {
				h.asked, h.at = in, op.in
				return values{}, nil
			}
		}
	}
}

// ask sends one request and returns its answer. Asked is nil when no
// operation was reached.
func (h *hearing) ask(t *testing.T, r *http.Request, service string) *httptest.ResponseRecorder {
	t.Helper()
	h.renew()
	h.asked, h.at = nil, nil
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260301/eu-west-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	// An output without the members that it must have is this test's doing.
	if w.Code >= 500 && w.Code != http.StatusNotImplemented && h.asked == nil {
		t.Fatalf("HTTP %d %s", w.Code, w.Body)
	}
	return w
}

// operationsOf are the operations of services that speak a protocol, in order.
func operationsOf(t testing.TB, protocol string) (all [][2]string) {
	t.Helper()
	models, err := loadModels()
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range sortedKeys(models) {
		if models[service].speaks(protocol) {
			for _, name := range sortedKeys(models[service].Operations) {
				all = append(all, [2]string{service, name})
			}
		}
	}
	return all
}

// index finds an operation among those.
func index(t testing.TB, all [][2]string, service, name string) uint16 {
	t.Helper()
	for i, one := range all {
		if one == [2]string{service, name} {
			return uint16(i)
		}
	}
	t.Fatalf("no operation %s %s", service, name)
	return 0
}

// conforms holds a decoded input against its shape: nothing but members of it,
// each of the one Go type that its own has, and every constraint kept.
func conforms(t *testing.T, s *shape, v values) {
	t.Helper()
	var found []violation
	checkMembers(s, v, "", &found)
	if len(found) > 0 {
		t.Fatalf("%+v got through", found)
	}
	for name, item := range v {
		if s.Members[name] == nil {
			t.Fatalf("%s is no member", name)
		}
		typed(t, s.Members[name].to, item)
	}
}

func typed(t *testing.T, s *shape, v any) {
	t.Helper()
	ok := false
	switch s.Type {
	case "structure":
		var in values
		if in, ok = v.(values); ok {
			conforms(t, s, in)
		}
	case "map":
		var in values
		in, ok = v.(values)
		for _, item := range in {
			typed(t, s.Value.to, item)
		}
	case "list":
		var in []any
		in, ok = v.([]any)
		for _, item := range in {
			typed(t, s.Item.to, item)
		}
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "integer", "long":
		var n int64
		n, ok = v.(int64)
		ok = ok && (s.Type == "long" || n == int64(int32(n)))
	case "float", "double":
		_, ok = v.(float64)
	case "timestamp":
		var at time.Time
		at, ok = v.(time.Time)
		ok = ok && at.Year() > -10000 && at.Year() < 10000
	case "blob":
		_, ok = v.([]byte)
	}
	if !ok {
		t.Fatalf("%#v is no %s", v, s.Type)
	}
}

// leaf counts what a request has to say: scalars, and lists, maps and
// structures that are empty.
func leaf(v any) (n int) {
	switch v := v.(type) {
	case values:
		for _, item := range v {
			n += leaf(item)
		}
		return max(n, 1)
	case []any:
		for _, item := range v {
			n += leaf(item)
		}
		return max(n, 1)
	}
	return 1
}

// FuzzQuery asks operations of the query services, EC2 among them, with any
// form: what succeeds is in the model, nothing of the form is lost, and the
// input's own form means the same.
func FuzzQuery(f *testing.F) {
	all := append(operationsOf(f, "query"), operationsOf(f, "ec2")...)
	for _, seed := range []struct{ service, name, form string }{
		{"autoscaling", "StartInstanceRefresh", "AutoScalingGroupName=g&Preferences.CheckpointPercentages.member.1=50&Preferences.SkipMatching=true&DesiredConfiguration.LaunchTemplate.Version=%24Latest"},
		{"autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroupNames.member.1=a&AutoScalingGroupNames.member.2=b&MaxRecords=1"},
		{"autoscaling", "StartInstanceRefresh", "AutoScalingGroupName=g&Preferences=x"},
		{"elasticloadbalancing", "DescribeTargetHealth", "TargetGroupArn=x&Targets.member.1.Id=i-1&Targets.member.1.Port=80"},
		{"ec2", "DescribeInstances", "InstanceId.1=i-1&Filter.1.Name=tag%3Ax&Filter.1.Value.1=1&Filter.1.Value.2=2"},
		{"ec2", "CreateLaunchTemplate", "LaunchTemplateName=web&LaunchTemplateData.SecurityGroupId.1=sg-1&LaunchTemplateData.NetworkInterface.1.DeviceIndex=0"},
		{"cloudwatch", "PutMetricData", "Namespace=Shop&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1e300&MetricData.member.1.Timestamp=2026-03-01T12%3A00%3A00Z"},
		{"iam", "GetInstanceProfile", "InstanceProfileName=a&InstanceProfileName=b"},
		{"sts", "AssumeRole", "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fx&RoleSessionName=ci&DurationSeconds=99999999999"},
	} {
		f.Add(index(f, all, seed.service, seed.name), seed.form)
	}
	var h hearing
	f.Fuzz(func(t *testing.T, which uint16, form string) {
		service, name := all[int(which)%len(all)][0], all[int(which)%len(all)][1]
		h.renew()
		model := h.services[service].model
		body := "Version=" + model.Version + "&Action=" + name + "&" + form
		post := func(body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return h.ask(t, r, service)
		}
		if w := post(body); w.Body.Len() > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
			wellFormed(t, w.Body.Bytes())
		}
		if h.asked == nil {
			return
		}
		first, at := h.asked, h.at
		conforms(t, at, first)
		sent, err := url.ParseQuery(body)
		if err != nil {
			t.Fatal(err)
		}
		if sent["Action"][0] != name {
			return // the form named another one first
		}
		parameters := 0
		for key, v := range sent {
			if len(v) > 1 {
				t.Fatalf("%s was given twice, and one of them was lost", key)
			}
			if key != "Action" && key != "Version" && !strings.HasPrefix(key, "X-Amz-") {
				parameters++
			}
		}
		said := leaf(first)
		if len(first) == 0 {
			said = 0
		}
		if said != parameters {
			t.Fatalf("of %d parameters %d got through:\n%s\n%#v", parameters, said, form, first)
		}
		again := url.Values{"Version": {model.Version}, "Action": {name}}
		codec := queryCodec{ec2: model.speaks("ec2")}
		codec.write(again, "", at, first)
		if w := post(again.Encode()); h.asked == nil || !reflect.DeepEqual(h.asked, first) {
			t.Fatalf("its own form means something else:\n%s\n got %#v\nwant %#v\n%s", again.Encode(), h.asked, first, w.Body)
		}
	})
}

// write is the reverse of decode.
func (c queryCodec) write(form url.Values, at string, s *shape, v values) {
	for name, item := range v {
		c.writeValue(form, join(at, c.wire(name, s.Members[name])), s.Members[name], item)
	}
}

func (c queryCodec) writeValue(form url.Values, at string, r *reference, v any) {
	switch v := v.(type) {
	case values:
		switch {
		case r.to.Type == "structure":
			if len(v) == 0 {
				form.Set(at, "")
			}
			c.write(form, at, r.to, v)
			return
		case len(v) == 0:
			form.Set(at, "")
			return
		case !r.to.Flattened:
			at += ".entry"
		}
		for i, key := range sortedKeys(v) {
			entry := at + "." + strconv.Itoa(i+1) + "."
			form.Set(entry+wireOr(r.to.Key, "key"), key)
			c.writeValue(form, entry+wireOr(r.to.Value, "value"), r.to.Value, v[key])
		}
	case []any:
		if len(v) == 0 {
			form.Set(at, "")
		} else if !c.ec2 && !r.Flattened && !r.to.Flattened {
			at += "." + wireOr(r.to.Item, "member")
		}
		for i, item := range v {
			c.writeValue(form, at+"."+strconv.Itoa(i+1), r.to.Item, item)
		}
	case []byte:
		form.Set(at, fmt.Sprint(jsonValue(r, v)))
	case time.Time:
		form.Set(at, v.Format(time.RFC3339Nano))
	default:
		form.Set(at, text(v, r, ""))
	}
}

// wellFormed reads XML to its end.
func wellFormed(t *testing.T, body []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(body)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the answer is no XML: %v\n%q", err, body)
		}
	}
}

// FuzzJSON asks operations of the JSON services, Lambda's REST among them,
// with any body.
func FuzzJSON(f *testing.F) {
	all := append(operationsOf(f, "json"), operationsOf(f, "rest-json")...)
	for _, seed := range []struct{ service, name, body string }{
		{"ecr", "CreateRepository", `{"repositoryName":"a/b","tags":[{"Key":"k","Value":"v"}],"imageScanningConfiguration":{"scanOnPush":true}}`},
		{"ecr", "DescribeImages", `{"repositoryName":"a","imageIds":[{"imageTag":"1"}],"maxResults":1e0}`},
		{"ecr", "DescribeRepositories", `{"maxResults":null,"nextToken":"a","nextToken":"b"}`},
		{"cloudwatch", "PutMetricData", `{"Namespace":"Shop","MetricData":[{"MetricName":"m","Timestamp":1772366400.25,"Value":1e999}]}`},
		{"codedeploy", "CreateDeployment", `{"applicationName":"a","deploymentGroupName":"g","revision":{"revisionType":"AppSpecContent","appSpecContent":{"content":"{}"}}}`},
		{"logs", "FilterLogEvents", `{"logGroupName":"a","limit":99999999999}`},
		{"lambda", "UpdateFunctionCode", `{"ZipFile":"UEsFBg==","Publish":true}`},
		{"lambda", "Invoke", `any payload`},
		{"lambda", "CreateAlias", `{"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.5}}}`},
		{"ecs", "RegisterTaskDefinition", `{"family":"f","containerDefinitions":[{"name":"c","environment":[{"name":"A"}]}]}`},
	} {
		f.Add(index(f, all, seed.service, seed.name), []byte(seed.body), "shop")
	}
	var h hearing
	f.Fuzz(func(t *testing.T, which uint16, body []byte, segment string) {
		service, name := all[int(which)%len(all)][0], all[int(which)%len(all)][1]
		h.renew()
		model := h.services[service].model
		op := model.Operations[name]
		post := func(body []byte) *httptest.ResponseRecorder {
			if model.speaks("rest-json") {
				r := httptest.NewRequest(op.Method, "/", bytes.NewReader(body))
				r.URL = &url.URL{Path: fill(op.Path, segment)}
				if _, query, ok := strings.Cut(op.Path, "?"); ok {
					r.URL.RawQuery = query
				}
				return h.ask(t, r, service)
			}
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/x-amz-json-"+model.JSONVersion)
			r.Header.Set("X-Amz-Target", model.TargetPrefix+"."+name)
			return h.ask(t, r, service)
		}
		if w := post(body); w.Body.Len() > 0 && w.Code >= 400 && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("HTTP %d is no JSON: %q", w.Code, w.Body)
		}
		if h.asked == nil {
			return
		}
		first, at := h.asked, h.at
		conforms(t, at, first)
		if op.in.Payload != "" {
			return
		}
		located := values{}
		for name, v := range first {
			if at.Members[name].In == "" {
				located[name] = v
			}
		}
		said := countJSON(t, body)
		if got := leaf(located); len(located) > 0 && got != said || len(located) == 0 && said > 0 {
			t.Fatalf("of %d members %d got through:\n%s\n%#v", said, got, body, first)
		}
		again, err := json.Marshal(jsonStructure(at, located))
		if err != nil {
			t.Fatal(err)
		}
		if w := post(again); h.asked == nil || !reflect.DeepEqual(h.asked, first) {
			t.Fatalf("its own JSON means something else:\n%s\n got %#v\nwant %#v\n%s", again, h.asked, first, w.Body)
		}
	})
}

// fill puts one segment at every place of a template's path.
func fill(template, segment string) string {
	template, _, _ = strings.Cut(template, "?")
	parts := strings.Split(template, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = segment
		}
	}
	return strings.Join(parts, "/")
}

// countJSON counts what a JSON object says; null says nothing.
func countJSON(t *testing.T, body []byte) int {
	t.Helper()
	raw, err := parseJSON(body)
	if err != nil {
		t.Fatal(err)
	}
	top, ok := raw.(map[string]any)
	if !ok {
		t.Fatalf("%s is no object", body)
	}
	n := 0
	for _, v := range top {
		n += saidJSON(v)
	}
	return n
}

func saidJSON(v any) (n int) {
	switch v := v.(type) {
	case nil:
		return 0
	case map[string]any:
		for _, item := range v {
			n += saidJSON(item)
		}
		return max(n, 1)
	case []any:
		for _, item := range v {
			n += saidJSON(item)
		}
		return max(n, 1)
	}
	return 1
}

// FuzzCBOR asks operations over RPC v2 with any body.
func FuzzCBOR(f *testing.F) {
	all := operationsOf(f, "smithy-rpc-v2-cbor")
	for _, seed := range []struct {
		name string
		body any
	}{
		{"PutMetricData", map[string]any{"Namespace": "Shop", "MetricData": []any{map[string]any{"MetricName": "m", "Value": 1.5}}}},
		{"GetMetricData", map[string]any{"StartTime": noon, "EndTime": noon, "MaxDatapoints": 5}},
		{"DescribeAlarms", map[string]any{"AlarmNames": []any{"a"}, "MaxRecords": 1e300}},
		{"SetAlarmState", map[any]any{1: 2}},
	} {
		body, err := marshalCBOR(cborValue(seed.body))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(index(f, all, "cloudwatch", seed.name), body)
	}
	f.Add(uint16(0), []byte{0xa1, 0x61, 'a', 0xf6})
	f.Add(uint16(0), []byte{0xbf, 0xff, 0x00})
	var h hearing
	f.Fuzz(func(t *testing.T, which uint16, body []byte) {
		service, name := all[int(which)%len(all)][0], all[int(which)%len(all)][1]
		h.renew()
		post := func(body []byte) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "/service/"+h.services[service].model.TargetPrefix+"/operation/"+name, bytes.NewReader(body))
			r.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
			return h.ask(t, r, service)
		}
		post(body)
		if h.asked == nil {
			return
		}
		first := h.asked
		conforms(t, h.at, first)
		again, err := marshalCBOR(cborValue(first))
		if err != nil {
			t.Fatal(err)
		}
		if w := post(again); h.asked == nil || !reflect.DeepEqual(h.asked, first) {
			t.Fatalf("its own CBOR means something else:\n got %#v\nwant %#v\n%s", h.asked, first, w.Body)
		}
	})
}
