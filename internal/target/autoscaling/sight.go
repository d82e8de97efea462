package autoscaling

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// Sight is a group as somebody sees it who only watches.
type Sight struct {
	Shares           map[string]float64 // of each version, in percent
	Serving, Desired int                // instances
	// Refresh is the newest instance refresh in words; empty when there was
	// none in the six weeks that AWS remembers.
	Refresh string
	// Complete is how much of it is done, in percent, as AWS counts.
	Complete int
	Active   bool // it is still under way
	Good     bool // it ended well
}

// See looks at a group and its newest instance refresh. A group that is gone
// is rollout.ErrNotFound.
func See(ctx context.Context, c *awsapi.Clients, group string) (Sight, error) {
	t := &Target{clients: c, release: Release{Group: group}}
	g, list, err := t.look(ctx)
	if err != nil {
		return Sight{}, err
	}
	s := Sight{Shares: g.Shares(Scope{}), Serving: g.serving(), Desired: g.Desired}
	if len(list) > 0 {
		s.Refresh, s.Active, s.Complete = tell(list[0]), active(list[0]), int(aws.ToInt32(list[0].PercentageComplete))
		s.Good = list[0].Status == types.InstanceRefreshStatusSuccessful
	}
	return s, nil
}
