package chaos

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// groupSwitches are those that a release onto a plain group may meet.
func groupSwitches() []string {
	return []string{"CheckpointsCountRemaining", "BakingCannotBeCancelled", "BakingCannotBeRolledBack", "RollbackKeepsEarlier", "AlarmStateAtStartIgnored",
		"PlainTemplateReplacesPolicy", "SurgeStopsAtMaxSize", "ConfigurationEchoesName", "NewTargetsNeedThreshold", "FinalCheckpointWaits", "UnknownAlarmsAccepted"}
}

// rolling is a release that AWS runs alone, with an alarm.
func rolling() subject {
	return group("rolling_release", 1, func(t *testing.T, w *acctest.World, g *acctest.Group) (map[string]any, func(ending) error) {
		more := map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "1m", "bake": "30s"}}
		return more, func(ending) error { return nil }
	})
}

// rollingVerified is a release whose steps are checked.
func rollingVerified() subject {
	return group("rolling_release verified", 3, func(t *testing.T, w *acctest.World, g *acctest.Group) (map[string]any, func(ending) error) {
		s := newSite(t, g)
		more := map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "15s", "bake": "15s"},
			"verify": []any{map[string]any{"name": "smoke", "http": map[string]any{"url": s.url, "attempts": 1}}}}
		return more, s.checked
	})
}

// group is a release onto a group of two instances, which starts at most so
// many refreshes.
func group(name string, starts int, more func(*testing.T, *acctest.World, *acctest.Group) (map[string]any, func(ending) error)) subject {
	return subject{name: name, kind: "awsdeploy_rolling_release", release: true, scales: true,
		starts: []string{"StartInstanceRefresh"}, running: "The next apply adopts it",
		hands: []string{"cancelled by hand", "rolled back by hand"}, moments: []time.Duration{20 * time.Second, 100 * time.Second},
		switches: groupSwitches(),
		build: func(t *testing.T, w *acctest.World) estate {
			g := w.NewGroup(t, "shop-web", 2, map[string]any{"DefaultInstanceWarmup": 10, "MaxSize": 8})
			w.NewAlarm(t, alarm)
			added, checked := more(t, w, g)
			in := func(version int) map[string]any {
				config := map[string]any{"autoscaling_group_name": g.Name, "alarms": []any{alarm}, "launch_template": map[string]any{"id": g.TemplateID, "version": fmt.Sprint(version)}}
				for k, v := range added {
					config[k] = v
				}
				return config
			}
			ask := func(operation string) func(emulator.CallFunc) bool {
				return func(call emulator.CallFunc) bool {
					_, err := call(acctest.Region, "autoscaling", operation, map[string]any{"AutoScalingGroupName": g.Name})
					return err == nil
				}
			}
			return estate{old: in(1), planned: in(2),
				check: func(_ *acctest.Bench, now ending) error {
					version, most := 2, starts
					switch {
					case now.reverted:
						version, most = 1, starts+1
					case now.hand != "" || now.interrupt != "" || now.bad:
						most = 2*starts + 2 // one more, and the ways back
					}
					if err := g.ReleasedAbove(version, most, 2); err != nil || now.reverted {
						return err
					}
					return checked(now)
				},
				back: func() error { return g.ReleasedAbove(1, 2*starts+2, 2) },
				scale: func(call emulator.CallFunc) error {
					_, err := call(acctest.Region, "autoscaling", "SetDesiredCapacity", map[string]any{"AutoScalingGroupName": g.Name, "DesiredCapacity": 4})
					return err
				},
				hand: map[string]func(emulator.CallFunc) bool{
					"cancelled by hand": ask("CancelInstanceRefresh"), "rolled back by hand": ask("RollbackInstanceRefresh"),
				}}
		}}
}

// site is what an HTTP check asks: it keeps what the group looked like.
type site struct {
	url  string
	mu   sync.Mutex
	seen []string
}

func newSite(t *testing.T, g *acctest.Group) *site {
	s := &site{}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, fmt.Sprint(g.Versions()))
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

var whole = regexp.MustCompile(`map\[2:\d+\]$`)

// checked tells of a release that went beyond its step, or ended, without a
// check of what was there.
func (s *site) checked(now ending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Join(s.seen, " ")
	half, full := strings.Index(all, "map[1:1 2:1]"), strings.Index(all, "map[2:2]")
	switch plainly := now.hand == "" && !now.scaled && !now.bad && now.interrupt == ""; {
	case !whole.MatchString(all):
		return fmt.Errorf("checked %s, want all of it at the end", all)
	case plainly && (half < 0 || full < half):
		return fmt.Errorf("checked %s, want half of it before all of it", all)
	}
	return nil
}
