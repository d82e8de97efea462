package main

import (
	"context"
	"encoding/json"
	"io"
	"regexp"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// recorder writes each call as a line of JSON.
type recorder struct {
	out   io.Writer
	clock clock.Clock
	fact  string
	err   error
}

// line is one call, as the SDK knows it.
type line struct {
	Time      string `json:"time"`
	Fact      string `json:"fact"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Input     any    `json:"input,omitempty"`
	Output    any    `json:"output,omitempty"`
	Error     string `json:"error,omitempty"`
}

// observe is the SDK's hook around a call with all of its attempts.
func (r *recorder) observe(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("record",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			l := line{
				Time: r.clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Fact: r.fact,
				Service: awsmiddleware.GetServiceID(ctx), Operation: awsmiddleware.GetOperationName(ctx), Input: in.Parameters, Output: out.Result,
			}
			if err != nil {
				l.Error = err.Error()
			}
			r.write(l)
			return out, metadata, err
		}), middleware.After)
}

func (r *recorder) write(l line) {
	text, err := json.Marshal(l)
	if err == nil {
		text, err = redact(text)
	}
	if err == nil {
		_, err = r.out.Write(append(text, '\n'))
	}
	if err != nil && r.err == nil {
		r.err = err
	}
}

// redact takes code, user data and the account's number out of a line.
func redact(text []byte) ([]byte, error) {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	strip(value)
	text, err := json.Marshal(value)
	return regexp.MustCompile(`\b[0-9]{12}\b`).ReplaceAll(text, []byte("123456789012")), err
}

func strip(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil || name == "ZipFile" || name == "UserData" || name == "ResultMetadata" || name == "Environment" {
				delete(v, name)
				continue
			}
			strip(member)
		}
	case []any:
		for _, member := range v {
			strip(member)
		}
	}
}
