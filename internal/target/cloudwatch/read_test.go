package cloudwatch

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// fake answers with pages, and keeps what it was asked.
type fake struct {
	pages [][]types.MetricDataResult
	err   error
	asked []*cloudwatch.GetMetricDataInput
}

func (f *fake) GetMetricData(_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	f.asked = append(f.asked, in)
	n := len(f.asked)
	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: f.pages[n-1]}
	if n < len(f.pages) {
		out.NextToken = aws.String("more")
	}
	return out, nil
}

func result(id, label string, status types.StatusCode, values ...float64) types.MetricDataResult {
	r := types.MetricDataResult{Id: aws.String(id), Label: aws.String(label), StatusCode: status, Values: values}
	for i := range values {
		r.Timestamps = append(r.Timestamps, epoch.Add(time.Duration(i)*time.Minute))
	}
	return r
}

func TestRead(t *testing.T) {
	minute := func(n int, v float64, label string) verify.Point {
		return verify.Point{At: epoch.Add(time.Duration(n) * time.Minute), Value: v, Label: label}
	}
	for _, tc := range []struct {
		name  string
		pages [][]types.MetricDataResult
		want  verify.Series
		err   string
		later bool
	}{
		{"values with their samples", [][]types.MetricDataResult{{result(resultID, "cpu", types.StatusCodeComplete, 1, 2), result(samplesID+"0", "n", types.StatusCodeComplete, 10, 5)}},
			verify.Series{Points: []verify.Point{minute(0, 1, ""), minute(1, 2, "")}, Samples: 15}, "", false},
		{"an expression rests on the metric with most samples", [][]types.MetricDataResult{{result(samplesID+"0", "n", types.StatusCodeComplete, 2), result(samplesID+"1", "n", types.StatusCodeComplete, 30, 10), result(resultID, "e", types.StatusCodeComplete, 7)}},
			verify.Series{Points: []verify.Point{minute(0, 7, "")}, Samples: 40}, "", false},
		{"pages are put together", [][]types.MetricDataResult{{result(resultID, "cpu", types.StatusCodePartialData, 1), result(samplesID+"0", "n", types.StatusCodePartialData, 10)}, {result(resultID, "cpu", types.StatusCodeComplete, 2), result(samplesID+"0", "n", types.StatusCodeComplete, 5)}},
			verify.Series{Points: []verify.Point{minute(0, 1, ""), minute(0, 2, "")}, Samples: 15}, "", false},
		{"several series keep their labels, in order", [][]types.MetricDataResult{{result(resultID, "b", types.StatusCodeComplete, 2, 4), result(resultID, "a", types.StatusCodeComplete, 1)}},
			verify.Series{Points: []verify.Point{minute(0, 1, "a"), minute(0, 2, "b"), minute(1, 4, "b")}, Samples: 3}, "", false},
		{"an answer that stays incomplete is asked again", [][]types.MetricDataResult{{result(resultID, "cpu", types.StatusCodeInternalError)}}, verify.Series{}, "could not complete the answer (InternalError)", true},
		{"one that is forbidden is not", [][]types.MetricDataResult{{result(resultID, "cpu", types.StatusCodeForbidden)}}, verify.Series{}, "Forbidden", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Read(context.Background(), &fake{pages: tc.pages}, Query{Metrics: map[string]Metric{"m": {}}, Period: time.Minute}, epoch, epoch.Add(time.Hour))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || Temporary(err) != tc.later {
					t.Errorf("got %v, temporary %v; want %q, %v", err, Temporary(err), tc.err, tc.later)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func TestTemporary(t *testing.T) {
	for code, want := range map[string]bool{"Throttling": true, "AccessDenied": false, "ValidationError": false, "ExpiredToken": true} {
		_, err := Read(context.Background(), &fake{err: &smithy.GenericAPIError{Code: code}}, Query{}, epoch, epoch.Add(time.Hour))
		if Temporary(err) != want {
			t.Errorf("%s: temporary %v, want %v", code, !want, want)
		}
	}
	if !Temporary(errors.New("connection reset")) {
		t.Error("an answer that did not come says nothing about the version")
	}
}

func TestQuery(t *testing.T) {
	latency := Metric{Namespace: "AWS/ApplicationELB", Name: "TargetResponseTime", Statistic: "p99", Dimensions: map[string]string{"TargetGroup": "tg/1", "LoadBalancer": "app/1"}}
	one := Query{Metrics: map[string]Metric{"metric": latency}, Period: 5 * time.Minute}
	if got, want := one.String(), "p99 of AWS/ApplicationELB TargetResponseTime (LoadBalancer=app/1, TargetGroup=tg/1)"; got != want {
		t.Errorf("worded %q, want %q", got, want)
	}
	q := one.queries()
	if len(q) != 2 || *q[0].Id != resultID || *q[0].MetricStat.Stat != "p99" || *q[0].MetricStat.Period != 300 || *q[1].MetricStat.Stat != "SampleCount" || *q[0].MetricStat.Metric.Dimensions[0].Name != "LoadBalancer" {
		t.Errorf("asked %+v", q)
	}
	rate := Query{Expression: "100*errors/requests", Period: time.Minute, Metrics: map[string]Metric{"requests": latency, "errors": latency}}
	var ids []string
	for _, q := range rate.queries() {
		ids = append(ids, *q.Id)
	}
	if want := []string{"errors", samplesID + "0", "requests", samplesID + "1", resultID}; !reflect.DeepEqual(ids, want) {
		t.Errorf("asked %v, want %v", ids, want)
	}
	insights := Query{Expression: "SELECT AVG(CPUUtilization) FROM \"AWS/EC2\"", Period: time.Minute}.queries()
	if len(insights) != 1 || *insights[0].Period != 60 {
		t.Errorf("asked %+v, want a query with a period of its own", insights)
	}
}
