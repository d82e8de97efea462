// Command bootstrap is the shop's API: a Lambda function in Go for the runtime
// provided.al2023, on nothing but the runtime API.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

const version = "v1"

// answer is what the function does with an event.
func answer(_ []byte) (any, error) {
	return map[string]any{"statusCode": http.StatusOK, "version": version}, nil
}

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		if err := serve(api); err != nil {
			log.Fatal(err)
		}
	}
}

// serve takes the next event and answers it.
func serve(api string) error {
	next, err := http.Get(api + "next")
	if err != nil {
		return err
	}
	defer next.Body.Close()
	event, err := io.ReadAll(next.Body)
	if err != nil {
		return err
	}
	result, kind := respond(event)
	done, err := http.Post(api+next.Header.Get("Lambda-Runtime-Aws-Request-Id")+kind, "application/json", bytes.NewReader(result))
	if err != nil {
		return err
	}
	return done.Body.Close()
}

// respond is the answer's body, and where it goes.
func respond(event []byte) (body []byte, kind string) {
	result, err := answer(event)
	if err == nil {
		body, err = json.Marshal(result)
	}
	if err == nil {
		return body, "/response"
	}
	log.Printf("api %s: %v", version, err)
	return fmt.Appendf(nil, `{"errorType":"Error","errorMessage":%q}`, err.Error()), "/error"
}
