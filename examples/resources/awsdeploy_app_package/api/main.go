// Command bootstrap is a Lambda function on the runtime provided.al2023: it
// asks Lambda's runtime API for events and answers each with a greeting.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		event, err := http.Get(base + "next")
		if err != nil {
			log.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, event.Body)
		event.Body.Close()
		id := event.Header.Get("Lambda-Runtime-Aws-Request-Id")
		answer, err := http.Post(base+id+"/response", "application/json", strings.NewReader(`{"greeting": "hello"}`))
		if err != nil {
			log.Fatal(err)
		}
		answer.Body.Close()
	}
}
