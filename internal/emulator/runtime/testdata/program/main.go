// Command program is a web application, and a Lambda function where there is
// a runtime API. Its arguments say what it is like.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	if api := os.Getenv("AWS_LAMBDA_RUNTIME_API"); api != "" {
		function("http://" + api + "/2018-06-01/runtime/")
		return
	}
	status := http.StatusOK
	if strings.Join(os.Args[1:], " ") == "sick" {
		status = http.StatusInternalServerError
	}
	fmt.Println("the program begins on", os.Getenv("INSTANCE_ID"))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, os.Getpid(), " ", os.Getenv("COLOUR"), " ", os.Getenv("IMAGE"))
	})
	fmt.Println(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func function(api string) {
	if os.Getenv("MOOD") == "unable" {
		post(api+"init/error", `{"errorType":"Init","errorMessage":"cannot begin"}`)
		os.Exit(1)
	}
	for {
		next, err := http.Get(api + "invocation/next")
		if err != nil {
			os.Exit(1)
		}
		payload, _ := io.ReadAll(next.Body)
		next.Body.Close()
		answer := api + "invocation/" + next.Header.Get("Lambda-Runtime-Aws-Request-Id") + "/"
		switch string(payload) {
		case `"fail"`:
			post(answer+"error", `{"errorType":"Sad","errorMessage":"asked to fail"}`)
		case `"exit"`:
			os.Exit(3)
		case `"hang"`:
			select {}
		default:
			fmt.Println("answering", string(payload))
			post(answer+"response", fmt.Sprintf(`{"version":%q,"mood":%q,"payload":%s,"pid":%d}`,
				os.Getenv("AWS_LAMBDA_FUNCTION_VERSION"), os.Getenv("MOOD"), payload, os.Getpid()))
		}
	}
}

func post(url, body string) {
	resp, err := http.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err == nil {
		resp.Body.Close()
	}
}
