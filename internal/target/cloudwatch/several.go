package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/verify"
)

// ReadEach reads the datapoints of several metrics in [from, to), each oldest
// first, in as few calls as there are pages.
func ReadEach(ctx context.Context, api API, metrics []Metric, period time.Duration, from, to time.Time) ([][]verify.Point, error) {
	q := Query{Period: period}
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(from), EndTime: aws.Time(to), ScanBy: types.ScanByTimestampAscending}
	index := map[string]int{}
	for n, m := range metrics {
		id := fmt.Sprint("m", n)
		index[id] = n
		in.MetricDataQueries = append(in.MetricDataQueries, q.stat(id, m, m.Statistic, true))
	}
	out := make([][]verify.Point, len(metrics))
	var last answer
	pages := cloudwatch.NewGetMetricDataPaginator(api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, worded{err}
		}
		last.add(page.MetricDataResults)
		for _, r := range page.MetricDataResults {
			n := index[aws.ToString(r.Id)]
			for i, at := range r.Timestamps {
				out[n] = append(out[n], verify.Point{At: at, Value: r.Values[i]})
			}
		}
	}
	for _, points := range out {
		slices.SortStableFunc(points, func(x, y verify.Point) int { return x.At.Compare(y.At) })
	}
	return out, last.fault()
}
