package acctest

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// roleName is the execution role of every function.
const roleName = "awsdeploy-test-function"

// roleVariable names the role on real AWS, where a new one is not assumed at once.
const roleVariable = "AWSDEPLOY_TEST_ROLE"

// role is the execution role's ARN. Another AWS than ours knows roles, and
// wants this one to exist.
func (w *World) role(t *testing.T) string {
	t.Helper()
	const arn = "arn:aws:iam::123456789012:role/" + roleName
	if w.Emulator != nil {
		return arn
	}
	if w.URL == realAWS {
		given := os.Getenv(roleVariable)
		if given == "" {
			t.Skipf("on real AWS this test needs the ARN of a role that Lambda may assume, in %s", roleVariable)
		}
		return given
	}
	client := iam.New(iam.Options{Region: Region, BaseEndpoint: aws.String(w.URL),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDSEED", "test", "")})
	if out, err := client.GetRole(context.Background(), &iam.GetRoleInput{RoleName: aws.String(roleName)}); err == nil {
		return aws.ToString(out.Role.Arn)
	}
	out, err := client.CreateRole(context.Background(), &iam.CreateRoleInput{RoleName: aws.String(roleName),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.Role.Arn)
}
