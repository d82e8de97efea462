package awsapi

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// Action is the call that failed, as policies name it: "ec2:DescribeImages".
// It is empty when err is none of a call's.
func Action(err error) string {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return ""
	}
	prefix := map[string]string{
		"Auto Scaling": "autoscaling", "CloudWatch": "cloudwatch", "CloudWatch Logs": "logs", "CodeDeploy": "codedeploy", "EC2": "ec2", "ECR": "ecr", "ECR PUBLIC": "ecr-public",
		"ECS": "ecs", "Elastic Load Balancing v2": "elasticloadbalancing", "IAM": "iam", "Lambda": "lambda", "S3": "s3", "STS": "sts",
	}[op.ServiceID]
	if prefix == "" {
		return ""
	}
	// Where policies do not say what the API says.
	name := op.OperationName
	switch prefix + ":" + name {
	case "lambda:Invoke":
		name = "InvokeFunction"
	case "s3:HeadObject":
		name = "GetObject"
	case "s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload":
		name = "PutObject"
	}
	return prefix + ":" + name
}

// allow says what a policy must allow for a call that was refused, and where
// that is written. AWS names the action, but not those that a service asks of
// another one.
func allow(err error, message string) string {
	var op *smithy.OperationError
	action := Action(err)
	if errors.As(err, &op) {
		switch {
		case action == "s3:GetObject":
			action += ", and s3:GetObjectVersion where the bucket keeps versions"
		case op.OperationName == "StartInstanceRefresh" && strings.Contains(message, "launch template"):
			action = "ec2:RunInstances, and iam:PassRole and ec2:CreateTags where the template names an instance profile or tags"
		case op.OperationName == "UpdateFunctionCode" && strings.Contains(message, "S3"):
			action = "s3:GetObject, or s3:GetObjectVersion of an object's version"
		case op.OperationName == "UpdateFunctionCode" && strings.Contains(message, "ECR"):
			action = "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer"
		}
	}
	if action == "" || strings.Contains(message, action) {
		return " (the guide IAM has the whole policy)"
	}
	return " (allow " + action + "; the guide IAM has the whole policy)"
}
