package emulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// script is requests, one a line: a method, a path with query, and a body that
// goes to the line's end. Lines without these are skipped.
func script(text string, do func(method, target, body string)) {
	n := 0
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if n++; len(parts) < 2 || n > 20 {
			continue
		}
		do(parts[0], parts[1], strings.Join(parts[2:], ""))
	}
}

// rawRequest is a request as a server would hand it over; nil where HTTP's own
// parser would not let it through.
func rawRequest(method, target, body string) *http.Request {
	methods := []string{"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"}
	u, err := url.ParseRequestURI(target)
	if err != nil || !slices.Contains(methods, method) || !strings.HasPrefix(target, "/") {
		return nil
	}
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL, r.RequestURI = u, target
	return r
}

// FuzzRegistry sends any requests to the registry: nothing is a mistake of the
// emulator's, and what can be read is what was written, under its digest.
func FuzzRegistry(f *testing.F) {
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	f.Add("GET /v2/\nPOST /v2/shop/blobs/uploads/?digest=" + empty + "\nHEAD /v2/shop/blobs/" + empty + "\nGET /v2/shop/blobs/" + empty + "\n" +
		`PUT /v2/shop/manifests/v1 {"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"` + empty + `"},"layers":[]}` + "\nGET /v2/shop/manifests/v1\nGET /v2/shop/tags/list\nGET /v2/_catalog")
	f.Add("POST /v2/a/b/blobs/uploads/\nPATCH /v2/a/b/blobs/uploads/1 x\nPUT /v2/a/b/blobs/uploads/1?digest=" + empty)
	f.Add("GET /v2/shop/referrers/" + empty + "\nDELETE /v2/shop/manifests/v1\nPUT /v2/../x/manifests/latest {}\nGET /v2//tags/list")
	f.Add("POST /v2/other/blobs/uploads/?mount=" + empty + "&from=shop\nGET /v2/shop/blobs/sha256:zz\nGET /v2/shop/manifests/\nPUT /v2 x")
	f.Fuzz(func(t *testing.T, text string) {
		e := New(clock.NewVirtual(noon), WithOpenRegistry())
		script(text, func(method, target, body string) {
			r := rawRequest(method, target, body)
			if r == nil || !strings.HasPrefix(r.URL.Path, "/v2") {
				return
			}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code >= 500 && w.Code != http.StatusNotImplemented {
				t.Fatalf("%s %s: HTTP %d %s", method, target, w.Code, w.Body)
			}
			_, reference, isManifest := strings.Cut(r.URL.Path, "/manifests/")
			if !isManifest {
				_, reference, _ = strings.Cut(r.URL.Path, "/blobs/")
			}
			sum := sha256.Sum256(w.Body.Bytes())
			if method == "GET" && w.Code == http.StatusOK && strings.HasPrefix(reference, "sha256:") && reference != "sha256:"+hex.EncodeToString(sum[:]) {
				t.Fatalf("%s is other bytes: %q", reference, w.Body)
			}
			if method == "PUT" && isManifest && w.Code < 300 && !json.Valid([]byte(body)) {
				t.Fatalf("%q is taken for a manifest", body)
			}
		})
	})
}

// FuzzS3 sends any requests to S3: nothing is a mistake of the emulator's, and
// an object is what was put there last.
func FuzzS3(f *testing.F) {
	f.Add("PUT /b\nPUT /b/k content\nGET /b/k\nHEAD /b/k\nGET /b?list-type=2&prefix=k\nDELETE /b/k\nGET /b/k\nGET /", "", "")
	f.Add("PUT /b\nPUT /b?versioning <VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>\nPUT /b/k 1\nPUT /b/k 2\nGET /b?versions\nGET /b/k?versionId=x", "Range", "bytes=0-0")
	f.Add("PUT /b\nPOST /b/k?uploads\nPUT /b/k?partNumber=1&uploadId=1 part\nPOST /b/k?uploadId=1 <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>\nDELETE /b/k?uploadId=1", "X-Amz-Meta-A", "b")
	f.Add("PUT /b\nPUT /b/k 5;chunk-signature=0", "X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	f.Add("PUT /b\nPUT /b/k x\nPUT /b/l\nPOST /b?delete <Delete><Object><Key>k</Key></Object></Delete>\nGET /b?location", "X-Amz-Copy-Source", "/b/k")
	f.Add("GET /b?acl\nPUT /b/k?tagging x\nPUT /../x y\nGET /b/k?list-type=2&max-keys=-1", "If-None-Match", "*")
	f.Fuzz(func(t *testing.T, text, name, value string) {
		e := New(clock.NewVirtual(noon))
		script(text, func(method, target, body string) {
			r := rawRequest(method, target, body)
			if r == nil || strings.HasPrefix(r.URL.Path, "/v2/") || r.URL.Path == "/v2" {
				return
			}
			if name != "" {
				r.Header.Set(name, value)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260301/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0")
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code >= 500 && w.Code != http.StatusNotImplemented {
				t.Fatalf("%s %s: HTTP %d %s", method, target, w.Code, w.Body)
			}
			if method != "PUT" || w.Code != http.StatusOK || name != "" || r.URL.RawQuery != "" || strings.Count(r.URL.Path, "/") < 2 {
				return
			}
			bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			if key == "" {
				return
			}
			if got, code, _ := e.object(bucket, key, ""); code != "" || string(got) != body {
				t.Fatalf("%s holds %q (%s), want %q", r.URL.Path, got, code, body)
			}
		})
	})
}

// FuzzChunks reads the chunks that SDKs cut an upload into: what is read was
// in the body, and cutting it anew changes nothing.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\n\r\n"))
	f.Add([]byte("3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"))
	f.Add([]byte("ffffffffffffff\r\n"))
	f.Add([]byte("-1\r\n\r\n0\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		joined, err := joinChunks(body)
		if err != nil {
			return
		}
		if len(joined) > len(body) {
			t.Fatalf("%d bytes became %d", len(body), len(joined))
		}
		var again bytes.Buffer
		if len(joined) > 0 {
			fmt.Fprintf(&again, "%x\r\n%s\r\n", len(joined), joined)
		}
		again.WriteString("0\r\n\r\n")
		second, err := joinChunks(again.Bytes())
		if err != nil || !bytes.Equal(second, joined) {
			t.Fatalf("cut anew it is %q, %v", second, err)
		}
	})
}

// FuzzLanguages reads the small languages of CloudWatch and CodeDeploy: what
// was read can be written, and means the same when it is read again.
func FuzzLanguages(f *testing.F) {
	for _, text := range []string{
		"m1 / m2 * 100", "FILL(m1, 0) + -1.5e3", "IF(m1 > 5, m1, 0)", "((((", "m1 +", "-m1 ^ 2 ^ -3", "RATE(m1)", "0x1p-2 + Inf",
		`ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))`, "TRUE", "NOT NOT ALARM(x)", `ALARM("a`, `ALARM("a""b")`,
		`{"version":0.0,"Resources":[{"f":{"Type":"AWS::Lambda::Function","Properties":{"Name":"f","Alias":"live","CurrentVersion":"1","TargetVersion":"2"}}}],"Hooks":[{"BeforeAllowTraffic":"check"}]}`,
		`{"version":0}`, "version: 0.0",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if formula, err := parseFormula(text); err == nil {
			written := writeFormula(formula)
			again, err := parseFormula(written)
			if err != nil || writeFormula(again) != written {
				t.Errorf("%q is %s, and then %v, %v", text, written, again, err)
			}
		}
		if rule, err := parseRule(text); err == nil {
			written := writeRule(rule)
			again, err := parseRule(written)
			if err != nil || writeRule(again) != written || !slices.Equal(again.alarms(), rule.alarms()) {
				t.Errorf("%q is %s, and then %v, %v", text, written, again, err)
			}
		}
		spec, err := readAppSpec(text)
		if err != nil {
			return
		}
		if spec.function == "" || spec.alias == "" || spec.current == "" || spec.target == "" {
			t.Errorf("an AppSpec without %+v", spec)
		}
		written, err := json.Marshal(map[string]any{"version": 0, "Resources": []any{map[string]any{"x": map[string]any{
			"Type": "AWS::Lambda::Function", "Properties": map[string]string{"Name": spec.function, "Alias": spec.alias, "CurrentVersion": spec.current, "TargetVersion": spec.target},
		}}}, "Hooks": []any{map[string]string{"BeforeAllowTraffic": spec.before}, map[string]string{"AfterAllowTraffic": spec.after}}})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := readAppSpec(string(written)); err != nil || again != spec {
			t.Errorf("%s is %+v, %v, and was %+v", written, again, err, spec)
		}
	})
}

// writeFormula writes a formula with all its brackets.
func writeFormula(f formula) string {
	switch f := f.(type) {
	case formulaNumber:
		return number(float64(f))
	case formulaName:
		return string(f)
	case formulaBinary:
		return "(" + writeFormula(f.left) + " " + f.sign + " " + writeFormula(f.right) + ")"
	case formulaFill:
		return "FILL(" + writeFormula(f.of) + ", " + number(f.with) + ")"
	case formulaIf:
		return "IF(" + writeFormula(f.condition) + ", " + writeFormula(f.yes) + ", " + writeFormula(f.no) + ")"
	}
	return fmt.Sprintf("a %T", f)
}

// writeRule writes an alarm's rule with all its brackets.
func writeRule(r alarmRule) string {
	switch r := r.(type) {
	case ruleConstant:
		return strings.ToUpper(fmt.Sprint(bool(r)))
	case ruleState:
		if strings.Contains(r.alarm, `"`) {
			return r.state + "(" + r.alarm + ")"
		}
		return r.state + `("` + r.alarm + `")`
	case ruleNot:
		return "NOT (" + writeRule(r.of) + ")"
	case ruleBoth:
		return "(" + writeRule(r.left) + " AND " + writeRule(r.right) + ")"
	case ruleEither:
		return "(" + writeRule(r.left) + " OR " + writeRule(r.right) + ")"
	}
	return fmt.Sprintf("a %T", r)
}
