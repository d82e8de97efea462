package autoscaling

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// listen asks the target groups about new instances that do not serve yet. An
// instance that is taken out of service drains at once, and then its reason is
// nowhere to be read.
func (e *evidence) listen(ctx context.Context, t *Target, g Group) {
	var waiting []elbtypes.TargetDescription
	for _, i := range g.Instances {
		id := aws.ToString(i.InstanceId)
		if e.fresh[id] && !e.old[id] && !e.served[id] && len(waiting) < maxWitnesses && g.runs(i, t.release.Template) && i.LifecycleState == types.LifecycleStateInService {
			waiting = append(waiting, elbtypes.TargetDescription{Id: i.InstanceId})
		}
	}
	if len(waiting) == 0 {
		return
	}
	for _, arn := range g.TargetGroups {
		for _, d := range t.targets(ctx, arn, waiting) {
			switch id := aws.ToString(d.Target.Id); d.TargetHealth.State {
			case elbtypes.TargetHealthStateEnumHealthy:
				e.served[id] = true
			case elbtypes.TargetHealthStateEnumUnhealthy:
				e.reasons[id] = fmt.Sprintf("%s: %s", d.TargetHealth.Reason, aws.ToString(d.TargetHealth.Description))
			}
		}
	}
}

// targets is the health of targets; none when it cannot be read, for it only
// explains.
func (t *Target) targets(ctx context.Context, arn string, asked []elbtypes.TargetDescription) []elbtypes.TargetHealthDescription {
	out, err := t.clients.ELB().DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(arn), Targets: asked})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(out.TargetHealthDescriptions, func(d elbtypes.TargetHealthDescription) bool { return d.Target == nil || d.TargetHealth == nil })
}

// witness asks the target groups and the console about an instance.
func (t *Target) witness(ctx context.Context, g Group, id string) string {
	var lines []string
	for _, arn := range g.TargetGroups {
		for _, d := range t.targets(ctx, arn, []elbtypes.TargetDescription{{Id: aws.String(id)}}) {
			switch h := d.TargetHealth; {
			case h.State == elbtypes.TargetHealthStateEnumHealthy:
			case h.State != elbtypes.TargetHealthStateEnumUnhealthy && t.evidence.reasons[id] != "":
				lines = append(lines, fmt.Sprintf("instance %s was unhealthy in its target group: %s", id, t.evidence.reasons[id]))
			case h.Reason != elbtypes.TargetHealthReasonEnumNotRegistered:
				lines = append(lines, fmt.Sprintf("instance %s is %s in its target group: %s: %s", id, h.State, h.Reason, aws.ToString(h.Description)))
			}
		}
	}
	if text := t.console(ctx, id); text != "" {
		lines = append(lines, fmt.Sprintf("last console lines of %s:\n%s", id, text))
	}
	return strings.Join(lines, "\n")
}

func (t *Target) console(ctx context.Context, id string) string {
	out, err := t.clients.EC2().GetConsoleOutput(ctx, &ec2.GetConsoleOutputInput{InstanceId: aws.String(id)})
	if err != nil {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(aws.ToString(out.Output))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) > consoleLines {
		lines = lines[len(lines)-consoleLines:]
	}
	for i, l := range lines {
		lines[i] = "  " + strings.TrimRight(l, "\r ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), " \n")
}
