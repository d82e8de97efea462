package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// credentialScope is what a signature says about its request.
type credentialScope struct{ accessKey, region, service string }

// scopeOf reads the credential of a signed or presigned request:
// AKID/20060102/region/service/aws4_request.
func scopeOf(r *http.Request) credentialScope {
	credential := ""
	if rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "); ok {
		for part := range strings.SplitSeq(rest, ",") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(part), "Credential="); ok {
				credential = v
			}
		}
	} else if strings.Contains(r.URL.RawQuery, "X-Amz-Credential=") {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		return credentialScope{}
	}
	return credentialScope{accessKey: parts[0], region: parts[2], service: parts[3]}
}

// unaddressed answers a request that no emulated service can take.
func unaddressed(w http.ResponseWriter, r *http.Request, scope credentialScope) {
	code, status := "NotSupportedByEmulator", http.StatusNotImplemented
	text := fmt.Sprintf("service %q is not supported by this emulator", scope.service)
	if scope.service == "" {
		code, status = "MissingAuthenticationToken", http.StatusForbidden
		text = "Request is missing Authentication Token: one endpoint serves all services, and only the signature of a request names its service and region"
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		x := &xmlWriter{}
		x.WriteString(xmlHead + "<ErrorResponse><Error>")
		x.element("Type", "Sender")
		x.element("Code", code)
		x.element("Message", text)
		x.WriteString("</Error></ErrorResponse>")
		newAnswer(status, "text/xml", x.Bytes()).write(w)
		return
	}
	w.Header().Set("X-Amzn-Errortype", code)
	a := newAnswer(status, "application/json", fmt.Appendf(nil, "{\"__type\":%q,\"message\":%q}", code, text))
	a.write(w)
}
