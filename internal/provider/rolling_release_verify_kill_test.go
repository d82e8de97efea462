package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// verifiedKillCase is a release whose steps are checked.
func verifiedKillCase() killCase {
	return killCase{kind: "awsdeploy_rolling_release", build: func(t *testing.T, w *acctest.World) killEstate {
		g := w.NewGroup(t, "shop-web", 2, map[string]any{"DefaultInstanceWarmup": 10})
		p := newProbe(t, w, g, nil)
		more := p.verified(map[string]any{"steps": []any{50}, "pause": "15s", "bake": "15s"})
		return killEstate{
			old: rollingConfig(g, 1, more), planned: rollingConfig(g, 2, more), group: g,
			check: func(then aftermath) error {
				if then == reverted {
					return g.Released(1, 4)
				}
				if err := g.Released(2, 3); err != nil {
					return err
				}
				return p.checkedEachStep()
			},
		}
	}}
}

// checkedEachStep tells of a release that went beyond its step, or ended,
// without a check of what was there.
func (p *probe) checkedEachStep() error {
	moments := p.moments()
	half, whole := strings.Index(moments, "map[1:1 2:1]"), strings.Index(moments, "map[2:2]")
	if half < 0 || whole < half || !strings.HasSuffix(moments, "map[2:2]") {
		return fmt.Errorf("checked %s, want half of it before all of it, and all of it at the end", moments)
	}
	return nil
}

func TestKillMatrix_rollingReleaseVerified(t *testing.T) {
	runKillMatrix(t, verifiedKillCase(), again)
}

func TestKillMatrix_rollingReleaseVerifiedReverted(t *testing.T) {
	runKillMatrix(t, verifiedKillCase(), reverted)
}
