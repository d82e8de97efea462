package cloudwatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// API is what Read asks of CloudWatch.
type API interface {
	GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
}

// errLater is an answer that CloudWatch could not complete now, errForbidden
// one about metrics that may not be read.
var (
	errLater     = errors.New("CloudWatch could not complete the answer")
	errForbidden = errors.New("CloudWatch answers Forbidden")
)

// Read reads a query's datapoints in [from, to), oldest first.
func Read(ctx context.Context, api API, q Query, from, to time.Time) (verify.Series, error) {
	in := &cloudwatch.GetMetricDataInput{MetricDataQueries: q.queries(), StartTime: aws.Time(from), EndTime: aws.Time(to), ScanBy: types.ScanByTimestampAscending}
	var answer answer
	pages := cloudwatch.NewGetMetricDataPaginator(api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return verify.Series{}, worded{err}
		}
		answer.add(page.MetricDataResults)
	}
	if err := answer.fault(); err != nil {
		return verify.Series{}, err
	}
	return answer.series(), nil
}

// answer gathers results over pages: one may come in pieces.
type answer struct {
	points  []verify.Point
	samples map[string]float64
	status  map[string]types.MetricDataResult // the last piece of each result
	several bool                              // the query gave more than one series
	label   *string
}

func (a *answer) add(results []types.MetricDataResult) {
	if a.samples == nil {
		a.samples, a.status = map[string]float64{}, map[string]types.MetricDataResult{}
	}
	for _, r := range results {
		id := aws.ToString(r.Id)
		a.status[id+"\x00"+aws.ToString(r.Label)] = r
		if strings.HasPrefix(id, samplesID) {
			for _, v := range r.Values {
				a.samples[id] += v
			}
			continue
		}
		a.several = a.several || a.label != nil && *a.label != aws.ToString(r.Label)
		a.label = aws.String(aws.ToString(r.Label))
		for i, at := range r.Timestamps {
			a.points = append(a.points, verify.Point{At: at, Value: r.Values[i], Label: *a.label})
		}
	}
}

// fault is what CloudWatch says that it could not read.
func (a *answer) fault() error {
	for _, r := range a.status {
		switch r.StatusCode {
		case types.StatusCodeForbidden:
			return fmt.Errorf("%w%s", errForbidden, messages(r))
		case types.StatusCodeInternalError, types.StatusCodePartialData:
			return fmt.Errorf("%w (%s)%s", errLater, r.StatusCode, messages(r))
		}
	}
	return nil
}

func messages(r types.MetricDataResult) string {
	text := ""
	for _, m := range r.Messages {
		text += ": " + aws.ToString(m.Value)
	}
	return text
}

// series is the answer in order. Samples are those of the metric that has
// most: of errors and requests, the requests. A Metrics Insights query does
// not tell any, and each datapoint counts as one.
func (a *answer) series() verify.Series {
	out := verify.Series{Points: a.points}
	for _, n := range a.samples {
		out.Samples = max(out.Samples, n)
	}
	if len(a.samples) == 0 {
		out.Samples = float64(len(a.points))
	}
	for i := range out.Points {
		if !a.several {
			out.Points[i].Label = ""
		}
	}
	slices.SortStableFunc(out.Points, func(x, y verify.Point) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Label, y.Label))
	})
	return out
}

// worded is an error of the SDK in a person's words.
type worded struct{ error }

func (w worded) Error() string { return awsapi.Describe(w.error) }

func (w worded) Unwrap() error { return w.error }

// Temporary tells errors of Read that pass by themselves.
func Temporary(err error) bool {
	return errors.Is(err, errLater) || !errors.Is(err, errForbidden) && awsapi.IsTemporary(err)
}
