package emulator

import (
	"math"
	"net/http"
	"net/url"
	"time"
)

// codec speaks one of AWS's wire protocols.
type codec interface {
	// operation names the operation that a request asks for.
	operation(rq *wireRequest) (string, *apiError)
	// decode reads the input members. Errors are *apiError, *unknownMember or
	// *wrongType.
	decode(rq *wireRequest, op *modelOperation) (values, error)
	// encode writes an output that normalise has checked.
	encode(rq *wireRequest, op *modelOperation, out values) (*wireAnswer, error)
	// fail writes a refusal; op is nil when it is not known.
	fail(rq *wireRequest, op *modelOperation, refusal *apiError) *wireAnswer
}

// wireRequest is a request as it came, addressed to one service.
type wireRequest struct {
	*http.Request
	model *model
	body  []byte
	form  url.Values // of a query request
	id    string     // the request id that the answer carries
}

type wireAnswer struct {
	status int
	header http.Header
	body   []byte
}

func newAnswer(status int, contentType string, body []byte) *wireAnswer {
	a := &wireAnswer{status: status, header: http.Header{}, body: body}
	if contentType != "" {
		a.header.Set("Content-Type", contentType)
	}
	return a
}

// status is what an answer to a refusal carries: the refusal's own, else what
// the model says of its code, else 400.
func (m *model) status(op *modelOperation, refusal *apiError) int {
	if refusal.Status != 0 {
		return refusal.Status
	}
	if s := m.failure(op, refusal.Code); s != nil {
		return s.Error.Status
	}
	return http.StatusBadRequest
}

// messageMember is how an error shape spells its message: both spellings occur
// in one service. The model of a code is nil for the shared ones.
func messageMember(s *shape, otherwise string) string {
	if s != nil {
		for _, name := range []string{"message", "Message"} {
			if s.Members[name] != nil {
				return name
			}
		}
	}
	return otherwise
}

// parseTime reads the timestamps that clients send as text.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02", http.TimeFormat} {
		if t, err := time.Parse(layout, text); err == nil {
			return moment(t)
		}
	}
	return time.Time{}, false
}

// moment is a time as the protocols can carry it: in milliseconds, of a year
// with four digits.
func moment(t time.Time) (time.Time, bool) {
	t = t.UTC().Truncate(time.Millisecond)
	return t, t.Year() >= 0 && t.Year() <= 9999
}

func epoch(seconds float64) (time.Time, bool) {
	const far = 1e12 // beyond any year with four digits
	if math.IsNaN(seconds) || seconds < -far || seconds > far {
		return time.Time{}, false
	}
	return moment(time.UnixMilli(int64(math.Round(seconds * 1000))))
}

// formatTime writes a timestamp as text.
func formatTime(t time.Time, format string) string {
	switch format {
	case "rfc822":
		return t.UTC().Format(http.TimeFormat)
	case "unixTimestamp":
		return number(seconds(t))
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
