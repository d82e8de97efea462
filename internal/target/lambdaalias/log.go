package lambdaalias

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

const (
	// logPages bounds how many pages of a log are read for its last errors.
	logPages = 10
	// logLine is how much of a line is kept.
	logLine = 300
	// wrong is a filter for what functions print when something is wrong.
	wrong = `?ERROR ?Error ?error ?FATAL ?Exception ?Traceback ?panic ?"Task timed out"`
)

// LastErrors are the last lines, at most so many, that a version logged of
// something wrong in [from, to], each with its time.
func LastErrors(ctx context.Context, clients *awsapi.Clients, group, version string, from, to time.Time, most int) (lines []string, err error) {
	in := &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group), FilterPattern: aws.String(wrong),
		StartTime: aws.Int64(from.UnixMilli()), EndTime: aws.Int64(to.UnixMilli()),
	}
	api := clients.Logs()
	for range logPages {
		page, err := api.FilterLogEvents(ctx, in, func(o *cloudwatchlogs.Options) { o.RetryMaxAttempts = 2 })
		if err != nil {
			return nil, worded{err}
		}
		for _, e := range page.Events {
			// Lambda names its streams 2030/01/01/[7]0123456789abcdef.
			if strings.Contains(aws.ToString(e.LogStreamName), "["+version+"]") {
				at := time.UnixMilli(aws.ToInt64(e.Timestamp)).UTC().Format("15:04:05")
				lines = append(lines, at+" "+cut(aws.ToString(e.Message)))
			}
		}
		lines = lines[max(0, len(lines)-most):]
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	return lines, nil
}

// cut is the begin of a message, on one line.
func cut(message string) string {
	runes := []rune(strings.Join(strings.Fields(message), " "))
	if len(runes) > logLine {
		return string(runes[:logLine]) + "…"
	}
	return string(runes)
}
