package lambdaalias

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// API is what a Target asks of Lambda.
type API interface {
	GetAlias(context.Context, *lambda.GetAliasInput, ...func(*lambda.Options)) (*lambda.GetAliasOutput, error)
	UpdateAlias(context.Context, *lambda.UpdateAliasInput, ...func(*lambda.Options)) (*lambda.UpdateAliasOutput, error)
	CreateAlias(context.Context, *lambda.CreateAliasInput, ...func(*lambda.Options)) (*lambda.CreateAliasOutput, error)
}

// AlarmReader reads alarms by name; what does not exist is left out.
type AlarmReader func(ctx context.Context, names ...string) (map[string]awsapi.Alarm, error)

// Config says what is released, and onto what.
type Config struct {
	Function string
	Alias    string
	Version  string // the one wanted
	// Previous is what to go back to when the alias itself does not tell.
	Previous string
	// Undivided: the two versions cannot share the alias, so that it is
	// changed over at once.
	Undivided bool
	// Carries: the alias itself has provisioned concurrency. While Lambda
	// moves that to another version, it gives the alias weights of its own.
	Carries bool
	// Provisioned is how many concurrent executions the version is given
	// before it gets any traffic; 0 leaves them alone.
	Provisioned int
	// Allots: versions get their provisioned concurrency by such releases.
	Allots bool
	// Home is the version that was promoted last, while the alias has it as
	// its own; empty when it has another one, or that is not known.
	Home string
	// Alarms end the release when they fire, IgnoreFiring leaves out those
	// that fire when it begins.
	Alarms       []string
	IgnoreFiring bool
}

// Target is an alias as the engine sees it. It serves one release.
type Target struct {
	api    API
	alarms AlarmReader

	concurrencyAPI ConcurrencyAPI
	Config

	known  bool     // at is set
	begun  bool     // we were asked for something
	at     Routing  // what we last saw or wrote ourselves
	want   Routing  // what we were last asked for
	back   string   // the version to go back to
	asked  *Routing // a change whose answer was lost
	past   []string // revisions that our own changes have ended
	stale  bool     // the last answer was older than our last change
	moved  string   // what another moved
	looked bool     // the alarms were read once
	ignore []string // alarms left out

	concurrency Concurrency // of the new version, as it was seen last
	put         bool        // it was asked for, or found under way
	equipped    bool        // it is ready
	unnamed     bool        // AWS does not name a version without a share
}

// New is a target for one release.
func New(api API, concurrency ConcurrencyAPI, alarms AlarmReader, cfg Config) *Target {
	return &Target{api: api, concurrencyAPI: concurrency, alarms: alarms, Config: cfg}
}

// Open is a target for one release on real clients.
func Open(clients *awsapi.Clients, cfg Config) *Target {
	return New(clients.Lambda(), clients.Lambda(), clients.Alarms, cfg)
}

// Back is the version that the alias goes back to, once it was observed;
// empty when there is none.
func (t *Target) Back() string { return t.back }

// Observe reads the alias and the alarms.
func (t *Target) Observe(ctx context.Context) (rollout.Observation, error) {
	there, err := FindRouting(ctx, t.api, t.Function, t.Alias)
	if err != nil && !(errors.Is(err, rollout.ErrNotFound) && !t.at.Exists()) {
		return rollout.Observation{}, err
	}
	t.place(there)
	if err := t.look(ctx); err != nil {
		return rollout.Observation{}, err
	}
	firing, err := t.firing(ctx)
	if err != nil {
		return rollout.Observation{}, err
	}
	return t.observation(firing), nil
}

// place compares what is there with what we know of.
func (t *Target) place(there Routing) {
	t.stale = false
	switch {
	case !t.known || !t.begun && t.foreign():
		t.at, t.known, t.back = there, true, t.previous(there)
	case there.equal(t.at), t.transit(there):
		t.at = there
	case t.asked != nil && there.equal(*t.asked):
		t.wrote(there) // the answer was lost, the change was not
	case there.Revision != t.at.Revision && slices.Contains(t.past, there.Revision):
		t.stale = true
	case t.moved == "":
		t.moved = fmt.Sprintf("somebody else moved alias %s from %s to %s; CloudTrail knows who (UpdateAlias)", t.name(), t.at, there)
	}
}

// transit tells weights that Lambda itself gives to an alias, or takes from it
// again, while its provisioned concurrency moves to another version.
func (t *Target) transit(there Routing) bool {
	return t.Carries && there.Version == t.at.Version && (there.Other == "" || there.Weight == 1)
}

// wrote notes a change of ours that AWS has made.
func (t *Target) wrote(there Routing) {
	if t.at.Exists() {
		t.past = append(t.past, t.at.Revision)
	}
	t.at, t.asked = there, nil
}

// previous is the version to go back to from what is there before a release.
func (t *Target) previous(there Routing) string {
	switch {
	case there.Version != t.Version && there.Exists():
		return there.Version
	case t.Carries && there.Other != "":
		return there.Other
	case t.names(there):
		return t.Version // what it names was never begun
	case there.Other != "" && there.Weight == 0:
		return there.Other // the last step where a weight of 1.0 is refused
	case there.Other != "":
		return t.Version // a release away from it was interrupted
	}
	return t.Config.Previous
}

// foreign tells that the alias has weights that are not of this release.
func (t *Target) foreign() bool { return t.active() == rollout.ActiveOther }

// idle tells that nothing moves by itself: only Lambda does, for an alias that
// carries provisioned concurrency.
func (t *Target) idle() bool {
	if t.Carries {
		return t.at.Other == ""
	}
	return t.begun || !t.foreign()
}

func (t *Target) active() rollout.Active {
	switch {
	case t.at.Other == "":
		return rollout.ActiveNone
	case t.at.Other == t.Version, t.at.Version == t.Version && (t.at.Weight == 0 && !t.names(t.at) || t.Carries):
		return rollout.ActiveSame
	case t.at.Version == t.Version:
		return rollout.ActiveBack
	case t.names(t.at):
		return rollout.ActiveNone // it was killed before it moved anything
	}
	return rollout.ActiveOther
}

func (t *Target) observation(firing []string) rollout.Observation {
	return rollout.Observation{
		Percent:  t.at.Share(t.Version),
		Arrived:  !t.stale && (!t.begun || t.at.equal(t.want) && t.provided()),
		Saved:    t.at.Whole(t.Version) && !t.stale && t.provided(),
		Back:     (t.at.Whole(t.back) || t.names(t.at) && t.at.Version == t.back) && !t.stale,
		Idle:     t.idle(),
		Active:   t.active(),
		Moved:    t.moved,
		Alarms:   firing,
		Shares:   t.at.Live(),
		Activity: fmt.Sprintf("alias %s serves %s", t.name(), t.at),
	}
}

// firing is the alarms to heed that are in ALARM. One that was deleted can
// warn of nothing any more, which is as bad.
func (t *Target) firing(ctx context.Context) ([]string, error) {
	if len(t.Alarms) == 0 {
		return nil, nil
	}
	found, err := t.alarms(ctx, t.Alarms...)
	if err != nil {
		return nil, classify("reading alarms", err)
	}
	first := !t.looked
	t.looked = true
	var firing []string
	for _, name := range t.Alarms {
		alarm, exists := found[name]
		switch {
		case exists && !alarm.Firing() || slices.Contains(t.ignore, name):
		case exists && first && t.IgnoreFiring:
			t.ignore = append(t.ignore, name)
		case !exists:
			firing = append(firing, fmt.Sprintf("alarm %q does not exist any more", name))
		default:
			firing = append(firing, fmt.Sprintf("alarm %q is in ALARM: %s", name, alarm.Reason))
		}
	}
	return firing, nil
}

func (t *Target) name() string { return t.Function + ":" + t.Alias }
