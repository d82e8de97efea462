package watch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// betweenReads is how often AWS is asked.
const betweenReads = 10 * time.Second

// followGroup follows the newest instance refresh of a group.
func followGroup(version string) func(context.Context, options, Screen, clock.Clock) (bool, error) {
	return func(ctx context.Context, o options, screen Screen, clk clock.Clock) (bool, error) {
		clients, err := awsapi.New(ctx, awsapi.Settings{Region: o.region, Profile: o.profile,
			SkipRequestingAccountID: true, Product: "terraform-provider-awsdeploy", Version: version}, clk)
		if err != nil {
			return false, err
		}
		shown := ""
		for {
			s, err := autoscaling.See(ctx, clients, o.group)
			switch {
			case errors.Is(err, rollout.ErrNotFound):
				return false, fmt.Errorf("there is no Auto Scaling group %s in %s: check the name and -region", o.group, clients.Region)
			case err != nil:
				return false, errors.New(awsapi.Describe(err))
			}
			if line := sightLine(o.group, s); line != shown {
				show(screen, clk.Now(), shown != "", line, s)
				shown = line
			}
			if !s.Active {
				return s.Good || s.Refresh == "", nil
			}
			if err := clk.Sleep(ctx, betweenReads); err != nil {
				return false, err
			}
		}
	}
}

// show writes a line, on a terminal in the place of the one before.
func show(screen Screen, now time.Time, again bool, line string, s autoscaling.Sight) {
	if !screen.Terminal {
		fmt.Fprintf(screen.Out, "%s %s\n", now.UTC().Format(time.TimeOnly), line)
		return
	}
	if again {
		fmt.Fprint(screen.Out, "\x1b[1A\x1b[J")
	}
	fmt.Fprintf(screen.Out, "[%s] %s\n", bar(float64(s.Complete)), line)
}

// sightLine is a group in a line.
func sightLine(group string, s autoscaling.Sight) string {
	var shares []string
	for _, v := range slices.Sorted(maps.Keys(s.Shares)) {
		shares = append(shares, fmt.Sprintf("%.0f %% %s", s.Shares[v], v))
	}
	refresh := s.Refresh
	if refresh == "" {
		refresh = "no instance refresh in the last six weeks"
	}
	return fmt.Sprintf("%s: %d of %d in service (%s); %s", group, s.Serving, s.Desired, strings.Join(shares, ", "), refresh)
}
