package chaos

import (
	"slices"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// fault is what meets a release at one of its calls.
type fault struct {
	name   string
	inject emulator.Fault // meets the nth call; a zero kind meets none

	// kill ends the provider's process, before AWS acted or after.
	kill, acted bool
	// fatal: the apply ends with an error, so that the next one goes on. It is
	// tried at the calls of the apply alone; others at those of the refresh
	// and of the plan too.
	fatal bool
	// role: the provider has assumed a role, and its session ends at the call.
	role bool
	// reads: it meets reads alone.
	reads bool
	// stop is Ctrl-C at the call; twice is another at the one after it, which
	// ends the process.
	stop, twice bool
	// built: it is for what is built and sent, not for releases.
	built bool
}

func faults() []fault {
	return []fault{
		{name: "throttled once", inject: emulator.Fault{Kind: emulator.Throttle}},
		{name: "throttled for a minute", inject: emulator.Fault{Kind: emulator.Throttle, For: time.Minute}},
		{name: "500", inject: emulator.Fault{Kind: emulator.ServerError500}},
		{name: "503", inject: emulator.Fault{Kind: emulator.Unavailable503}},
		{name: "dropped before", inject: emulator.Fault{Kind: emulator.DropBefore}},
		{name: "dropped after", inject: emulator.Fault{Kind: emulator.DropAfter}},
		{name: "stale read", inject: emulator.Fault{Kind: emulator.StaleRead}, reads: true},
		{name: "slow answer", inject: emulator.Fault{Kind: emulator.Slow, Delay: 45 * time.Second}},
		{name: "token expired, renewed", role: true},
		{name: "token expired for good", inject: emulator.Fault{Kind: emulator.ExpiredToken, Times: -1}, fatal: true},
		{name: "503 from then on", inject: emulator.Fault{Kind: emulator.Unavailable503, Times: -1}, fatal: true, built: true},
		{name: "SIGKILL before", kill: true, fatal: true},
		{name: "SIGKILL after", kill: true, acted: true, fatal: true},
		{name: "Ctrl-C", stop: true, fatal: true},
		{name: "Ctrl-C twice", stop: true, twice: true, fatal: true},
	}
}

// meets tells whether the fault can do anything at a call of a cell.
func (f fault) meets(at cell, c call) bool {
	switch {
	case f.stop != (at.interrupt != "") || f.built && at.release:
		return false
	case f.fatal && !c.applying:
		return false
	case f.role && slices.Contains([]string{"registry", "sts"}, c.service):
		return false // its requests are not signed with the session
	case f.reads:
		return c.service != "registry" && c.service != "s3" &&
			(strings.HasPrefix(c.operation, "Describe") || strings.HasPrefix(c.operation, "Get") || strings.HasPrefix(c.operation, "List"))
	}
	return true
}
