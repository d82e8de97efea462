package emulator

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func contractImages() []contractGroup {
	const container = `[{"name":"web","image":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:00","memory":64}]`
	return []contractGroup{
		{
			name: "scans", service: "ecr",
			seed: func(t *testing.T, e *Emulator) {
				if _, err := e.Call("eu-west-1", "ecr", "CreateRepository", map[string]any{"repositoryName": "web"}); err != nil {
					t.Fatal(err)
				}
				if _, err := push(t, "127.0.0.1:1", "web", "1", imageOf(t, "one"), remote.WithTransport(inProcess{e})); err != nil {
					t.Fatal(err)
				}
				e.SetScan("eu-west-1", "web", Scan{Takes: 1, Findings: []Finding{{"CVE-1", "CRITICAL", "bad"}, {"CVE-2", "LOW", "dull"}, {"CVE-3", "LOW", "dull"}}})
			},
			cases: []contractCase{
				{args: []string{"describe-image-scan-findings", "--repository-name", "web", "--image-id", "imageTag=1"}, wantErrCode: "ScanNotFoundException"},
				{args: []string{"start-image-scan", "--repository-name", "web", "--image-id", "imageTag=9"}, wantErrCode: "ImageNotFoundException"},
				{
					args: []string{"start-image-scan", "--repository-name", "web", "--image-id", "imageTag=1"},
					want: `{"registryId": "123456789012", "repositoryName": "web", "imageId": {"imageDigest": "*", "imageTag": "1"}, "imageScanStatus": {"status": "IN_PROGRESS"}}`,
				},
				{args: []string{"start-image-scan", "--repository-name", "web", "--image-id", "imageTag=1"}, wantErrCode: "LimitExceededException"},
				{
					args: []string{"describe-image-scan-findings", "--repository-name", "web", "--image-id", "imageTag=1", "--max-items", "2", "--page-size", "1"},
				},
				{args: []string{"put-image-scanning-configuration", "--repository-name", "web", "--image-scanning-configuration", "scanOnPush=true"},
					want: `{"repositoryName": "web", "imageScanningConfiguration": {"scanOnPush": true}}`},
				{args: []string{"get-account-setting", "--name", "BLOB_MOUNTING"}, want: `{"name": "BLOB_MOUNTING", "value": "DISABLED"}`},
				{args: []string{"put-account-setting", "--name", "BLOB_MOUNTING", "--value", "ENABLED"}, want: `{"name": "BLOB_MOUNTING", "value": "ENABLED"}`},
				{args: []string{"put-account-setting", "--name", "BLOB_MOUNTING", "--value", "PERHAPS"}, wantErrCode: "ValidationException"},
			},
		},
		{
			name: "sign-in to the public registry", service: "ecr-public",
			cases: []contractCase{
				{args: []string{"get-authorization-token"}, want: `{"authorizationData": {"authorizationToken": "*", "expiresAt": "*"}}`},
			},
		},
		{
			name: "task definitions", service: "ecs",
			cases: []contractCase{
				{
					args: []string{"register-task-definition", "--family", "web", "--container-definitions", container},
					want: `{"taskDefinition": {"taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1", "family": "web", "revision": 1, "status": "ACTIVE"}}`,
				},
				{args: []string{"register-task-definition", "--family", "web", "--container-definitions", container}, want: `{"taskDefinition": {"revision": 2}}`},
				{args: []string{"register-task-definition", "--family", "web", "--container-definitions", "[]"}, wantErrCode: "ClientException"},
				{args: []string{"describe-task-definition", "--task-definition", "web"}, want: `{"taskDefinition": {"revision": 2, "containerDefinitions": [{"name": "web", "image": "*"}]}}`},
				{args: []string{"describe-task-definition", "--task-definition", "web:7"}, wantErrCode: "ClientException"},
				{args: []string{"deregister-task-definition", "--task-definition", "web:1"}, want: `{"taskDefinition": {"status": "INACTIVE"}}`},
				{args: []string{"list-task-definitions", "--page-size", "1"}, want: `{"taskDefinitionArns": ["arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2"]}`},
			},
		},
	}
}
