package emulator

import "slices"

// processes are the processes of a group that can be suspended.
func processes() []string {
	return []string{"Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance",
		"HealthCheck", "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions"}
}

func (g *group) isSuspended(process string) bool { return slices.Contains(g.suspended, process) }

func (g *group) describeSuspended() []values {
	out := []values{}
	for _, p := range processes() {
		if g.isSuspended(p) {
			out = append(out, values{"ProcessName": p, "SuspensionReason": "User suspended"})
		}
	}
	return out
}

// requestedProcesses are the processes of a request: those named, else all.
func requestedProcesses(in values) ([]string, error) {
	asked := in.strings("ScalingProcesses")
	if len(asked) == 0 {
		return processes(), nil
	}
	for _, p := range asked {
		if !slices.Contains(processes(), p) {
			return nil, invalid("The process '%s' is not a valid process type.", p)
		}
	}
	return asked, nil
}

func (c *call) suspendProcesses(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	asked, err := requestedProcesses(in)
	if err != nil {
		return nil, err
	}
	for _, p := range asked {
		if !g.isSuspended(p) {
			g.suspended = append(g.suspended, p)
		}
	}
	return nil, nil
}

func (c *call) resumeProcesses(in values) (values, error) {
	g, err := c.group(in)
	if err != nil {
		return nil, err
	}
	asked, err := requestedProcesses(in)
	if err != nil {
		return nil, err
	}
	g.suspended = slices.DeleteFunc(g.suspended, func(p string) bool { return slices.Contains(asked, p) })
	for _, m := range slices.Clone(g.members) {
		m.checkHealth()
	}
	g.poke()
	return nil, nil
}
