package emulator

import (
	"archive/zip"
	"bytes"
	"time"
)

// zipOf is a deployment package that holds the text.
func zipOf(text string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("bootstrap")
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return b.String()
}

func createFunctionCase() contractCase {
	return contractCase{
		args: []string{"create-function", "--function-name", "app", "--runtime", "provided.al2023", "--handler", "bootstrap",
			"--role", roleA, "--zip-file", "fileb://$TMP/one.zip", "--tags", "team=web", "--environment", "Variables={MODE=x}"},
		want: `{"FunctionName": "app", "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:app", "State": "Pending",
			"StateReasonCode": "Creating", "Version": "$LATEST", "CodeSha256": "*", "RevisionId": "*", "Timeout": 3, "MemorySize": 128,
			"PackageType": "Zip", "Architectures": ["x86_64"], "Environment": {"Variables": {"MODE": "x"}},
			"LastModified": "2026-03-01T12:00:00.000+0000"}`,
		keep: map[string]string{"ARN": "FunctionArn"},
	}
}

func contractLambda() []contractGroup {
	files := map[string]string{"one.zip": zipOf("one"), "two.zip": zipOf("two")}
	return []contractGroup{
		{name: "functions", service: "lambda", files: files, cases: contractFunctions()},
		{name: "versions", service: "lambda", files: files, cases: contractVersions()},
		{name: "aliases", service: "lambda", files: files, cases: contractAliases()},
		{name: "concurrency", service: "lambda", files: files, cases: contractConcurrency()},
	}
}

func contractFunctions() []contractCase {
	return []contractCase{
		createFunctionCase(),
		{args: []string{"create-function", "--function-name", "app", "--runtime", "provided.al2023", "--handler", "x",
			"--role", roleA, "--zip-file", "fileb://$TMP/one.zip"}, wantErrCode: "ResourceConflictException"},
		{args: []string{"create-function", "--function-name", "b", "--runtime", "cobol", "--handler", "x",
			"--role", roleA, "--zip-file", "fileb://$TMP/one.zip"}, wantErrCode: "ValidationException"},
		{args: []string{"create-function", "--function-name", "b", "--runtime", "provided.al2023", "--handler", "x",
			"--role", roleA, "--code", "S3Bucket=none,S3Key=x"}, wantErrCode: "InvalidParameterValueException"},
		{pass: 3 * time.Second, args: []string{"get-function", "--function-name", "app"},
			want: `{"Configuration": {"State": "Active", "LastUpdateStatus": "Successful"}, "Code": {"RepositoryType": "S3", "Location": "*"}, "Tags": {"team": "web"}}`},
		{args: []string{"get-function", "--function-name", "none"}, wantErrCode: "ResourceNotFoundException"},
		{args: []string{"update-function-configuration", "--function-name", "app", "--timeout", "9", "--description", "d"},
			want: `{"Timeout": 9, "Description": "d", "LastUpdateStatus": "InProgress"}`},
		{args: []string{"update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip"}, wantErrCode: "ResourceConflictException"},
		{pass: 3 * time.Second, args: []string{"get-function-configuration", "--function-name", "$ARN", "--qualifier", "$LATEST"},
			want: `{"LastUpdateStatus": "Successful", "FunctionArn": "$ARN:$LATEST"}`, keep: map[string]string{"REVISION": "RevisionId", "SHA": "CodeSha256"}},
		{args: []string{"update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip", "--revision-id", "stale"}, wantErrCode: "PreconditionFailedException"},
		{args: []string{"update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip", "--dry-run"}, want: `{"LastUpdateStatus": "Successful", "RevisionId": "$REVISION"}`},
		{args: []string{"update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip", "--revision-id", "$REVISION"}, want: `{"LastUpdateStatus": "InProgress"}`},
		{pass: 3 * time.Second, args: []string{"invoke", "--function-name", "app", "--payload", `{"a":1}`, "--log-type", "Tail", "$TMP/out"},
			want: `{"StatusCode": 200, "ExecutedVersion": "$LATEST", "LogResult": "*"}`},
		{args: []string{"invoke", "--function-name", "app", "--invocation-type", "Event", "$TMP/out"}, want: `{"StatusCode": 202}`},
		{args: []string{"invoke", "--function-name", "app", "--invocation-type", "DryRun", "$TMP/out"}, want: `{"StatusCode": 204}`},
		{args: []string{"invoke", "--function-name", "app", "--payload", "{", "$TMP/out"}, wantErrCode: "InvalidRequestContentException"},
		{args: []string{"tag-resource", "--resource", "$ARN", "--tags", "a=b"}},
		{args: []string{"list-tags", "--resource", "$ARN"}, want: `{"Tags": {"team": "web", "a": "b"}}`},
		{args: []string{"list-event-source-mappings", "--function-name", "app"}, want: `{"EventSourceMappings": []}`},
		{args: []string{"delete-function", "--function-name", "app"}},
		{args: []string{"delete-function", "--function-name", "app"}, wantErrCode: "ResourceNotFoundException"},
	}
}

func contractVersions() []contractCase {
	return []contractCase{
		createFunctionCase(),
		{args: []string{"publish-version", "--function-name", "app"}, wantErrCode: "ResourceConflictException"},
		{pass: 3 * time.Second, args: []string{"publish-version", "--function-name", "app", "--code-sha256", "x"}, wantErrCode: "InvalidParameterValueException"},
		{args: []string{"publish-version", "--function-name", "app", "--revision-id", "x"}, wantErrCode: "PreconditionFailedException"},
		{args: []string{"publish-version", "--function-name", "app", "--description", "first"},
			want: `{"Version": "1", "State": "Pending", "FunctionArn": "$ARN:1", "Description": "first"}`},
		{pass: 2 * time.Second, args: []string{"publish-version", "--function-name", "app"}, want: `{"Version": "1", "State": "Active"}`},
		{args: []string{"update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip", "--publish"}, want: `{"Version": "2"}`},
		{pass: 3 * time.Second, args: []string{"list-versions-by-function", "--function-name", "app"},
			want: `{"Versions": [{"Version": "$LATEST"}, {"Version": "1"}, {"Version": "2", "FunctionArn": "$ARN:2"}]}`},
		{args: []string{"list-functions", "--function-version", "ALL", "--max-items", "1"}, want: `{"Functions": [{"FunctionName": "app", "Version": "$LATEST"}], "NextToken": "*"}`},
		{args: []string{"list-versions-by-function", "--function-name", "app", "--max-items", "1"}, want: `{"Versions": [{"Version": "$LATEST"}], "NextToken": "*"}`},
		{args: []string{"invoke", "--function-name", "app:2", "$TMP/out"}, want: `{"StatusCode": 200, "ExecutedVersion": "2"}`},
		{args: []string{"delete-function", "--function-name", "app", "--qualifier", "$LATEST"}, wantErrCode: "InvalidParameterValueException"},
		{args: []string{"delete-function", "--function-name", "app", "--qualifier", "1"}},
		{args: []string{"get-function", "--function-name", "app", "--qualifier", "1"}, wantErrCode: "ResourceNotFoundException"},
	}
}

func contractAliases() []contractCase {
	alias := func(operation string, more ...string) []string {
		return append([]string{operation, "--function-name", "app", "--name", "live"}, more...)
	}
	return []contractCase{
		createFunctionCase(),
		{pass: 3 * time.Second, args: []string{"publish-version", "--function-name", "app"}},
		{args: []string{"update-function-code", "--function-name", "app", "--zip-file", "fileb://$TMP/two.zip", "--publish"}},
		{pass: 3 * time.Second, args: alias("create-alias", "--function-version", "9"), wantErrCode: "ResourceNotFoundException"},
		{args: []string{"create-alias", "--function-name", "app", "--name", "12", "--function-version", "1"}, wantErrCode: "ValidationException"},
		{args: alias("create-alias", "--function-version", "1", "--description", "d"),
			want: `{"AliasArn": "$ARN:live", "Name": "live", "FunctionVersion": "1", "Description": "d"}`, keep: map[string]string{"REVISION": "RevisionId"}},
		{args: alias("create-alias", "--function-version", "1"), wantErrCode: "ResourceConflictException"},
		{args: alias("update-alias", "--routing-config", "AdditionalVersionWeights={2=0.1}", "--revision-id", "$REVISION"),
			want: `{"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}`},
		{args: alias("update-alias", "--routing-config", "AdditionalVersionWeights={2=0.5}", "--revision-id", "$REVISION"), wantErrCode: "PreconditionFailedException"},
		{args: alias("update-alias", "--routing-config", "AdditionalVersionWeights={2=1.5}"), wantErrCode: "ValidationException"},
		{args: alias("update-alias", "--routing-config", "AdditionalVersionWeights={1=0.5}"), wantErrCode: "InvalidParameterValueException"},
		{args: alias("update-alias", "--routing-config", "AdditionalVersionWeights={2=1.0}"), want: `{"RoutingConfig": {"AdditionalVersionWeights": {"2": 1.0}}}`},
		{args: []string{"invoke", "--function-name", "app", "--qualifier", "live", "$TMP/out"}, want: `{"ExecutedVersion": "2"}`},
		{args: []string{"delete-function", "--function-name", "app", "--qualifier", "2"}, wantErrCode: "ResourceConflictException"},
		{args: alias("update-alias", "--function-version", "2", "--routing-config", "{}"), want: `{"FunctionVersion": "2"}`},
		{args: alias("get-alias"), want: `{"FunctionVersion": "2", "RevisionId": "*"}`},
		{args: []string{"list-aliases", "--function-name", "app", "--function-version", "1"}, want: `{"Aliases": []}`},
		{args: []string{"list-aliases", "--function-name", "app"}, want: `{"Aliases": [{"Name": "live"}]}`},
		{args: alias("delete-alias")},
		{args: alias("get-alias"), wantErrCode: "ResourceNotFoundException"},
	}
}

func contractConcurrency() []contractCase {
	on := func(operation, qualifier string, more ...string) []string {
		return append([]string{operation, "--function-name", "app", "--qualifier", qualifier}, more...)
	}
	return []contractCase{
		createFunctionCase(),
		{pass: 3 * time.Second, args: []string{"publish-version", "--function-name", "app"}},
		{args: on("put-provisioned-concurrency-config", "$LATEST", "--provisioned-concurrent-executions", "1"), wantErrCode: "InvalidParameterValueException"},
		{args: on("put-provisioned-concurrency-config", "1", "--provisioned-concurrent-executions", "2"),
			want: `{"Status": "IN_PROGRESS", "RequestedProvisionedConcurrentExecutions": 2, "AvailableProvisionedConcurrentExecutions": 0}`},
		{pass: time.Minute, args: on("get-provisioned-concurrency-config", "1"), want: `{"Status": "READY", "AllocatedProvisionedConcurrentExecutions": 2}`},
		{args: []string{"list-provisioned-concurrency-configs", "--function-name", "app"}, want: `{"ProvisionedConcurrencyConfigs": [{"FunctionArn": "$ARN:1"}]}`},
		{args: []string{"put-function-concurrency", "--function-name", "app", "--reserved-concurrent-executions", "1"}, wantErrCode: "InvalidParameterValueException"},
		{args: on("delete-provisioned-concurrency-config", "1")},
		{args: on("get-provisioned-concurrency-config", "1"), wantErrCode: "ProvisionedConcurrencyConfigNotFoundException"},
		{args: []string{"put-function-concurrency", "--function-name", "app", "--reserved-concurrent-executions", "0"}, want: `{"ReservedConcurrentExecutions": 0}`},
		{args: []string{"get-function-concurrency", "--function-name", "app"}, want: `{"ReservedConcurrentExecutions": 0}`},
		{args: []string{"invoke", "--function-name", "app", "$TMP/out"}, wantErrCode: "TooManyRequestsException"},
		{args: []string{"delete-function-concurrency", "--function-name", "app"}},
	}
}
