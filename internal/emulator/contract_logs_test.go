package emulator

import (
	"testing"
	"time"
)

func contractLogs() []contractGroup {
	filter := func(more ...string) []string {
		return append([]string{"filter-log-events", "--log-group-name", "/aws/lambda/app"}, more...)
	}
	return []contractGroup{{name: "events", service: "logs", seed: seedFailingFunction, cases: []contractCase{
		{args: filter(), wantErrCode: "ResourceNotFoundException"}, // nothing has written yet
		{pass: 3 * time.Second, service: "lambda", args: []string{"invoke", "--function-name", "app", "$TMP/out"}, want: `{"FunctionError": "Unhandled"}`},
		{args: filter("--filter-pattern", `?ERROR ?"Task timed out"`), want: `{"events": [{"message": "[ERROR] {\"errorMessage\":\"no database\"}\n",
			"timestamp": 1772366403000, "logStreamName": "*", "eventId": "*", "ingestionTime": "*"}], "searchedLogStreams": []}`},
		{args: filter("--filter-pattern", `"no database" -START`, "--log-stream-name-prefix", "2026/03/01/[$"), want: `{"events": [{}]}`},
		{args: filter("--start-time", "1772366403001"), want: `{"events": []}`},
		{args: filter("--filter-pattern", "ERROR", "--end-time", "1772366402999"), want: `{"events": []}`},
		{args: filter("--page-size", "2", "--max-items", "2"), want: `{"events": [{}, {}], "NextToken": "*"}`},
		{args: filter("--filter-pattern", `{ $.level = "ERROR" }`), wantErrCode: "InvalidParameterException"},
		{args: filter("--log-stream-names", "a", "--log-stream-name-prefix", "b"), wantErrCode: "InvalidParameterException"},
		{args: []string{"filter-log-events", "--log-group-identifier", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/app"},
			want: `{"searchedLogStreams": []}`},
	}}}
}

func seedFailingFunction(t *testing.T, e *Emulator) {
	if _, err := e.Call("eu-west-1", "lambda", "CreateFunction", map[string]any{"FunctionName": "app", "Role": roleA,
		"Runtime": "provided.al2023", "Handler": "x", "Code": map[string]any{"ZipFile": []byte(zipOf("one"))}}); err != nil {
		t.Fatal(err)
	}
	e.SetFunctionBehaviour("eu-west-1", "app", "$LATEST", FunctionBehaviour{Respond: func([]byte) ([]byte, string) {
		return []byte(`{"errorMessage":"no database"}`), "Unhandled"
	}})
}
