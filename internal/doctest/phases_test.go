package doctest_test

import (
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/rollout"
)

// TestPhasesAreInThePicture: the guide's picture has every phase of the engine.
func TestPhasesAreInThePicture(t *testing.T) {
	picture := read(t, "templates/images/phases.svg")
	for _, p := range []rollout.Phase{
		rollout.Waiting, rollout.Shifting, rollout.Pausing, rollout.Baking, rollout.Promoting, rollout.RollingBack, rollout.Stopping,
		rollout.Promoted, rollout.Held, rollout.RolledBack, rollout.Failed, rollout.Stranded, rollout.Aborted, rollout.Detached,
	} {
		if !strings.Contains(picture, ">"+strings.ReplaceAll(string(p), "_", " ")+"</text>") {
			t.Errorf("phase %s is not in the picture", p)
		}
	}
}
