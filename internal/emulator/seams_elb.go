package emulator

// What Auto Scaling and EC2 ask of the load balancers, until those are
// emulated: there is no target group, so none of this is ever reached.

func (r *region) targetGroupExists(string) bool                                { return false }
func (r *region) registerTarget(_, _ string)                                   {}
func (r *region) deregisterTarget(_, _ string)                                 {}
func (r *region) targetHealth(_, _ string) (state, reason, description string) { return "", "", "" }
func (r *region) onTargetHealth(func(targetGroupARN, instanceID string))       {}
func (r *region) targetsChanged(string)                                        {}
