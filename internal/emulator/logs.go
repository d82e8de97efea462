package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// logGroup is a CloudWatch log group, made by what writes to it.
type logGroup struct {
	events []logEvent // oldest first
}

type logEvent struct {
	id, stream, message string
	at                  time.Time
}

func logsOperations() map[string]operation {
	return map[string]operation{"FilterLogEvents": (*call).filterLogEvents}
}

// maxLogEvents is how many events a page holds at most.
const maxLogEvents = 10000

// writeFunctionLog appends what an invocation printed to the function's log
// group, in a stream named after the day and the version, as Lambda does.
func (r *region) writeFunctionLog(v *functionVersion, text string) {
	name := v.config.sub("LoggingConfig").str("LogGroup")
	if name == "" {
		name = "/aws/lambda/" + v.function.name
	}
	g := r.logs[name]
	if g == nil {
		g = &logGroup{}
		r.logs[name] = g
	}
	now := r.emulator.now
	stream := fmt.Sprintf("%s/[%s]%032x", now.UTC().Format("2006/01/02"), v.number, len(v.function.name))
	for line := range strings.Lines(text) {
		g.events = append(g.events, logEvent{id: fmt.Sprintf("%056d", len(g.events)+1), stream: stream, message: line, at: now})
	}
}

// filterLogEvents answers a page of a group's events that match.
func (c *call) filterLogEvents(in values) (values, error) {
	name := in.str("logGroupName")
	if in.has("logGroupName") == in.has("logGroupIdentifier") {
		return nil, refuse("InvalidParameterException", "Exactly one of logGroupName and logGroupIdentifier must be given.")
	}
	if in.has("logGroupIdentifier") {
		name = in.str("logGroupIdentifier")
		if parts := strings.Split(name, ":log-group:"); len(parts) == 2 {
			name = strings.TrimSuffix(parts[1], ":*")
		}
	}
	g := c.region.logs[name]
	if g == nil {
		return nil, refuse("ResourceNotFoundException", "The specified log group does not exist.")
	}
	if in.has("logStreamNames") && in.has("logStreamNamePrefix") {
		return nil, refuse("InvalidParameterException", "LogStreamNames and LogStreamNamePrefix are mutually exclusive.")
	}
	matches, err := logPattern(in.str("filterPattern"))
	if err != nil {
		return nil, err
	}
	from := 0
	if token := in.str("nextToken"); token != "" {
		if _, scanErr := fmt.Sscanf(token, "after-%d", &from); scanErr != nil || from > len(g.events) {
			return nil, refuse("InvalidParameterException", "The specified nextToken is invalid.")
		}
	}
	limit := maxLogEvents
	if in.has("limit") {
		limit = in.integer("limit")
	}
	rows := []any{}
	out := values{}
	for n := from; n < len(g.events); n++ {
		if len(rows) == limit {
			out["nextToken"] = fmt.Sprintf("after-%d", n)
			break
		}
		if e := g.events[n]; e.within(in) && matches(e.message) {
			rows = append(rows, e.described())
		}
	}
	out["events"], out["searchedLogStreams"] = rows, []any{}
	return out, nil
}

func (e logEvent) described() values {
	at := e.at.UnixMilli()
	return values{"eventId": e.id, "logStreamName": e.stream, "message": e.message, "timestamp": at, "ingestionTime": at}
}

// within tells that the request's times and streams let the event in.
func (e logEvent) within(in values) bool {
	at := int(e.at.UnixMilli())
	return (!in.has("startTime") || at >= in.integer("startTime")) &&
		(!in.has("endTime") || at <= in.integer("endTime")) &&
		(!in.has("logStreamNames") || slices.Contains(in.strings("logStreamNames"), e.stream)) &&
		strings.HasPrefix(e.stream, in.str("logStreamNamePrefix"))
}

// logPattern understands patterns of terms: all of them, or with ? before each
// any of them, quoted where they are no words; a - before one excludes it.
// Patterns of JSON, of columns and regular expressions are refused.
func logPattern(text string) (func(message string) bool, error) {
	var all, anyOf, none []string
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		into := &all
		switch rest[0] {
		case '{', '[', '%':
			return nil, refuse("InvalidParameterException", "Invalid filter pattern: %s is not supported by this emulator", text)
		case '?':
			into, rest = &anyOf, rest[1:]
		case '-':
			into, rest = &none, rest[1:]
		}
		term := ""
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			if term, rest, ok = strings.Cut(quoted, `"`); !ok {
				return nil, refuse("InvalidParameterException", "Invalid filter pattern: %s", text)
			}
		} else {
			term, rest, _ = strings.Cut(rest, " ")
		}
		*into = append(*into, term)
	}
	if len(anyOf) > 0 && len(all)+len(none) > 0 {
		return nil, refuse("InvalidParameterException", "Invalid filter pattern: ? beside other terms is not supported by this emulator")
	}
	return func(message string) bool {
		in := func(term string) bool { return strings.Contains(message, term) }
		return (len(anyOf) == 0 || slices.ContainsFunc(anyOf, in)) && !slices.ContainsFunc(none, in) &&
			!slices.ContainsFunc(all, func(term string) bool { return !in(term) })
	}, nil
}
