package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// AWS's limits for the payload of a synchronous and of an event invocation.
const (
	maxSyncPayload  = 6 << 20
	maxEventPayload = 1 << 20
)

// eventRetries are how long after the event, and after the retry, AWS invokes
// a function again whose event failed.
var eventRetries = [...]time.Duration{time.Minute, 2 * time.Minute}

func (c *call) invoke(in values) (values, error) {
	v, a, qualifier, err := c.resolve(in)
	if err != nil {
		return nil, err
	}
	payload, _ := in["Payload"].([]byte)
	if err := checkPayload(in.str("InvocationType"), payload); err != nil {
		return nil, err
	}
	if in.str("InvocationType") == "DryRun" {
		return values{"StatusCode": int64(204)}, nil
	}
	if a != nil {
		v = a.function.version(a.pick())
	}
	if err := c.invocable(v); err != nil {
		return nil, err
	}
	if in.str("InvocationType") == "Event" {
		c.after(0, func() { c.runEvent(v, qualifier, payload, 0) })
		return values{"StatusCode": int64(202)}, nil
	}
	result := c.run(v, qualifier, payload)
	out := values{"StatusCode": int64(200), "ExecutedVersion": v.number, "Payload": result.body}
	if result.functionError != "" {
		out["FunctionError"] = result.functionError
	}
	if in.str("LogType") == "Tail" {
		log := result.log[max(0, len(result.log)-4096):]
		out["LogResult"] = base64.StdEncoding.EncodeToString([]byte(log))
	}
	return out, nil
}

func checkPayload(invocationType string, payload []byte) error {
	limit := maxSyncPayload
	if invocationType == "Event" {
		limit = maxEventPayload
	}
	if len(payload) > limit {
		return &apiError{Code: "RequestTooLargeException", Status: http.StatusRequestEntityTooLarge,
			Message: "Request payload is larger than the service limit"}
	}
	if len(payload) > 0 && !json.Valid(payload) {
		return refuse("InvalidRequestContentException", "Could not parse request body into json")
	}
	return nil
}

// invocable refuses what AWS cannot run now.
func (c *call) invocable(v *functionVersion) error {
	if v.state != "Active" {
		return refuse("ResourceConflictException", "The operation cannot be performed at this time. "+
			"The function is currently in the following state: %s", v.state)
	}
	if r := v.function.reserved; r != nil && *r == 0 {
		c.region.observe(lambdaNamespace, "Throttles", dimensions{"FunctionName": v.function.name}, 1, "Count")
		return &apiError{Code: "TooManyRequestsException", Message: "Rate Exceeded.",
			Status: http.StatusTooManyRequests}
	}
	return nil
}

// runEvent runs an event's invocation, and again twice while it fails.
func (c *call) runEvent(v *functionVersion, qualifier string, payload []byte, tried int) {
	if result := c.run(v, qualifier, payload); result.functionError == "" || tried == len(eventRetries) {
		return
	}
	c.after(eventRetries[tried], func() { c.runEvent(v, qualifier, payload, tried+1) })
}

// run runs one invocation and counts it in CloudWatch's metrics.
func (c *call) run(v *functionVersion, qualifier string, payload []byte) invocation {
	result := c.region.lambda.runner.run(v, payload)
	c.countInvocation(v, qualifier, result)
	c.region.writeFunctionLog(v, result.log)
	return result
}

const lambdaNamespace = "AWS/Lambda"

// countInvocation writes the metrics of one invocation under each set of
// dimensions that Lambda writes: of all functions, the function, what was
// invoked (the function, or function:qualifier), and for an alias also the
// version that ran.
func (c *call) countInvocation(v *functionVersion, qualifier string, result invocation) {
	name := v.function.name
	resource := name
	if qualifier != "" && qualifier != latestVersion {
		resource += ":" + qualifier
	}
	sets := []dimensions{{}, {"FunctionName": name}, {"FunctionName": name, "Resource": resource}}
	if v.function.aliases[qualifier] != nil {
		sets = append(sets, dimensions{"FunctionName": name, "Resource": resource, "ExecutedVersion": v.number})
	}
	failed := 0.0
	if result.functionError != "" {
		failed = 1
	}
	for _, set := range sets {
		c.region.observe(lambdaNamespace, "Invocations", set, 1, "Count")
		c.region.observe(lambdaNamespace, "Errors", set, failed, "Count")
		c.region.observe(lambdaNamespace, "Duration", set, float64(result.took.Microseconds())/1000, "Milliseconds")
	}
}
