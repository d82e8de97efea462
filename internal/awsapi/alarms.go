package awsapi

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// alarmsPerCall is how many names DescribeAlarms takes.
const alarmsPerCall = 100

// Alarm is a CloudWatch alarm, metric or composite.
type Alarm struct {
	Name   string
	State  string // OK, ALARM or INSUFFICIENT_DATA
	Reason string
	Since  time.Time // when it entered the state; zero when not told
}

// Firing tells that the alarm is in ALARM.
func (a Alarm) Firing() bool { return a.State == string(cloudwatchtypes.StateValueAlarm) }

// Mute tells that the alarm has no data to judge by.
func (a Alarm) Mute() bool { return a.State == string(cloudwatchtypes.StateValueInsufficientData) }

// Alarms reads the named alarms together with all others that are asked for
// in the same moment. Alarms that do not exist are left out.
func (c *Clients) Alarms(ctx context.Context, names ...string) (map[string]Alarm, error) {
	if len(names) == 0 {
		return nil, nil // no names would mean all alarms
	}
	return c.alarms.get(ctx, names...)
}

func (c *Clients) fetchAlarms(ctx context.Context, names []string) (map[string]Alarm, error) {
	found := map[string]Alarm{}
	for part := range slices.Chunk(names, alarmsPerCall) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(c.CloudWatch(), &cloudwatch.DescribeAlarmsInput{
			AlarmNames: part,
			// Left out, composite alarms are not told.
			AlarmTypes: []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm, cloudwatchtypes.AlarmTypeCompositeAlarm},
			MaxRecords: aws.Int32(alarmsPerCall),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx, func(o *cloudwatch.Options) { o.Retryer = once() })
			if err != nil {
				return nil, err
			}
			for _, a := range page.MetricAlarms {
				found[aws.ToString(a.AlarmName)] = Alarm{aws.ToString(a.AlarmName), string(a.StateValue), aws.ToString(a.StateReason), since(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp)}
			}
			for _, a := range page.CompositeAlarms {
				found[aws.ToString(a.AlarmName)] = Alarm{aws.ToString(a.AlarmName), string(a.StateValue), aws.ToString(a.StateReason), since(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp)}
			}
		}
	}
	return found, nil
}

func since(transitioned, updated *time.Time) time.Time {
	if transitioned != nil {
		return *transitioned
	}
	return aws.ToTime(updated)
}
