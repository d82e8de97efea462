package emulator

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestStatement(t *testing.T) {
	pass := Need{Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/path/web", Context: map[string]string{"iam:PassedToService": "ec2.amazonaws.com"}}
	service := func(name string) []Condition { return []Condition{{"StringEquals", "iam:PassedToService", name}} }
	for name, c := range map[string]struct {
		s    Statement
		want bool
	}{
		"exactly it":             {Statement{Actions: []string{"iam:PassRole"}, Resources: []string{pass.Resource}}, true},
		"wildcards":              {Statement{Actions: []string{"iam:Pass*"}, Resources: []string{"arn:aws:iam::*:role/*"}}, true},
		"a question mark":        {Statement{Actions: []string{"iam:PassRol?"}, Resources: []string{"*"}}, true},
		"a condition that holds": {Statement{Actions: []string{"iam:PassRole"}, Resources: []string{"*"}, Conditions: service("ec2.amazonaws.com")}, true},
		"another service":        {Statement{Actions: []string{"iam:PassRole"}, Resources: []string{"*"}, Conditions: service("lambda.amazonaws.com")}, false},
		"a key that is not there": {Statement{Actions: []string{"iam:PassRole"}, Resources: []string{"*"},
			Conditions: []Condition{{"StringEquals", "aws:PrincipalTag/team", "shop"}}}, false},
		"an operator that is not known": {Statement{Actions: []string{"iam:PassRole"}, Resources: []string{"*"},
			Conditions: []Condition{{"Bool", "iam:PassedToService", "ec2.amazonaws.com"}}}, false},
		"another action":   {Statement{Actions: []string{"iam:GetRole"}, Resources: []string{"*"}}, false},
		"another resource": {Statement{Actions: []string{"iam:PassRole"}, Resources: []string{"arn:aws:iam::123456789012:role/web"}}, false},
		"nothing":          {Statement{}, false},
	} {
		if got := c.s.Allows(pass); got != c.want {
			t.Errorf("%s: allowed %t", name, got)
		}
	}
}

// TestSetPolicy: what a request needs is judged by its own principal's policy,
// and what a service asks of another one in its words.
func TestSetPolicy(t *testing.T) {
	e, config := serveTest(t)
	ctx := context.Background()
	key, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	call := func(service, operation string, in map[string]any) map[string]any {
		t.Helper()
		out, err := e.Call(config.Region, service, operation, in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	image := call("ec2", "RegisterImage", map[string]any{"Name": "web"})["ImageId"]
	template := call("ec2", "CreateLaunchTemplate", map[string]any{"LaunchTemplateName": "web", "LaunchTemplateData": map[string]any{
		"ImageId": image, "InstanceType": "t3.micro", "IamInstanceProfile": map[string]any{"Name": "web"}}})["LaunchTemplate"].(map[string]any)["LaunchTemplateId"].(string)
	call("iam", "CreateInstanceProfile", map[string]any{"InstanceProfileName": "web"})
	call("autoscaling", "CreateAutoScalingGroup", map[string]any{"AutoScalingGroupName": "web", "MinSize": 0, "MaxSize": 1, "DesiredCapacity": 0,
		"AvailabilityZones": []any{config.Region + "a"}, "LaunchTemplate": map[string]any{"LaunchTemplateId": template, "Version": "1"}})
	allow := func(principal string, actions ...string) {
		e.SetPolicy(principal, Statement{Actions: actions, Resources: []string{"*"}})
	}
	start := func() error {
		_, err := autoscaling.NewFromConfig(config).StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{AutoScalingGroupName: aws.String("web"),
			DesiredConfiguration: &autoscalingtypes.DesiredConfiguration{LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: aws.String("1")}}})
		return err
	}
	allow(key.AccessKeyID, "autoscaling:DescribeAutoScalingGroups")
	wantCode(t, start(), "AccessDenied")
	allow(key.AccessKeyID, "autoscaling:StartInstanceRefresh", "ec2:RunInstances")
	if err := start(); err == nil || !strings.Contains(err.Error(), "You are not authorized to use launch template: "+template) {
		t.Errorf("without iam:PassRole: %v", err)
	}
	calls := e.Calls()
	last := calls[len(calls)-1]
	if last.Missing != "iam:PassRole" || last.Acted || len(last.Needs) != 3 || last.Principal != key.AccessKeyID {
		t.Errorf("the record is %+v", last)
	}
	allow(key.AccessKeyID, "autoscaling:StartInstanceRefresh", "ec2:RunInstances", "iam:PassRole")
	if err := start(); err != nil {
		t.Error(err)
	}

	allow(key.AccessKeyID) // whose credentials these are, everybody may ask
	if _, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, nil); err != nil {
		t.Error(err)
	}
	const role = "arn:aws:iam::123456789012:role/deploy"
	allow(key.AccessKeyID, "sts:AssumeRole")
	allow(role, "lambda:ListFunctions")
	out, err := sts.NewFromConfig(config).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(role), RoleSessionName: aws.String("ci")})
	if err != nil {
		t.Fatal(err)
	}
	session := config.Copy()
	session.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}, nil
	})
	if _, err := lambda.NewFromConfig(session).ListFunctions(ctx, nil); err != nil {
		t.Errorf("the role's own: %v", err)
	}
	_, err = lambda.NewFromConfig(session).ListLayers(ctx, nil)
	wantCode(t, err, "AccessDeniedException")
}

// TestSetPolicy_missingObject: who may not list a bucket is not told that an
// object is not there.
func TestSetPolicy_missingObject(t *testing.T) {
	e, config := serveTest(t)
	ctx := context.Background()
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	key, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	get := func() error {
		_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("artifacts"), Key: aws.String("none")})
		return err
	}
	read := Statement{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::artifacts/*"}}
	e.SetPolicy(key.AccessKeyID, read)
	wantCode(t, get(), "AccessDenied")
	e.SetPolicy(key.AccessKeyID, read, Statement{Actions: []string{"s3:ListBucket"}, Resources: []string{"arn:aws:s3:::artifacts"}})
	wantCode(t, get(), "NoSuchKey")
}
