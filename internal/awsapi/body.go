package awsapi

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// readOnlyBody shows a request's body to net/http as a reader alone. The SDK
// closes the body when the answer begins, and from then on its WriteTo, which
// net/http would call to see that nothing follows, fails with EOF instead of
// ending: a quick server's answer is then cut off (seen with smithy-go 1.28.8).
type readOnlyBody struct{ client aws.HTTPClient }

// Do sends the request.
func (c readOnlyBody) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = struct{ io.ReadCloser }{req.Body}
	}
	return c.client.Do(req)
}
