package provider

// rollingVerifyDescription is what verify says of itself.
const rollingVerifyDescription = "Checks of our own, in this order: when a step has arrived, and again at the end of its pause and of the bake. " +
	"One that fails ends the release. Each has exactly one of `http`, `lambda` and `metric`. " +
	"With checks, each step is an instance refresh of its own, which AWS holds for up to 48 hours, its alarms watched, until this apply has checked it: " +
	"the next step cancels it and starts another, and only the last one runs to its end. " +
	"A check that is inconclusive keeps the release where it is, and is asked again every minute until the apply's `timeouts` run out. " +
	"On the way back, and for a version that is adopted as it is, `metric` checks are left out: there is no step whose data they could judge."

// previewVerify adds to the names of the checks what they mean for the release.
func (run rollingRun) previewVerify(lines []string) []string {
	switch {
	case len(lines) == 0:
		return nil
	case run.returning:
		return append(lines, "They run once, when all is back.")
	case run.serves():
		return append(lines, "Nothing is replaced: the checks look at what serves.")
	case len(run.plan.Steps) > 1:
		return append(lines, "AWS holds each step for up to 48 hours while the apply checks it. Without an apply nobody checks, and after that time AWS goes on by itself.")
	}
	return append(lines, "They run when everything is new: strategy.steps would have them run before that.")
}
