package autoscaling_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

// together releases n groups at once, with the emulator beside them behind
// HTTP, and tells how long each took.
func together(t *testing.T, n int) []time.Duration {
	t.Helper()
	w := acctest.New(t)
	clients := w.Clients(t)
	var groups []*acctest.Group
	for i := range n {
		groups = append(groups, w.NewGroup(t, fmt.Sprintf("web-%d", i), 4, nil))
	}
	began := w.Virtual.Now()
	hold := w.Virtual.Join() // until all of them have joined
	var started, ended sync.WaitGroup
	took := make([]time.Duration, n)
	for i, g := range groups {
		started.Add(1)
		ended.Go(func() {
			leave := w.Virtual.Join()
			target := autoscaling.New(clients, w.Clock, autoscaling.Release{
				Group: g.Name, Template: autoscaling.Template{ID: g.TemplateID, Version: "2"}, AutoRollback: true, SkipMatching: true,
				Checkpoints: []int32{50, 100}, Pause: 10 * time.Minute, ScaleInProtected: "Ignore", OnStandby: "Ignore",
			})
			started.Done()
			leave()
			state, err := rollout.Runner{Clock: w.Clock, Target: target, Name: "web", Plan: rollout.Plan{
				Steps: []rollout.Step{{Percent: 100}}, SelfDriven: true, Poll: rollout.Poll{Short: 10 * time.Second, Long: 20 * time.Second},
			}}.Run(context.Background())
			if err != nil || state.Phase != rollout.Promoted {
				t.Errorf("%s ended %s, %v", g.Name, state.Phase, err)
			}
			took[i] = w.Virtual.Now().Sub(began)
		})
	}
	started.Wait()
	hold()
	ended.Wait()
	return took
}

// Any number of releases at once take exactly the same virtual time: a clock
// that moves while somebody works would make them longer.
func TestConcurrentReleases_takeTheSameTime(t *testing.T) {
	alone := together(t, 1)[0]
	if alone < 10*time.Minute || alone > 30*time.Minute {
		t.Fatalf("one release took %s", alone)
	}
	for _, n := range []int{2, 10, 50} {
		for i, d := range together(t, n) {
			if d != alone {
				t.Errorf("release %d of %d took %s, alone %s", i+1, n, d, alone)
			}
		}
	}
}
