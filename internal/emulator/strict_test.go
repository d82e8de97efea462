package emulator

import (
	"strings"
	"testing"
)

// form is a query request as the CLI would send it.
func form(version, rest string) string { return "Version=" + version + "&Action=" + rest }

func TestRefusesWhatTheModelLacks(t *testing.T) {
	const formType, jsonType = "application/x-www-form-urlencoded", "application/x-amz-json-1.1"
	const asg, ecr = "2011-01-01", "AmazonEC2ContainerRegistry_V20150921."
	for _, one := range []struct {
		name, service, contentType, target, body string
		status                                   int
		want                                     string
	}{
		{"an unknown parameter of a query service", "autoscaling", formType, "", form(asg, "DescribeTags&Bogus=1"),
			400, "<Code>ValidationError</Code><Message>Bogus is not a parameter of this operation"},
		{"a list without its member element", "autoscaling", formType, "", form(asg, "DescribeAutoScalingGroups&AutoScalingGroupNames.1=g"),
			400, "AutoScalingGroupNames.1 is not a parameter"},
		{"an unknown nested parameter", "autoscaling", formType, "", form(asg, "StartInstanceRefresh&AutoScalingGroupName=g&Preferences.MinHealthy=1"),
			400, "Preferences.MinHealthy is not a parameter"},
		{"an unknown action", "autoscaling", formType, "", form(asg, "StartRefresh"),
			400, "<Code>InvalidAction</Code>"},
		{"another version", "autoscaling", formType, "", form("2009-01-01", "DescribeTags"),
			400, "<Code>NoSuchVersion</Code>"},
		{"an operation that is not emulated", "autoscaling", formType, "", form(asg, "PutScalingPolicy"),
			501, "autoscaling PutScalingPolicy is not supported by this emulator"},
		{"text for a number", "autoscaling", formType, "", form(asg, "SetDesiredCapacity&AutoScalingGroupName=g&DesiredCapacity=many"),
			400, "<Code>MalformedInput</Code>"},
		{"several constraints", "autoscaling", formType, "", form(asg, "StartInstanceRefresh&AutoScalingGroupName=&Strategy=Fast&Preferences.MinHealthyPercentage=101"),
			400, "3 validation errors detected: Value &#39;&#39; at &#39;autoScalingGroupName&#39; failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value &#39;101&#39; at &#39;preferences.minHealthyPercentage&#39; failed to satisfy constraint: Member must have value less than or equal to 100; " +
				"Value &#39;Fast&#39; at &#39;strategy&#39; failed to satisfy constraint: Member must satisfy enum value set: [Rolling, ReplaceRootVolume]"},
		{"a missing parameter", "autoscaling", formType, "", form(asg, "StartInstanceRefresh"),
			400, "Value null at &#39;autoScalingGroupName&#39; failed to satisfy constraint: Member must not be null"},
		{"an unknown parameter of EC2", "ec2", formType, "", form("2016-11-15", "DescribeInstances&InstanceIds.1=i-1"),
			400, "<Code>UnknownParameter</Code><Message>The parameter InstanceIds is not recognized"},
		{"an unknown action of EC2", "ec2", formType, "", form("2016-11-15", "DescribeEverything"),
			400, "<Code>InvalidAction</Code><Message>The action DescribeEverything is not valid for this web service."},
		{"a missing parameter of EC2", "ec2", formType, "", form("2016-11-15", "CreateLaunchTemplate&LaunchTemplateName=web"),
			400, "<Code>MissingParameter</Code><Message>The request must contain the parameter LaunchTemplateData"},
		{"an unknown member of JSON", "ecr", jsonType, ecr + "DescribeRepositories", `{"repositoryName":"a"}`,
			400, `"__type":"ValidationException"`},
		{"a name that the pattern forbids", "ecr", jsonType, ecr + "CreateRepository", `{"repositoryName":"UPPER"}`,
			400, `"__type":"InvalidParameterException","message":"Invalid parameter at 'repositoryName' failed`},
		{"broken JSON", "ecr", jsonType, ecr + "DescribeRepositories", `{"repositoryName":`,
			400, `"__type":"SerializationException"`},
		{"an unknown operation of JSON", "ecr", jsonType, ecr + "Describe", `{}`,
			400, `"__type":"UnknownOperationException"`},
		{"an unknown path", "lambda", "application/json", "", `{}`,
			404, `no operation at POST /`},
		{"a service that is not emulated", "dynamodb", jsonType, "DynamoDB_20120810.ListTables", `{}`,
			501, `service \"dynamodb\" is not supported by this emulator`},
	} {
		t.Run(one.name, func(t *testing.T) {
			e, config := serveTest(t)
			for _, s := range e.services { // whatever gets through succeeds
				s.operations = map[string]operation{}
				for name := range s.model.Operations {
					s.operations[name] = func(*call, values) (values, error) { return values{}, nil }
				}
			}
			status, body, _ := send(t, *config.BaseEndpoint, one.service, one.contentType, one.target, one.body)
			if status != one.status || !strings.Contains(body, one.want) {
				t.Errorf("HTTP %d %s\nwant %d with %s", status, body, one.status, one.want)
			}
		})
	}
}

func TestOutputOutsideTheModelIsLoud(t *testing.T) {
	for name, out := range map[string]values{
		"an unknown member": {"AutoScalingGroups": []values{}, "Grops": 1},
		"a missing member":  {"AutoScalingGroups": []values{{"AutoScalingGroupName": "g"}}},
		"a wrong type":      {"AutoScalingGroups": "none"},
		"a value not in its set": {"AutoScalingGroups": []values{{
			"AutoScalingGroupName": "g", "MinSize": 1, "MaxSize": 2, "DesiredCapacity": 1, "DefaultCooldown": 300,
			"AvailabilityZones": []string{}, "HealthCheckType": "EC2", "CreatedTime": noon,
			"CapacityReservationSpecification": values{"CapacityReservationPreference": "perhaps"},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			e, config := serveTest(t)
			answer(e, "autoscaling", "DescribeAutoScalingGroups", out, nil)
			status, body, _ := send(t, *config.BaseEndpoint, "autoscaling", "application/x-www-form-urlencoded", "", form("2011-01-01", "DescribeAutoScalingGroups"))
			if status != 500 || !strings.Contains(body, "answer to autoscaling DescribeAutoScalingGroups is not in the API") {
				t.Errorf("HTTP %d %s, want a loud 500", status, body)
			}
		})
	}
}
