package awsapi

import (
	"errors"

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
		"Auto Scaling": "autoscaling", "CloudWatch": "cloudwatch", "CodeDeploy": "codedeploy", "EC2": "ec2", "ECR": "ecr", "Elastic Load Balancing v2": "elasticloadbalancing",
		"IAM": "iam", "Lambda": "lambda", "S3": "s3", "STS": "sts",
	}[op.ServiceID]
	if prefix == "" {
		return ""
	}
	return prefix + ":" + op.OperationName
}
