package codedeploy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// Alias is the alias that deployments move.
type Alias interface {
	// Find reads where it points. One that does not exist is
	// rollout.ErrNotFound.
	Find(ctx context.Context) (Shares, error)
	// Restore gives everything to a version and clears the weights.
	Restore(ctx context.Context, version string) error
}

// Shares says where an alias sends its requests: a share to Other, the rest to
// Version.
type Shares struct {
	Version, Other string
	Weight         float64
}

func (s Shares) whole(version string) bool { return s.Version == version && s.Other == "" }

func (s Shares) share(version string) float64 {
	switch version {
	case s.Other:
		return s.Weight * 100
	case s.Version:
		return 100 - s.Weight*100
	}
	return 0
}

// AlarmReader reads alarms by name; what does not exist is left out.
type AlarmReader func(ctx context.Context, names ...string) (map[string]awsapi.Alarm, error)

// Config says what is released, onto what, and by which settings of CodeDeploy.
type Config struct {
	Function, Alias, Version string
	// Previous is what to go back to when the alias itself does not tell.
	Previous string
	Settings
	Routing Routing
	// Before and After are the functions of the hooks; empty for none.
	Before, After string
	// Alarms end the deployment. IgnoreFiring leaves out those that fire when
	// it begins, Unwatched also the group's own.
	Alarms                  []string
	IgnoreFiring, Unwatched bool
	// AutoRollback: CodeDeploy goes back by itself.
	AutoRollback bool
}

// returnTime is how long a roll-back deployment may take to be named after the
// deployment that it takes back has ended.
const returnTime = time.Minute

// Target is an alias that CodeDeploy moves, as the engine sees it. It serves
// one release.
type Target struct {
	api    awsapi.CodeDeploy
	alias  Alias
	alarms AlarmReader
	clock  clock.Clock
	Config

	begun   bool   // we were asked for something
	before  string // the group's last attempt before ours
	id      string // the deployment that we follow
	backID  string // the roll-back deployment
	back    string // the version to go back to
	lax     bool   // it has fewer guards than we want
	at      Shares // what the alias served when we last looked
	ignored []string
	looked  bool // the alarms were read

	stops     map[string]bool      // deployments that we stopped: with a way back?
	versions  map[string][2]string // what a deployment is about: from, to
	roleTries int                  // how often the group's role was tried
}

// New is a target for one release.
func New(api awsapi.CodeDeploy, alias Alias, alarms AlarmReader, clk clock.Clock, cfg Config) *Target {
	return &Target{api: api, alias: alias, alarms: alarms, clock: clk, Config: cfg, stops: map[string]bool{}, versions: map[string][2]string{}}
}

// Back is the version that the alias goes back to; empty when there is none.
func (t *Target) Back() string { return t.back }

// ID is the deployment that this release made or adopted.
func (t *Target) ID() string { return t.id }

// Observe reads the alias and the deployment.
func (t *Target) Observe(ctx context.Context) (o rollout.Observation, err error) {
	if t.at, err = t.alias.Find(ctx); err != nil {
		return o, err
	}
	o = rollout.Observation{Percent: t.at.share(t.Version), Idle: true, Waits: true}
	if t.id == "" {
		err = t.look(ctx, &o)
	}
	if t.id != "" && err == nil {
		err = t.follow(ctx, &o)
	}
	o.Saved = o.Idle && t.at.whole(t.Version)
	o.Arrived = o.Saved
	o.Back = o.Idle && t.at.whole(t.back)
	return o, err
}

// look finds out what is under way before a deployment of ours is known.
func (t *Target) look(ctx context.Context, o *rollout.Observation) error {
	last, err := t.last(ctx)
	if err != nil {
		return err
	}
	if t.begun {
		if last.id != t.before && last.sha256 == t.digest() {
			t.id = last.id // what a lost answer began
		}
		o.Idle = !last.active()
		return nil
	}
	t.before, t.back = last.id, t.previous(last)
	switch {
	case last.active():
		o.Idle, o.Activity = false, last.tell()
		o.Active = t.adopt(last)
		if o.Active == rollout.ActiveEnding {
			o.Failure = "deployment " + last.triggeredBy + " failed before"
		}
	case t.returns(last):
		o.Idle, o.Active = false, rollout.ActiveEnded
		o.Activity = "the roll-back of " + last.id + " is about to begin"
	case t.at.Other != "" && t.at.Other != t.Version && t.at.Version != t.Version:
		o.Idle, o.Active = false, rollout.ActiveOther
		o.Activity = fmt.Sprintf("its weights, on versions %s and %s, are of no deployment of group %s", t.at.Version, t.at.Other, t.Group)
	}
	return nil
}

// adopt tells whose the deployment under way is, and follows one of ours.
func (t *Target) adopt(d deployment) rollout.Active {
	switch {
	case d.sha256 == t.digest(), d.target == t.Version:
		t.id = d.id
		if t.lax = !d.guards(t.heeded(), t.AutoRollback); t.lax {
			return rollout.ActiveLax
		}
		return rollout.ActiveSame
	case d.rollback && d.current == t.Version:
		t.id, t.backID = d.triggeredBy, d.id
		return rollout.ActiveEnding
	case d.current == t.Version:
		return rollout.ActiveBack
	}
	return rollout.ActiveOther
}

// previous is the version to go back to, from what is there before a release.
func (t *Target) previous(last deployment) string {
	switch {
	case last.active() && last.target == t.Version && last.current != "":
		return last.current
	case t.at.Version != t.Version:
		return t.at.Version
	case t.at.Other != "":
		return t.Version // a release away from it was interrupted
	}
	return t.Previous
}

// heeded are the alarms that guard the release.
func (t *Target) heeded() (names []string) {
	for _, name := range t.Alarms {
		if !slices.Contains(t.ignored, name) {
			names = append(names, name)
		}
	}
	return names
}

// ignore notes which alarms fire before the release, and are to be left out.
func (t *Target) ignore(ctx context.Context) error {
	if t.looked || !t.IgnoreFiring || len(t.Alarms) == 0 {
		return nil
	}
	found, err := t.alarms(ctx, t.Alarms...)
	if err != nil && !awsapi.IsAccessDenied(err) {
		return classify("reading alarms", err)
	}
	for _, name := range t.Alarms {
		if found[name].Firing() {
			t.ignored = append(t.ignored, name)
		}
	}
	t.looked = true
	return nil
}
