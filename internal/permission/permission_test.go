package permission

import (
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	of := Type{Name: "thing", All: []Permission{
		{Action: "lambda:UpdateAlias", Resource: "arn:f", Apply: true},
		{Action: "lambda:GetAlias", Resource: "arn:f"},
		{Action: "logs:FilterLogEvents", Resource: "*", Apply: true},
		{Action: "cloudwatch:DescribeAlarms", Resource: "*", Feature: "alarms"},
		{Action: "iam:PassRole", Resource: "*", Apply: true, When: &Condition{"StringEquals", "iam:PassedToService", "ec2.amazonaws.com"}},
	}}
	got, err := Policy(of.Of(true, of.Features()...))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Always",
      "Effect": "Allow",
      "Action": [
        "lambda:GetAlias",
        "lambda:UpdateAlias"
      ],
      "Resource": "arn:f"
    },
    {
      "Sid": "Always2",
      "Effect": "Allow",
      "Action": "logs:FilterLogEvents",
      "Resource": "*"
    },
    {
      "Sid": "Alarms",
      "Effect": "Allow",
      "Action": "cloudwatch:DescribeAlarms",
      "Resource": "*"
    },
    {
      "Sid": "Always3",
      "Effect": "Allow",
      "Action": "iam:PassRole",
      "Resource": "*",
      "Condition": {
        "StringEquals": {
          "iam:PassedToService": "ec2.amazonaws.com"
        }
      }
    }
  ]
}`
	if got != want {
		t.Errorf("the policy is\n%s", got)
	}
	if plan, err := Policy(of.Of(false)); err != nil || strings.Contains(plan, "UpdateAlias") || strings.Contains(plan, "DescribeAlarms") || !strings.Contains(plan, "GetAlias") {
		t.Errorf("the policy of a plan without features is %v\n%s", err, plan)
	}
}

func TestFill(t *testing.T) {
	if got := Fill("arn:aws:ec2:REGION:ACCOUNT:launch-template/TEMPLATE_ID", map[string]string{"REGION": "eu-central-1", "TEMPLATE_ID": "lt-1"}); got != "arn:aws:ec2:eu-central-1:ACCOUNT:launch-template/lt-1" {
		t.Error(got)
	}
}
