// Package watch follows releases from a terminal or a job's log, while
// somebody else runs them: by the reports that the provider writes, or
// straight from AWS.
package watch

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Screen is where watching is shown.
type Screen struct {
	Out io.Writer
	// Terminal: lines may be drawn again, as progress bars are.
	Terminal bool
}

// Exit statuses of Run.
const (
	ExitGood  = 0 // everything that was watched ended well
	ExitBad   = 1 // something ended otherwise, or could not be watched
	ExitUsage = 2
)

// settle is how long no other release has to begin before watching a
// directory ends.
const settle = 3 * time.Second

const usage = `Follow releases that somebody else runs, until they have ended.

  terraform-provider-awsdeploy watch [-wait] DIR
        follows the reports in DIR, the provider's report_dir or one report in it
  terraform-provider-awsdeploy watch -autoscaling-group NAME [-region REGION] [-profile PROFILE]
        follows the newest instance refresh of a group, straight from AWS

The exit status is 0 when all ended well, and 1 otherwise. Flags:
`

type options struct {
	dir     string
	wait    bool
	group   string
	region  string
	profile string
}

// Run is the command: arguments in, exit status out.
func Run(ctx context.Context, args []string, screen Screen, errors io.Writer, clk clock.Clock, version string) int {
	var o options
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	flags.SetOutput(errors)
	flags.Usage = func() {
		fmt.Fprint(errors, usage)
		flags.PrintDefaults()
	}
	flags.BoolVar(&o.wait, "wait", false, "wait for the first report when DIR has none yet")
	flags.StringVar(&o.group, "autoscaling-group", "", "name of an Auto Scaling group")
	flags.StringVar(&o.region, "region", "", "AWS region (default: as the AWS CLI)")
	flags.StringVar(&o.profile, "profile", "", "AWS profile (default: as the AWS CLI)")
	if err := flags.Parse(args); err != nil {
		return ExitUsage
	}
	o.dir = flags.Arg(0)
	if flags.NArg() > 1 || (o.dir == "") == (o.group == "") {
		flags.Usage()
		return ExitUsage
	}
	follow := followDir
	if o.group != "" {
		follow = followGroup(version)
	}
	good, err := follow(ctx, o, screen, clk)
	switch {
	case interrupted(ctx, err):
		return ExitGood // the person who watched has seen enough
	case err != nil:
		fmt.Fprintln(errors, "watch:", err)
		return ExitBad
	case !good:
		return ExitBad
	}
	return ExitGood
}

func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
}
