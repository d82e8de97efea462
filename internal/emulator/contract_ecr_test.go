package emulator

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// inProcess reaches an emulator without a connection.
type inProcess struct{ *Emulator }

func (p inProcess) RoundTrip(rq *http.Request) (*http.Response, error) {
	if rq.Body == nil {
		rq.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, rq)
	answer := w.Result()
	answer.Request = rq
	return answer, nil
}

func contractECR() []contractGroup {
	const lifecycle = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}`
	return []contractGroup{
		{
			name: "repositories", service: "ecr",
			cases: []contractCase{
				{
					args: []string{"create-repository", "--repository-name", "shop/web", "--image-tag-mutability", "IMMUTABLE",
						"--image-scanning-configuration", "scanOnPush=true", "--tags", "Key=team,Value=shop"},
					want: `{"repository": {
						"repositoryArn": "arn:aws:ecr:eu-west-1:123456789012:repository/shop/web", "registryId": "123456789012",
						"repositoryName": "shop/web", "repositoryUri": "$HOST/shop/web", "createdAt": "*", "imageTagMutability": "IMMUTABLE",
						"imageScanningConfiguration": {"scanOnPush": true}, "encryptionConfiguration": {"encryptionType": "AES256"}}}`,
				},
				{args: []string{"create-repository", "--repository-name", "shop/web"}, wantErrCode: "RepositoryAlreadyExistsException"},
				{args: []string{"create-repository", "--repository-name", "Shop"}, wantErrCode: "InvalidParameterException"},
				{args: []string{"create-repository", "--repository-name", "api"}},
				{
					args: []string{"describe-repositories", "--page-size", "1"},
					want: `{"repositories": [{"repositoryName": "api", "imageTagMutability": "MUTABLE"}, {"repositoryName": "shop/web"}]}`,
				},
				{args: []string{"describe-repositories", "--repository-names", "none"}, wantErrCode: "RepositoryNotFoundException"},
				{
					args: []string{"put-image-tag-mutability", "--repository-name", "api", "--image-tag-mutability", "IMMUTABLE"},
					want: `{"registryId": "123456789012", "repositoryName": "api", "imageTagMutability": "IMMUTABLE"}`,
				},
				{args: []string{"describe-repositories", "--repository-names", "api"}, want: `{"repositories": [{"imageTagMutability": "IMMUTABLE"}]}`},
				{args: []string{"get-lifecycle-policy", "--repository-name", "api"}, wantErrCode: "LifecyclePolicyNotFoundException"},
				{
					args: []string{"put-lifecycle-policy", "--repository-name", "api", "--lifecycle-policy-text", lifecycle},
					want: `{"repositoryName": "api", "lifecyclePolicyText": "*"}`,
				},
				{args: []string{"get-lifecycle-policy", "--repository-name", "api"}, want: `{"repositoryName": "api", "lifecyclePolicyText": "*"}`},
				{
					args: []string{"get-authorization-token"},
					want: `{"authorizationData": [{"authorizationToken": "*", "expiresAt": "*", "proxyEndpoint": "http://$HOST"}]}`,
				},
				{args: []string{"delete-repository", "--repository-name", "api"}, want: `{"repository": {"repositoryName": "api"}}`},
				{args: []string{"delete-repository", "--repository-name", "api"}, wantErrCode: "RepositoryNotFoundException"},
				{args: []string{"put-replication-configuration", "--replication-configuration", "rules=[]"}, wantErrCode: "NotSupportedByEmulator"},
			},
		},
		{
			name: "images", service: "ecr",
			seed: func(t *testing.T, e *Emulator) {
				if _, err := e.Call("eu-west-1", "ecr", "CreateRepository", map[string]any{"repositoryName": "web"}); err != nil {
					t.Fatal(err)
				}
				for _, tag := range []string{"1", "one"} {
					if _, err := push(t, "127.0.0.1:1", "web", tag, imageOf(t, "one"), remote.WithTransport(inProcess{e})); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := push(t, "127.0.0.1:1", "web", "2", imageOf(t, "two"), remote.WithTransport(inProcess{e})); err != nil {
					t.Fatal(err)
				}
			},
			cases: []contractCase{
				{
					args: []string{"describe-images", "--repository-name", "web", "--image-ids", "imageTag=one"},
					want: `{"imageDetails": [{"registryId": "123456789012", "repositoryName": "web", "imageTags": ["1", "one"], "imageDigest": "*",
						"imageSizeInBytes": "*", "imagePushedAt": "*", "imageManifestMediaType": "application/vnd.docker.distribution.manifest.v2+json"}]}`,
					keep: map[string]string{"ONE": "imageDetails.0.imageDigest"},
				},
				{args: []string{"describe-images", "--repository-name", "web", "--page-size", "1"}, want: `{"imageDetails": [{}, {}]}`},
				{args: []string{"describe-images", "--repository-name", "web", "--image-ids", "imageTag=9"}, wantErrCode: "ImageNotFoundException"},
				{args: []string{"list-images", "--repository-name", "web", "--filter", "tagStatus=TAGGED"}, want: `{"imageIds": [{"imageTag": "*"}, {"imageTag": "*"}, {"imageTag": "*"}]}`},
				{
					args: []string{"batch-get-image", "--repository-name", "web", "--image-ids", "imageTag=1", "imageTag=9"},
					want: `{"images": [{"imageId": {"imageDigest": "$ONE", "imageTag": "1"}, "imageManifest": "*"}],
						"failures": [{"imageId": {"imageTag": "9"}, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}]}`,
				},
				{args: []string{"delete-repository", "--repository-name", "web"}, wantErrCode: "RepositoryNotEmptyException"},
				{
					args: []string{"batch-delete-image", "--repository-name", "web", "--image-ids", "imageTag=one"},
					want: `{"imageIds": [{"imageDigest": "$ONE", "imageTag": "one"}], "failures": []}`,
				},
				{
					args: []string{"batch-delete-image", "--repository-name", "web", "--image-ids", "imageDigest=$ONE"},
					want: `{"imageIds": [{"imageDigest": "$ONE", "imageTag": "1"}], "failures": []}`,
				},
				{args: []string{"list-images", "--repository-name", "web"}, want: `{"imageIds": [{"imageTag": "2"}]}`},
				{args: []string{"delete-repository", "--repository-name", "web", "--force"}},
			},
		},
	}
}

func contractS3() []contractGroup {
	return []contractGroup{{
		name: "objects", service: "s3api",
		files: map[string]string{"body": "hello"},
		cases: []contractCase{
			{args: []string{"create-bucket", "--bucket", "artifacts", "--create-bucket-configuration", "LocationConstraint=eu-west-1"}},
			{args: []string{"put-bucket-versioning", "--bucket", "artifacts", "--versioning-configuration", "Status=Enabled"}},
			{
				args: []string{"put-object", "--bucket", "artifacts", "--key", "shop/app.zip", "--body", "$TMP/body"},
				want: `{"ETag": "\"5d41402abc4b2a76b9719d911017c592\"", "VersionId": "*"}`,
				keep: map[string]string{"FIRST": "VersionId"},
			},
			{args: []string{"put-object", "--bucket", "artifacts", "--key", "shop/app.zip"}, want: `{"VersionId": "*"}`},
			{
				args: []string{"head-object", "--bucket", "artifacts", "--key", "shop/app.zip", "--version-id", "$FIRST"},
				want: `{"ContentLength": 5, "VersionId": "$FIRST", "LastModified": "*"}`,
			},
			{args: []string{"list-objects-v2", "--bucket", "artifacts", "--prefix", "shop/"}, want: `{"Contents": [{"Key": "shop/app.zip", "Size": 0}]}`},
			{args: []string{"get-object", "--bucket", "artifacts", "--key", "none", "$TMP/out"}, wantErrCode: "NoSuchKey"},
			{args: []string{"get-object", "--bucket", "nobody", "--key", "none", "$TMP/out"}, wantErrCode: "NoSuchBucket"},
			{args: []string{"put-bucket-policy", "--bucket", "artifacts", "--policy", "{}"}, wantErrCode: "NotImplemented"},
		},
	}}
}
