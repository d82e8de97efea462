package emulator

import (
	"math"
	"time"
)

// preferences are a refresh's preferences with the defaults filled in.
type preferences struct {
	least, most      int // healthy percentages
	warmup           time.Duration
	checkpoints      []int
	emptyCheckpoints bool
	delay            time.Duration
	bake             time.Duration
	skipMatching     bool
	autoRollback     bool
	protected        string // Refresh, Ignore or Wait
	standby          string // Terminate, Ignore or Wait
	alarms           []string
	shown            values
}

// preferences checks what is given and fills in the rest from the group.
func (g *group) preferences(in values) (preferences, error) {
	p := preferences{least: 90, most: 100, protected: "Wait", standby: "Wait"}
	if g.maintenance != nil {
		p.least, p.most = g.maintenance.least, g.maintenance.most
	}
	if err := p.healthy(in); err != nil {
		return p, err
	}
	warmup := g.warmup
	if warmup < 0 {
		warmup = int(g.grace.Seconds())
	}
	if in.has("InstanceWarmup") {
		if warmup = in.integer("InstanceWarmup"); warmup < 0 {
			return p, invalid("InstanceWarmup must not be negative, got %d.", warmup)
		}
	}
	p.warmup = time.Duration(warmup) * time.Second
	if err := p.steps(in); err != nil {
		return p, err
	}
	if err := g.watch(in, &p); err != nil {
		return p, err
	}
	for member, kept := range map[string]*string{"ScaleInProtectedInstances": &p.protected, "StandbyInstances": &p.standby} {
		if in.has(member) {
			*kept = in.str(member)
		}
	}
	p.skipMatching, p.autoRollback = in.boolean("SkipMatching"), in.boolean("AutoRollback")
	p.shown = values{
		"MinHealthyPercentage": p.least, "InstanceWarmup": warmup,
		"SkipMatching": p.skipMatching, "AutoRollback": p.autoRollback,
		"ScaleInProtectedInstances": p.protected, "StandbyInstances": p.standby,
	}
	if in.has("MaxHealthyPercentage") || g.maintenance != nil {
		p.shown["MaxHealthyPercentage"] = p.most
	}
	if len(p.checkpoints) > 0 {
		p.shown["CheckpointPercentages"] = in["CheckpointPercentages"]
		p.shown["CheckpointDelay"] = int(p.delay.Seconds())
	}
	for _, member := range []string{"AlarmSpecification", "BakeTime"} {
		if in.has(member) {
			p.shown[member] = in[member]
		}
	}
	return p, nil
}

// healthy takes in the healthy percentages.
func (p *preferences) healthy(in values) error {
	if in.has("MinHealthyPercentage") {
		p.least = in.integer("MinHealthyPercentage")
	}
	if in.has("MaxHealthyPercentage") {
		if !in.has("MinHealthyPercentage") {
			return invalid("You must specify MinHealthyPercentage if you specify MaxHealthyPercentage.")
		}
		p.most = in.integer("MaxHealthyPercentage")
	}
	if p.least < 0 || p.least > 100 {
		return invalid("MinHealthyPercentage must be between 0 and 100, got %d.", p.least)
	}
	if p.most < 100 || p.most > 200 {
		return invalid("MaxHealthyPercentage must be between 100 and 200, got %d.", p.most)
	}
	if p.most-p.least > 100 {
		return invalid("The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.")
	}
	return nil
}

// longestWait is the most that a checkpoint delay and a bake time can be.
const longestWait = 172800

// steps takes in checkpoints, their delay, and the bake time.
func (p *preferences) steps(in values) error {
	if in.has("CheckpointPercentages") {
		last := 0
		for _, item := range in.list("CheckpointPercentages") {
			n, _ := item.(int64)
			if n < 1 || n > 100 {
				return invalid("CheckpointPercentages must be between 1 and 100, got %d.", n)
			}
			if int(n) <= last {
				return invalid("CheckpointPercentages must be unique and in ascending order.")
			}
			last = int(n)
			p.checkpoints = append(p.checkpoints, last)
		}
		p.emptyCheckpoints = last == 0
		p.delay = time.Hour
	}
	for _, wait := range []struct {
		member string
		kept   *time.Duration
	}{{"CheckpointDelay", &p.delay}, {"BakeTime", &p.bake}} {
		if !in.has(wait.member) {
			continue
		}
		n := in.integer(wait.member)
		if n < 0 || n > longestWait {
			return invalid("%s must be between 0 and %d, got %d.", wait.member, longestWait, n)
		}
		*wait.kept = time.Duration(n) * time.Second
	}
	if in.has("CheckpointDelay") && !in.has("CheckpointPercentages") {
		return invalid("If you specify CheckpointDelay, you must also specify CheckpointPercentages.")
	}
	return nil
}

// watch takes in the alarms.
func (g *group) watch(in values, p *preferences) error {
	if !in.has("AlarmSpecification") {
		return nil
	}
	p.alarms = in.sub("AlarmSpecification").strings("Alarms")
	if len(p.alarms) > 10 {
		return invalid("You can specify up to 10 alarms in the alarm specification, got %d.", len(p.alarms))
	}
	if g.state.region.emulator.switches.UnknownAlarmsAccepted {
		return nil
	}
	for _, name := range p.alarms {
		if _, _, found := g.state.region.alarmState(name); !found {
			return invalid("The CloudWatch alarm %s does not exist.", name)
		}
	}
	return nil
}

// bounds are the units that must stay usable and that may be there at most,
// for a desired capacity. A minimum of 100 launches first and a maximum of 100
// terminates first; where rounding leaves no room, there is room for one.
func (p preferences) bounds(desired int) (floor, ceiling int) {
	floor = int(math.Ceil(float64(desired*p.least) / 100))
	ceiling = desired * p.most / 100
	switch {
	case p.least == 100 || p.most > 100:
		ceiling = max(ceiling, desired+1)
	case floor == desired:
		floor = desired - 1
	}
	return max(floor, 0), ceiling
}
