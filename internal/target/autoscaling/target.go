package autoscaling

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Release is what a rolling release wants of a group.
type Release struct {
	Group        string
	Template     Template
	TemplateName string
	// Previous is the version to go back to when the group does not tell.
	Previous Template
	// Cancelled is the refresh that the last apply cancelled on Ctrl-C.
	Cancelled string
	Scope     Scope
	// OwnWayBack: AWS cannot roll back to what the group launches, though its
	// version is a number.
	OwnWayBack bool

	Checkpoints  []int32 // the steps, in percent, 100 last; nil without steps
	Pause        time.Duration
	Bake         time.Duration
	BackSteps    []rollout.Step // of the way back by plan, 100 last; nil goes at once
	Stepwise     bool           // each step is a refresh of its own, held by AWS
	Alarms       []string
	IgnoreFiring bool // begin without the alarms that fire at the start
	AutoRollback bool // AWS goes back by itself
	MaxFailed    int

	MinHealthy, MaxHealthy      *int32
	Warmup                      *time.Duration
	SkipMatching                bool
	ScaleInProtected, OnStandby string
}

// Target is a rollout.Target over one group's instance refreshes.
type Target struct {
	clients *awsapi.Clients
	clock   clock.Clock
	release Release

	begun      bool
	previous   Template        // what the group goes back to
	reversible bool            // AWS itself can go back to it
	heeded     []string        // alarms that guard this release
	blind      bool            // we may not read them: AWS alone watches
	refresh    string          // the refresh that we follow
	known      map[string]bool // refreshes that were there before ours
	cancelled  map[string]bool // refreshes that we cancelled
	returning  bool            // we asked for a refresh on the way back
	back       string          // our own refresh on the way back
	lax        bool            // it has fewer guards than we want: we watch too
	stray      time.Time       // when a finished refresh was first seen to be incomplete
	reached    float64         // the highest share seen at a checkpoint
	reachedAt  time.Time       // and when
	evidence   evidence
	last       glance // of a large group
	stance     stance // how the group stood when it was read last
	woken      bool   // it has moved since it was observed last
	watching   bool   // AWS does not watch the alarms now: we do
	stands     string // how the refresh stood when it was observed last
	onBeat     Group  // the group as the last beat read it
	beatAt     time.Time
	baking     time.Time // when the refresh was first seen to bake
	ending     time.Time // from when on it may end; zero when that is not near

	step      int  // stepwise: the share asked for last
	size      int  // and how many instances there were then
	had       int  // how many of them were new then
	fellShort bool // a checkpoint of the rest brought nothing: AWS counts the whole
	final     bool // the last step's refresh is under way
	landed    int  // the share that was there, and no more than it, when it arrived
}

// New is a target for one release.
func New(c *awsapi.Clients, clk clock.Clock, r Release) *Target {
	return &Target{clients: c, clock: clk, release: r,
		known: map[string]bool{}, cancelled: map[string]bool{}, evidence: newEvidence()}
}

// ReleaseID is the instance refresh that this release started or adopted.
func (t *Target) ReleaseID() string { return t.refresh }

// Previous is the version that was live before; its ID is empty when the group
// did not run a launch template.
func (t *Target) Previous() Template { return t.previous }

// strayTime is how long a group may take to show what a finished refresh did.
const strayTime = 2 * time.Minute

// Observe tells what the group runs and how its refresh stands.
func (t *Target) Observe(ctx context.Context) (rollout.Observation, error) {
	ctx = t.urgent(ctx)
	g, list, err := t.see(ctx)
	if err != nil {
		return rollout.Observation{}, err
	}
	t.stance, t.woken = t.stanceOf(g), false
	if !t.begun {
		if err := t.begin(ctx, g, list); err != nil {
			return rollout.Observation{}, err
		}
	}
	o := rollout.Observation{
		Percent: g.percent(t.release.Scope, t.release.Template),
		Saved:   g.wholly(t.release.Scope, t.release.Template),
		Back:    t.previous.ID != "" && g.wholly(t.release.Scope, t.previous),
		Idle:    true,
		Shares:  g.Shares(t.release.Scope),
	}
	o.Serving, o.Floor = g.serving(), g.floor(t.release)
	if len(list) > 0 && active(list[0]) {
		o.Idle, o.Activity = false, tell(list[0])
	}
	o.Back = o.Back && o.Idle
	o.Saved = o.Saved && o.Idle
	if o.Saved && t.refresh == "" && t.stalePool(ctx, g) {
		o.Saved = false // in service all is new; a refresh sees to the pool
	}
	if err := t.follow(&o, g, list); err != nil {
		return o, err
	}
	if len(list) > 0 {
		t.foresee(list[0], o.Percent)
	}
	if t.release.Stepwise {
		t.stepped(&o, g, list)
	}
	if err := t.heed(ctx, &o); err != nil {
		return o, err
	}
	t.evidence.note(ctx, t, g)
	o.GivenUp = len(t.evidence.givenUp)
	return o, nil
}

// begin notes what must be known before anything changes.
func (t *Target) begin(ctx context.Context, g Group, list []types.InstanceRefresh) error {
	alarms, err := t.clients.Alarms(ctx, t.release.Alarms...)
	t.blind = awsapi.IsAccessDenied(err)
	if err != nil && !t.blind {
		return kind(fmt.Errorf("reading alarms: %w", err))
	}
	for _, name := range t.release.Alarms {
		if a, ok := alarms[name]; t.blind || ok && !(a.Firing() && t.release.IgnoreFiring) {
			t.heeded = append(t.heeded, name)
		}
	}
	t.previous, t.reversible = g.Saved, g.Saved.Numbered() && !t.release.OwnWayBack
	if t.previous == t.release.Template || !g.Saved.Numbered() {
		t.previous = t.release.Previous
	}
	if t.previous.ID == "" && g.Saved.ID != "" && !g.Saved.Numbered() {
		t.previous = g.most(t.release)
	}
	for _, r := range list {
		t.known[aws.ToString(r.InstanceRefreshId)] = true
	}
	t.evidence.begin(g, t.release)
	t.begun = true
	return nil
}

// most is the version other than the wanted one that most instances run: what
// "$Latest" or "$Default" meant when they were launched.
func (g Group) most(r Release) Template {
	counts := map[Template]int{}
	var best Template
	for _, i := range g.scoped(r.Scope) { // most of what is in scope, whatever it weighs
		v := templateOf(i.LaunchTemplate)
		if v == r.Template || v.ID == "" {
			continue
		}
		if counts[v]++; counts[v] > counts[best] {
			best = v
		}
	}
	return best
}
