//go:build linux

package killtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// speed is how much faster than real time the account lives. A poll takes a
// twelfth of a second, a restart of Terraform minutes.
const speed = 120

// estate is what a release is aimed at.
type estate struct {
	w *acctest.World
	// config releases a version; more goes into the resource.
	config func(version int, more string) string
	// check tells what is wrong when the release of version 2 has ended with
	// that version live, after so many applies that were stopped by a signal
	// and took it back.
	check func(version, takenBack int) error
}

// release is a kind of release that is killed.
type release struct {
	name  string
	build func(t *testing.T, hook emulator.CallHook) estate
	// follows is a call made again and again while the release goes on.
	follows string
	changes []string // the operations that change something
	actions []string // settings of on_interrupt
}

func releases() []release {
	return []release{
		{"rolling release", rolling, "DescribeInstanceRefreshes", []string{"StartInstanceRefresh"}, []string{"detach", "rollback", "cancel"}},
		{"alias promotion", promotion, "GetAlias", []string{"UpdateAlias"}, []string{"detach", "rollback", "cancel"}},
	}
}

func rolling(t *testing.T, hook emulator.CallHook) estate {
	w := acctest.NewFast(t, speed, emulator.OnCall(hook))
	g := w.NewGroup(t, "shop-web", 3, nil)
	return estate{w: w,
		config: func(version int, more string) string {
			return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = %q
  launch_template        = { id = %q, version = "%d" }
  strategy = { steps = [50], pause = "40s", bake = "20s", max_healthy_percentage = 200, instance_warmup = "10s" }
%s
}
`, g.Name, g.TemplateID, version, more)
		},
		check: func(version, takenBack int) error {
			if version == 1 {
				takenBack++
			}
			return g.Released(version, 1+takenBack)
		},
	}
}

func promotion(t *testing.T, hook emulator.CallHook) estate {
	w := acctest.NewFast(t, speed, emulator.OnCall(hook))
	f := w.NewFunction(t, "shop-api", 2)
	f.NewAlias("live", "1")
	url, asked := w.Healthz(t)
	return estate{w: w,
		config: func(version int, more string) string {
			return w.Provider() + fmt.Sprintf(`
resource "awsdeploy_alias_promotion" "live" {
  function_name = %q
  alias         = "live"
  version       = "%d"
  strategy      = { steps = [50], pause = "30s", bake = "20s" }
  verify = [
    { name = "smoke", invoke = { payload = "{}" } },
    { name = "page", http = { url = %q } },
  ]
%s
}
`, f.Name, version, url, more)
		},
		check: func(version, takenBack int) error {
			if version == 1 || takenBack > 0 {
				return f.Settled("live", fmt.Sprint(version))
			}
			return f.Promoted("live", "2", acctest.Invoked, asked)
		},
	}
}

// moments are the moments of a release whose calls are known: all of them, or
// a sample with every change, and each other operation once.
func (r release) moments(calls []string, full bool) []moment {
	var out []moment
	seen := map[string]int{}
	for _, operation := range calls {
		seen[operation]++
		if n := seen[operation]; full || n == 1 || slices.Contains(r.changes, operation) {
			out = append(out, moment{operation, n, false}, moment{operation, n, true})
		}
	}
	if middle := seen[r.follows] / 2; !full && middle > 1 {
		out = append(out, moment{r.follows, middle, false}, moment{r.follows, middle, true})
	}
	return out
}
