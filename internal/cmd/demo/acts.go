package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// acts tells the story. An error is one of the demo itself; what turns out
// otherwise than it should is a failed check.
func (d *demo) acts(ctx context.Context) error {
	for _, act := range []func(context.Context) error{d.first, d.second, d.third, d.fourth} {
		if err := act(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	d.traffic.stop()
	d.sum()
	return nil
}

// first releases v1 onto the empty estate.
func (d *demo) first(ctx context.Context) error {
	d.screen.title("Act 1: from sources to what serves, in one apply")
	d.cloud.releasing("v1")
	out, err := d.apply(ctx, "v1")
	if err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	d.serves(ctx, "Act 1, apply v1", "v1")
	d.screen.say("from here on users ask the healthy targets of the load balancer, and invoke the alias, all the while")
	d.cloud.aws.ResetFloor(region, groupName)
	d.traffic.start(ctx)
	return nil
}

// second changes the sources: the plan tells what will happen.
func (d *demo) second(ctx context.Context) error {
	d.screen.title("Act 2: a change of the source is a plan, and then a release")
	d.cloud.releasing("v2")
	if err := errors.Join(d.edit("web", `version = "v1"`, `version = "v2"`), d.edit("api", `version = "v1"`, `version = "v2"`)); err != nil {
		return err
	}
	d.screen.say(`edited: const version = "v2" in web/main.go and api/main.go. %s plan says:`, d.cli.name)
	out, err := d.cli.run(ctx, d.shop, "plan-v2", "plan", "-input=false", "-no-color", "-detailed-exitcode")
	if exitCode(err) != 2 {
		return fmt.Errorf("plan: %w\n%s", err, out)
	}
	d.screen.quote(planOf(out))
	d.checks.add("Act 2, change and apply v2|plan (detailed exit code 2: it offers changes)", 2, exitCode(err))
	d.checks.add("Act 2, change and apply v2|it names the new source digest", yes, said(strings.Contains(out, "~ source_digest ")))
	d.checks.add("Act 2, change and apply v2|it names group and alias, their steps and live facts", yes,
		said(strings.Contains(flat(out), "Release onto shop-web") && strings.Contains(flat(out), "6 instances in scope") &&
			strings.Contains(flat(out), "Steps: 34 % for 1m") && strings.Contains(flat(out), "Alias shop-api:live serves version 2")))
	if out, err = d.apply(ctx, "v2"); err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	d.serves(ctx, "Act 2, change and apply v2", "v2")
	return d.settled(ctx, "Act 2, change and apply v2")
}

// third releases a source that is broken.
func (d *demo) third(ctx context.Context) error {
	const act = "Act 3, a broken v3 is taken back"
	d.screen.title("Act 3: a broken v3 (it starts, and its health check answers 500) is taken back")
	d.cloud.releasing("v3")
	if err := errors.Join(
		d.edit("web", `version = "v2"`, `version = "v3"`), d.edit("web", "healthy = http.StatusOK", "healthy = http.StatusInternalServerError"),
		d.edit("api", `version = "v2"`, `version = "v3"`), d.edit("api", apiAnswer, apiMistake),
	); err != nil {
		return err
	}
	out, err := d.apply(ctx, "v3")
	d.screen.quote(errorsOf(out))
	d.checks.add(act+"|exit status of apply", 1, exitCode(err))
	d.checks.add(act+"|the diagnostic names a failed instance", yes, said(strings.Contains(out, "instance i-0")))
	d.checks.add(act+"|and the reason, what its health check answers", yes, said(strings.Contains(flat(out), "these codes: [500]")))
	d.checks.add(act+"|and what the program wrote", yes, said(strings.Contains(flat(out), "no connection to the database")))
	d.serves(ctx, act, "v2")
	out, err = d.cli.run(ctx, d.shop, "plan-v3-again", "plan", "-input=false", "-no-color", "-detailed-exitcode")
	d.checks.add(act+"|the next plan offers v3 again (detailed exit code)", 2, exitCode(err))
	d.checks.add(act+"|for the group and for the alias", yes,
		said(strings.Contains(out, "awsdeploy_rolling_release.web will be updated") && strings.Contains(out, "awsdeploy_alias_promotion.live will be updated")))
	return nil
}

// fourth fixes v3 and is killed in the middle.
func (d *demo) fourth(ctx context.Context) error {
	const act = "Act 4, v4, killed and adopted"
	d.screen.title("Act 4: the fixed v4, and a SIGKILL in the middle of its release")
	d.cloud.releasing("v4")
	if err := errors.Join(
		d.edit("web", `version = "v3"`, `version = "v4"`), d.edit("web", "healthy = http.StatusInternalServerError", "healthy = http.StatusOK"),
		d.edit("api", `version = "v3"`, `version = "v4"`), d.edit("api", apiMistake, apiAnswer),
	); err != nil {
		return err
	}
	before := d.cloud.started()
	if err := d.applyAndKill(ctx, act); err != nil {
		return err
	}
	out, err := d.apply(ctx, "v4-adopted")
	if err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	d.checks.add(act+"|instance refreshes that were started for v4", 1, d.cloud.started()-before)
	d.serves(ctx, act, "v4")
	return d.settled(ctx, act)
}

// applyAndKill applies v4, and kills the CLI and the provider when a part of
// the group is new.
func (d *demo) applyAndKill(ctx context.Context, act string) error {
	apply, err := d.begin(ctx, "v4-killed")
	if err != nil {
		return err
	}
	stop := d.watch(ctx)
	for !apply.over() && !d.halfway("v4") {
		_ = clock.System{}.Sleep(ctx, 20*time.Millisecond) // apply ends with ctx
	}
	live := d.cloud.fleet().serving["v4"]
	killed := killGroup(apply.cmd)
	out, _ := apply.wait()
	weights := counted(d.cloud.alias(), " %")
	stop()
	if killed != nil || live == 0 {
		return fmt.Errorf("apply ended before it could be killed:\n%s", out)
	}
	d.screen.say("SIGKILL for %s (process %d) and its provider, with %d of %d instances on v4", d.cli.name, apply.cmd.Process.Pid, live, fleet)
	if err := d.cloud.eventually(ctx, "the provider is gone", func() bool { return groupGone(apply.cmd) }); err != nil {
		return err
	}
	d.checks.add(act+"|killed in mid-release", yes, said(live > 0 && live < fleet))
	d.screen.say("nobody is there now: AWS goes on with the group by itself, and the alias stays where it was")
	watching := d.watch(ctx)
	_ = clock.System{}.Sleep(ctx, 1500*time.Millisecond)
	watching()
	d.checks.add(act+"|the alias's weights, while nobody was there", weights, counted(d.cloud.alias(), " %"))
	d.screen.say("%s apply, again: it finds the release under way, adopts it, and takes it to its end", d.cli.name)
	return nil
}

// halfway tells that group and alias are both in the middle of a release.
func (d *demo) halfway(label string) bool {
	serving, share := d.cloud.fleet().serving[label], d.cloud.alias()[label]
	return serving >= fleet/3 && (share > 0 && share < 100 || serving > fleet/2)
}

func (d *demo) begin(ctx context.Context, log string) (*running, error) {
	return d.cli.begin(ctx, d.shop, "apply-"+log, "apply", "-auto-approve", "-input=false", "-no-color")
}

// apply applies and shows what becomes of the account meanwhile.
func (d *demo) apply(ctx context.Context, log string) (output string, err error) {
	r, err := d.begin(ctx, log)
	if err != nil {
		return "", err
	}
	began, emulated := clock.System{}.Now(), d.cloud.aws.Now()
	stop := d.watch(ctx)
	output, err = r.wait()
	stop()
	d.screen.say("%s (%.0f seconds, in which %s of the account went by)", endOf(output, err),
		clock.System{}.Now().Sub(began).Seconds(), d.cloud.aws.Now().Sub(emulated).Round(time.Minute).String())
	return output, err
}

// What the function does with an event, and what v3 does.
const (
	apiAnswer  = `return map[string]any{"statusCode": http.StatusOK, "version": version}, nil`
	apiMistake = `return nil, fmt.Errorf("%s cannot read the price list", version)`
)

// edit changes the source of the working copy.
func (d *demo) edit(program, old, changed string) error {
	file := filepath.Join(d.shop, program, "main.go")
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if strings.Count(string(source), old) != 1 {
		return fmt.Errorf("%s has %q not once", file, old)
	}
	return os.WriteFile(file, []byte(strings.Replace(string(source), old, changed, 1)), 0o644)
}

// serves checks that the group, each instance, the alias and the function are
// wholly on a release.
func (d *demo) serves(ctx context.Context, act, label string) {
	now := d.cloud.fleet()
	d.checks.add(act+"|instances in service and healthy, by release", fmt.Sprintf("%d× %s", fleet, label), counted(now.serving, "×"))
	d.checks.add(act+"|the group's own saved version", label, now.template)
	answers := map[string]int{}
	images := map[string]bool{}
	for _, address := range d.cloud.healthy() {
		version, image, err := ask(ctx, address)
		if err != nil {
			version = err.Error()
		}
		answers[version]++
		images[image] = true
	}
	d.checks.add(act+"|instances that answer over HTTP", fmt.Sprintf("%d× %s", fleet, label), counted(answers, "×"))
	d.checks.add(act+"|different images among them", 1, len(images))
	d.checks.add(act+"|the alias's weights", "100 % "+label, counted(d.cloud.alias(), " %"))
	version, err := d.cloud.invoke()
	if err != nil {
		version = err.Error()
	}
	d.checks.add(act+"|the function, invoked through the alias, answers", label, version)
}

// settled checks that nothing is left to do.
func (d *demo) settled(ctx context.Context, act string) error {
	out, err := d.cli.run(ctx, d.shop, "plan-again", "plan", "-input=false", "-no-color", "-detailed-exitcode")
	if exitCode(err) == 1 {
		return fmt.Errorf("plan: %w\n%s", err, out)
	}
	d.checks.add(act+"|the next plan's detailed exit code (0: nothing to do)", 0, exitCode(err))
	return nil
}

// sum adds what the users saw.
func (d *demo) sum() {
	const act = "All the while"
	t := d.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	d.screen.say("")
	d.screen.say("requests served:     %s", counted(t.web, "×"))
	d.screen.say("invocations served:  %s", counted(t.api, "×"))
	for i, failure := range t.failures {
		if i < 5 {
			d.screen.say("failed: %s", failure)
		}
	}
	d.checks.add(act+"|requests and invocations that failed", 0, len(t.failures))
	d.checks.add(act+"|requests that the broken v3 answered", 0, t.web["v3"]+t.api["v3"])
	d.checks.add(act+"|requests that v1, v2 and v4 answered", yes, said(t.web["v1"] > 0 && t.web["v2"] > 0 && t.web["v4"] > 0))
	d.checks.add(act+"|fewest healthy instances that the group ever had", fleet, d.cloud.aws.LowestInService(region, groupName))
}

// endOf is how an apply ended, in a line.
func endOf(out string, err error) string {
	if err != nil {
		return fmt.Sprintf("apply ends with exit status %d", exitCode(err))
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

// errorsOf are the errors in what the CLI said: they come last.
func errorsOf(out string) string {
	if at := strings.Index(out, "\nError: "); at >= 0 {
		return out[at+1:]
	}
	return out
}

// planOf is a plan without what comes before and after it.
func planOf(out string) string {
	if _, rest, ok := strings.Cut(out, "will perform the following actions:"); ok {
		out = rest
	}
	out, _, _ = strings.Cut(out, "─────")
	return out
}

// flat is text without the CLI's line breaks.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
