package rollout_test

import (
	"context"
	"fmt"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// pointer is the smallest target: a weight that can be set, and a version that
// has the rest.
type pointer struct {
	version, wanted string
	weight          int
}

// Observe tells what is there, and nothing of what was asked for.
func (p *pointer) Observe(context.Context) (rollout.Observation, error) {
	saved := p.version == p.wanted
	share := float64(p.weight)
	if saved {
		share = 100
	}
	return rollout.Observation{Percent: share, Arrived: true, Saved: saved, Back: !saved && share == 0, Idle: true}, nil
}

// Shift gives the new version its share.
func (p *pointer) Shift(_ context.Context, step rollout.Step) error {
	p.weight = step.Percent
	return nil
}

// End promotes the new version, or takes its share away.
func (p *pointer) End(_ context.Context, how rollout.Ending) error {
	switch how {
	case rollout.Promote:
		p.version, p.weight = p.wanted, 0
	case rollout.GoBack:
		p.weight = 0
	}
	return nil
}

// The engine releases onto anything that has these three methods.
func ExampleRunner() {
	v := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	target := &pointer{version: "1", wanted: "2"}
	runner := rollout.Runner{
		Clock: v, Target: target, Name: "pointer",
		Plan: rollout.Plan{
			Steps:     []rollout.Step{{Percent: 10, Pause: 5 * time.Minute}, {Percent: 100}},
			OnFailure: rollout.Rollback,
			Poll:      rollout.Poll{Short: 10 * time.Second, Long: time.Minute},
		},
		Notify: func(s rollout.State, o rollout.Observation) { fmt.Printf("%s, %g %% new\n", s.Phase, o.Percent) },
	}
	state, err := runner.Run(context.Background())
	fmt.Println(state.Phase, err, "version", target.version)
	// Output:
	// shifting, 0 % new
	// pausing, 10 % new
	// shifting, 10 % new
	// baking, 100 % new
	// promoting, 100 % new
	// promoted, 100 % new
	// promoted <nil> version 2
}
