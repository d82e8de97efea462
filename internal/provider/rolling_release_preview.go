package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/simulate"
)

// preview tells what runs on the group, and what the release will do to it.
func (f *rollingFacts) preview(prior *rollingReleaseModel) []string {
	if !f.seen {
		return nil
	}
	lines := f.standing()
	switch {
	case f.run.returning && len(f.run.plan.Steps) > 1: // strategy.rollback_steps
		lines = append(lines, fmt.Sprintf("The way back to %s takes steps: %s.", f.run.release.Template, steps(f.run.plan)))
	case f.run.returning:
		lines = append(lines, fmt.Sprintf("The way back to %s takes no steps and no bake.", f.run.release.Template))
	case f.planned:
		lines = append(lines, "Steps: "+steps(f.run.plan)+".")
	}
	if f.planned {
		lines = append(lines, f.course()...)
	}
	return append(lines, f.failures(prior)...)
}

// standing tells what runs there now.
func (f *rollingFacts) standing() []string {
	b, scope := f.run.before, f.run.release.Scope
	total := b.InScope(scope)
	lines := []string{fmt.Sprintf("%d instances in scope; live: %s.", total, shares(b.Shares(scope)))}
	if wanted := f.run.release.Template; wanted.ID != "" && wanted.Version != "" {
		n := b.Running(scope, wanted)
		lines = append(lines, fmt.Sprintf("%d of them run %s already, %d are to be replaced.", n, wanted, total-n))
	}
	if protected, standby := b.OutOfScope(scope); protected+standby > 0 {
		lines = append(lines, fmt.Sprintf("Out of scope and left on what they run: %d protected from scale-in, %d in standby.", protected, standby))
	}
	return lines
}

// simulate is what the release does at least and at most, of what is known.
func (f *rollingFacts) simulate() (simulate.Bounds, bool) {
	b, r := f.run.before, f.run.release
	if !f.seen || !f.planned || b.Weighted() {
		return simulate.Bounds{}, false
	}
	protected, _ := b.OutOfScope(r.Scope)
	g := simulate.Group{Desired: b.Desired, Ignored: min(protected, b.Desired), MaxSize: b.Max}
	if r.SkipMatching {
		g.Matching = min(b.Running(r.Scope, r.Template), g.Desired-g.Ignored)
	}
	replacement, _ := f.replacement()
	return simulate.Rollout(g, f.strategy(replacement)), true
}

// strategy is the release's as a simulation takes it.
func (f *rollingFacts) strategy(replacement time.Duration) simulate.Strategy {
	p, r := f.run.plan, f.run.release
	s := simulate.Strategy{Bake: r.Bake, Pause: r.Pause, HoldAt: p.HoldAt, From: p.From, Stepwise: r.Stepwise, Warmup: f.run.before.Warmup, Replacement: replacement}
	for _, step := range p.Steps {
		s.Steps = append(s.Steps, step.Percent)
	}
	s.MinHealthy, s.MaxHealthy = f.run.before.Healthy(r.MinHealthy, r.MaxHealthy)
	if r.Warmup != nil {
		s.Warmup = *r.Warmup
	}
	return s
}

// replacement is how long the group's earlier refreshes took for one batch,
// beside warm-up, pauses and bake, and how many tell; the longest counts.
func (f *rollingFacts) replacement() (longest time.Duration, told int) {
	for _, r := range f.run.before.History {
		if !r.Succeeded() || r.Start.IsZero() || r.End.IsZero() {
			continue
		}
		p := r.Pace()
		b := simulate.Rollout(simulate.Group{Desired: f.run.before.Desired},
			simulate.Strategy{Steps: p.Checkpoints, Pause: p.Delay, Bake: p.Bake, Warmup: p.Warmup, MinHealthy: p.Least, MaxHealthy: p.Most})
		if d := r.End.Sub(r.Start) - b.Shortest; len(b.Batches) > 0 && d > 0 {
			longest, told = max(longest, d/time.Duration(len(b.Batches))), told+1
		}
	}
	if told == 0 {
		return usualReplacement, 0
	}
	return longest.Round(time.Second), told
}

// course tells the batches, what serves meanwhile, and how long it takes.
func (f *rollingFacts) course() (lines []string) {
	if f.run.before.Weighted() {
		return []string{"The group's instance types have weights: which types AWS picks decides on batches and duration, so none are told."}
	}
	b, _ := f.simulate()
	for _, s := range b.Steps {
		if s.Replaced > 0 {
			lines = append(lines, fmt.Sprintf("To %d %%: %s replaced in %s, %s.", s.Percent, count(s.Replaced, "instance"), count(s.Batches, "batch"), serving(b.Batches, s.Percent)))
		}
	}
	if len(lines) > 0 && b.Least < f.run.before.Desired {
		lines = append(lines, fmt.Sprintf("In service throughout: at least %d and at most %d, whichever way AWS counts.", b.Least, b.Most))
	}
	if len(b.Skipped) > 0 && !f.run.release.Stepwise {
		var percents []string
		for _, p := range b.Skipped {
			percents = append(percents, fmt.Sprintf("%d %%", p))
		}
		lines = append(lines, fmt.Sprintf("The group is too small to pause at %s: one instance takes it to the next step too.", strings.Join(percents, ", ")))
	}
	basis := fmt.Sprintf("up to %s for each batch beside its warm-up, as nothing is known of earlier refreshes", spell(usualReplacement))
	if d, told := f.replacement(); told > 0 {
		basis = fmt.Sprintf("up to %s for each batch beside its warm-up, as in the slowest of the group's last %s", spell(d), count(told, "refresh"))
	}
	return append(lines, fmt.Sprintf("Duration: at least %s, for warm-ups, pauses and bake; at most about %s, with %s.", spell(b.Shortest), spell(b.Longest.Round(time.Second)), basis))
}

// serving tells the fewest and the most in service in a step's batches.
func serving(batches []simulate.Batch, percent int) string {
	least, most := -1, 0
	for _, b := range batches {
		if b.Percent != percent {
			continue
		}
		if most = max(most, b.Most); least < 0 || b.Least < least {
			least = b.Least
		}
	}
	return fmt.Sprintf("with %d to %d in service", least, most)
}

// count is a number of things in words.
func count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "h"):
		return fmt.Sprintf("%d %ses", n, thing)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// manyFailures is how many earlier failures are told.
const manyFailures = 3

// failures tells when and why the version failed on this group before.
func (f *rollingFacts) failures(prior *rollingReleaseModel) (lines []string) {
	r := f.run.release
	told, more := "", 0
	for _, past := range f.run.before.History {
		switch {
		case !past.Failed() || !past.Brought(r.Template, r.TemplateName):
		case len(lines) == manyFailures:
			more++
		default:
			told += past.Why()
			lines = append(lines, fmt.Sprintf("%s failed here before, on %s (%s): %s", r.Template, moment(past.Start), past.Status, past.Why()))
		}
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("And %d times before that.", more))
	}
	if prior != nil && prior.LastFailure.ValueString() != "" && !strings.Contains(told, prior.LastFailure.ValueString()) {
		lines = append(lines, "This resource's last release failed: "+prior.LastFailure.ValueString())
	}
	return lines
}
