package emulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// answer replaces an operation by a fixed answer and keeps what it was asked.
func answer(e *Emulator, service, name string, out values, err error) *values {
	asked := new(values)
	e.services[service].operations = map[string]operation{name: func(_ *call, in values) (values, error) {
		*asked = in
		return out, err
	}}
	return asked
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}

func TestQueryProtocol(t *testing.T) {
	e, config := serveTest(t)
	client := autoscaling.NewFromConfig(config)
	asked := answer(e, "autoscaling", "StartInstanceRefresh", values{"InstanceRefreshId": "id <&> 1"}, nil)
	out, err := client.StartInstanceRefresh(context.Background(), &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: aws.String("a b+&=%"),
		Preferences: &astypes.RefreshPreferences{
			CheckpointPercentages: []int32{10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100},
			SkipMatching:          aws.Bool(true), CheckpointDelay: aws.Int32(0),
			AlarmSpecification: &astypes.AlarmSpecification{Alarms: []string{"x", "y"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "id", aws.ToString(out.InstanceRefreshId), "id <&> 1")
	same(t, "input", *asked, values{
		"AutoScalingGroupName": "a b+&=%",
		"Preferences": values{
			"CheckpointPercentages": []any{int64(10), int64(20), int64(30), int64(40), int64(50), int64(60), int64(70), int64(80), int64(90), int64(95), int64(100)},
			"SkipMatching":          true, "CheckpointDelay": int64(0),
			"AlarmSpecification": values{"Alarms": []any{"x", "y"}},
		},
	})

	asked = answer(e, "autoscaling", "DescribeAutoScalingGroups", values{"AutoScalingGroups": []values{{
		"AutoScalingGroupName": "g", "MinSize": 1, "MaxSize": 2, "DesiredCapacity": 1, "DefaultCooldown": 300,
		"AvailabilityZones": []string{"eu-west-1a"}, "HealthCheckType": "EC2", "CreatedTime": noon.Add(1500 * time.Millisecond),
		"Instances": []values{}, "NewInstancesProtectedFromScaleIn": false, "Status": nil,
	}}}, nil)
	groups, err := client.DescribeAutoScalingGroups(context.Background(), &autoscaling.DescribeAutoScalingGroupsInput{
		Filters: []astypes.Filter{{Name: aws.String("tag-key"), Values: []string{"x"}}}, AutoScalingGroupNames: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "input", *asked, values{
		"AutoScalingGroupNames": []any{},
		"Filters":               []any{values{"Name": "tag-key", "Values": []any{"x"}}},
	})
	g := groups.AutoScalingGroups[0]
	same(t, "created", g.CreatedTime.UTC(), noon.Add(1500*time.Millisecond))
	same(t, "zones", g.AvailabilityZones, []string{"eu-west-1a"})
	same(t, "protected", *g.NewInstancesProtectedFromScaleIn, false)

	answer(e, "autoscaling", "StartInstanceRefresh", nil, refuse("InstanceRefreshInProgress", "An Instance Refresh is already in progress"))
	_, err = client.StartInstanceRefresh(context.Background(), &autoscaling.StartInstanceRefreshInput{AutoScalingGroupName: aws.String("g")})
	wantCode(t, err, "InstanceRefreshInProgress")
}

func TestEC2Protocol(t *testing.T) {
	e, config := serveTest(t)
	client := ec2.NewFromConfig(config)
	asked := answer(e, "ec2", "DescribeInstances", values{"Reservations": []values{{"Instances": []values{{
		"InstanceId": "i-1", "State": values{"Code": 16, "Name": "running"}, "LaunchTime": noon, "EbsOptimized": true,
		"Tags": []values{{"Key": "k", "Value": ""}},
	}}}}}, nil)
	out, err := client.DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{
		InstanceIds: []string{"i-1"}, Filters: []ec2types.Filter{{Name: aws.String("tag:x"), Values: []string{"1", "2"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "input", *asked, values{
		"InstanceIds": []any{"i-1"},
		"Filters":     []any{values{"Name": "tag:x", "Values": []any{"1", "2"}}},
	})
	i := out.Reservations[0].Instances[0]
	same(t, "state", i.State.Name, ec2types.InstanceStateNameRunning)
	same(t, "launched", i.LaunchTime.UTC(), noon)
	same(t, "tag", aws.ToString(i.Tags[0].Key)+"="+aws.ToString(i.Tags[0].Value), "k=")

	asked = answer(e, "ec2", "CreateLaunchTemplate", values{"LaunchTemplate": values{"LaunchTemplateId": "lt-1"}}, nil)
	_, err = client.CreateLaunchTemplate(context.Background(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("web"), ClientToken: aws.String("token"),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{
			SecurityGroupIds:  []string{"sg-1"},
			TagSpecifications: []ec2types.LaunchTemplateTagSpecificationRequest{{ResourceType: "instance", Tags: []ec2types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}},
			NetworkInterfaces: []ec2types.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest{{DeviceIndex: aws.Int32(0), Groups: []string{"sg-2"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "input", *asked, values{
		"LaunchTemplateName": "web", "ClientToken": "token",
		"LaunchTemplateData": values{
			"SecurityGroupIds":  []any{"sg-1"},
			"TagSpecifications": []any{values{"ResourceType": "instance", "Tags": []any{values{"Key": "a", "Value": "b"}}}},
			"NetworkInterfaces": []any{values{"DeviceIndex": int64(0), "Groups": []any{"sg-2"}}},
		},
	})

	answer(e, "ec2", "DescribeInstances", nil, refuse("InvalidInstanceID.NotFound", "The instance ID 'i-2' does not exist"))
	_, err = client.DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{})
	wantCode(t, err, "InvalidInstanceID.NotFound")
	_, err = client.DescribeImages(context.Background(), &ec2.DescribeImagesInput{})
	wantCode(t, err, "NotSupportedByEmulator")
}

func TestCBORProtocol(t *testing.T) {
	e, config := serveTest(t)
	client := cloudwatch.NewFromConfig(config)
	asked := answer(e, "cloudwatch", "PutMetricData", values{}, nil)
	_, err := client.PutMetricData(context.Background(), &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("Shop"),
		MetricData: []cwtypes.MetricDatum{{
			MetricName: aws.String("5xx"), Timestamp: aws.Time(noon.Add(250 * time.Millisecond)), Value: aws.Float64(2), StorageResolution: aws.Int32(60),
			Dimensions: []cwtypes.Dimension{{Name: aws.String("d"), Value: aws.String("v")}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "input", *asked, values{"Namespace": "Shop", "MetricData": []any{values{
		"MetricName": "5xx", "Timestamp": noon.Add(250 * time.Millisecond), "Value": 2.0, "StorageResolution": int64(60),
		"Dimensions": []any{values{"Name": "d", "Value": "v"}},
	}}})

	answer(e, "cloudwatch", "GetMetricData", values{"MetricDataResults": []values{{
		"Id": "m", "Values": []float64{1, 2.5}, "Timestamps": []time.Time{noon, noon.Add(time.Minute)}, "StatusCode": "Complete",
	}}}, nil)
	data, err := client.GetMetricData(context.Background(), &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(noon), EndTime: aws.Time(noon.Add(time.Hour)),
		MetricDataQueries: []cwtypes.MetricDataQuery{{Id: aws.String("m"), Expression: aws.String("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "values", data.MetricDataResults[0].Values, []float64{1, 2.5})
	same(t, "second", data.MetricDataResults[0].Timestamps[1].UTC(), noon.Add(time.Minute))

	answer(e, "cloudwatch", "SetAlarmState", nil, refuse("ResourceNotFound", "no such alarm"))
	_, err = client.SetAlarmState(context.Background(), &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("a"), StateValue: "OK", StateReason: aws.String("r"),
	})
	wantCode(t, err, "ResourceNotFound")
	_, err = client.SetAlarmState(context.Background(), &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("a"), StateValue: "BAD", StateReason: aws.String("r"),
	})
	wantCode(t, err, "ValidationError")
}

// TestCloudWatchSpeaksThreeProtocols sends by hand what older clients send.
func TestCloudWatchSpeaksThreeProtocols(t *testing.T) {
	e, config := serveTest(t)
	asked := answer(e, "cloudwatch", "SetAlarmState", nil, refuse("ResourceNotFound", "no such alarm"))
	for name, one := range map[string]struct{ contentType, target, body, want string }{
		"query": {"application/x-www-form-urlencoded; charset=utf-8", "",
			"Action=SetAlarmState&Version=2010-08-01&AlarmName=a&StateValue=OK&StateReason=why", "<Code>ResourceNotFound</Code>"},
		"json": {"application/x-amz-json-1.0", "GraniteServiceVersion20100801.SetAlarmState",
			`{"AlarmName":"a","StateValue":"OK","StateReason":"why"}`, `"__type":"ResourceNotFound"`},
	} {
		t.Run(name, func(t *testing.T) {
			status, body, header := send(t, *config.BaseEndpoint, "monitoring", one.contentType, one.target, one.body)
			if status != 404 || !strings.Contains(body, one.want) {
				t.Errorf("HTTP %d %s, want 404 with %s", status, body, one.want)
			}
			if name == "json" {
				same(t, "query error", header.Get("X-Amzn-Query-Error"), "ResourceNotFound;Sender")
			}
			same(t, "input", *asked, values{"AlarmName": "a", "StateValue": "OK", "StateReason": "why"})
		})
	}
}

func TestRESTProtocol(t *testing.T) {
	e, config := serveTest(t)
	client := lambda.NewFromConfig(config)
	asked := answer(e, "lambda", "Invoke", values{
		"StatusCode": 200, "Payload": []byte("pong"), "FunctionError": "Unhandled", "ExecutedVersion": "3", "LogResult": "bG9n",
	}, nil)
	out, err := client.Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName: aws.String("arn:aws:lambda:eu-west-1:123456789012:function:api:live"), Payload: []byte("ping"), LogType: "Tail", Qualifier: aws.String("live"),
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "input", *asked, values{
		"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:api:live", "Payload": []byte("ping"), "LogType": "Tail", "Qualifier": "live",
	})
	same(t, "output", []string{string(out.Payload), *out.FunctionError, *out.ExecutedVersion, *out.LogResult}, []string{"pong", "Unhandled", "3", "bG9n"})

	asked = answer(e, "lambda", "UpdateAlias", values{"Name": "live", "RoutingConfig": values{"AdditionalVersionWeights": map[string]float64{"2": 0.1}}}, nil)
	alias, err := client.UpdateAlias(context.Background(), &lambda.UpdateAliasInput{
		FunctionName: aws.String("api"), Name: aws.String("live"), RevisionId: aws.String("r"),
		RoutingConfig: &lambdatypes.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "weights", alias.RoutingConfig.AdditionalVersionWeights, map[string]float64{"2": 0.1})
	same(t, "input", *asked, values{
		"FunctionName": "api", "Name": "live", "RevisionId": "r", "RoutingConfig": values{"AdditionalVersionWeights": values{"2": 0.1}},
	})

	answer(e, "lambda", "UpdateAlias", nil, refuse("PreconditionFailedException", "The RevisionId does not match"))
	_, err = client.UpdateAlias(context.Background(), &lambda.UpdateAliasInput{FunctionName: aws.String("api"), Name: aws.String("live")})
	wantCode(t, err, "PreconditionFailedException")
	if !strings.Contains(err.Error(), "StatusCode: 412") || !strings.Contains(err.Error(), "The RevisionId does not match") {
		t.Errorf("error %v, want HTTP 412 and the message", err)
	}
	_, err = client.GetAlias(context.Background(), &lambda.GetAliasInput{FunctionName: aws.String("api!"), Name: aws.String("live")})
	wantCode(t, err, "NotSupportedByEmulator")
}

// send makes a signed-looking request by hand.
func send(t *testing.T, endpoint, service, contentType, target, body string) (int, string, http.Header) {
	t.Helper()
	rq, err := http.NewRequest(http.MethodPost, endpoint+"/", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	rq.Header.Set("Content-Type", contentType)
	rq.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260301/eu-west-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		rq.Header.Set("X-Amz-Target", target)
	}
	answer, err := http.DefaultClient.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}
