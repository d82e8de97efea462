// Package rollout is the engine: it moves a target from one version to the
// next, a step at a time, and back when the new version is bad. It knows
// nothing of Terraform and nothing of AWS: a Target says what is there and
// does what it is asked.
//
// A tick: observe, Next (pure) says the next state, act on it once, sleep,
// again. What was asked for counts only when it has been observed.
//
//	waiting ──┐                     ┌────────── next step ──────────┐
//	          ├─▶ shifting ─▶ pausing ─▶ … ─▶ shifting(100) ─▶ baking ─▶ promoting ─▶ promoted
//	stopping ─┘       │          │                 │               │
//	(supersede)       │          └─▶ stopping ─▶ held              │
//	                  └──────────── failure: on_failure ───────────┘
//	                                    │
//	                   rollback: rolling_back ─▶ rolled_back | stranded
//	                   hold:     stopping ─▶ failed
//
// A target that takes the steps, pauses and bake by itself (Plan.SelfDriven)
// stays in shifting until it says that all of it has passed. An operator who
// moves the target by hand ends the release in aborted; the deadline of the
// whole operation ends it in detached where the target goes on without us.
package rollout
