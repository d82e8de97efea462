package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// deployGroup makes another's deployment group that deploys to an alias, from
// version 1 to 2; the application has nothing of the function's name.
func (b aliasBench) deployGroup(function, alias string) {
	b.t.Helper()
	b.idleGroup()
	b.w.Call(b.t, "codedeploy", "CreateDeployment", deploymentTo(function, alias))
	b.w.Pass(time.Minute)
}

// deploymentTo asks for a deployment by that group.
func deploymentTo(function, alias string) map[string]any {
	return map[string]any{"applicationName": "sam", "deploymentGroupName": "grp",
		"revision": map[string]any{"revisionType": "AppSpecContent", "appSpecContent": map[string]any{"content": fmt.Sprintf(
			`{"version":0.0,"Resources":[{"x":{"Type":"AWS::Lambda::Function","Properties":{"Name":%q,"Alias":%q,"CurrentVersion":"1","TargetVersion":"2"}}}]}`, function, alias)}}}
}

// idleGroup makes a group that never deployed.
func (b aliasBench) idleGroup() {
	b.t.Helper()
	b.w.Call(b.t, "codedeploy", "CreateApplication", map[string]any{"applicationName": "sam", "computePlatform": "Lambda"})
	b.w.Call(b.t, "codedeploy", "CreateDeploymentGroup", map[string]any{"applicationName": "sam", "deploymentGroupName": "grp", "serviceRoleArn": deployRole,
		"deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
		"deploymentStyle":      map[string]any{"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}})
}

// TestAliasPromotion_ownedByCodeDeploy: a group that deploys to the alias is
// advice, and a deployment of it under way refuses the apply.
func TestAliasPromotion_ownedByCodeDeploy(t *testing.T) {
	const arn = "arn:aws:lambda:eu-central-1:123456789012:function:shop-api"
	for name, tc := range map[string]struct {
		function, alias string
		ended           bool
		warns, fails    string
	}{
		"idle":                          {"shop-api", "live", true, "Group grp of CodeDeploy's application sam deploys to shop-api:live too", ""},
		"deploying":                     {"shop-api", "live", false, "of group grp of CodeDeploy's application sam is under way on shop-api:live", "CodeDeploy moves this alias"},
		"of another alias":              {"shop-api", "beta", true, "", ""},
		"deploying to another alias":    {"shop-api", "beta", false, "", ""},
		"idle, known by its ARN":        {arn, "live", true, "Group grp of CodeDeploy's application sam", ""},
		"deploying to another function": {"shop", "live", false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAliasBench(t)
			b.f.NewAlias("beta", "1")
			if tc.function == "shop" {
				b.w.NewFunction(t, "shop", 2).NewAlias("live", "1")
			}
			b.deployGroup(tc.function, tc.alias)
			if tc.ended {
				b.w.Pass(10 * time.Minute)
			}
			b.Read()
			b.w.Emulator.ForgetCalls()
			b.Plan(b.in(3, stepwise(nil)))
			said := strings.Join(b.Warnings, "\n")
			if !strings.Contains(said, tc.warns) || strings.Contains(said, "CodeDeploy") != (tc.warns != "") || strings.Contains(said, `driver = "codedeploy" and codedeploy = { application_name = "sam"`) != (tc.warns != "") {
				t.Errorf("the plan warns %q\nwant %q", said, tc.warns)
			}
			ends(t, b.apply(3, stepwise(nil)), tc.fails)
			if tc.fails != "" && b.f.Moves() != "" {
				t.Errorf("the alias was moved: %s", b.f.Moves())
			}
		})
	}
}

// TestAliasPromotion_ownerUnread: without the permissions the plan says what
// was not checked; without any application one call tells.
func TestAliasPromotion_ownerUnread(t *testing.T) {
	for _, denied := range []string{"ListApplications", "BatchGetApplications", "ListDeploymentGroups", "BatchGetDeploymentGroups", "ListDeploymentTargets", "BatchGetDeploymentTargets"} {
		strict := false
		b := newAliasBench(t, emulator.WithAllowedActions(func(_, o string) bool { return !strict || o != denied }))
		b.deployGroup("shop-api", "beta") // which does not exist: it ends at once, and has a target
		strict = true
		b.Plan(b.in(2, stepwise(nil)))
		if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "codedeploy:"+denied) || !strings.Contains(said, "Not checked") {
			t.Errorf("the plan warns %q, want codedeploy:%s named", said, denied)
		}
		ends(t, b.apply(2, stepwise(nil)), "")
		b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
	}
	b := newAliasBench(t)
	b.Plan(b.in(2, stepwise(nil)))
	if said := strings.Join(b.Warnings, "\n"); strings.Contains(said, "CodeDeploy") || strings.Contains(said, "Not checked") {
		t.Errorf("the plan warns %q", said)
	}
	n := 0
	for _, c := range b.w.Emulator.Calls() {
		if c.Service == "codedeploy" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("a plan made %d calls of CodeDeploy, want 1", n)
	}
}

// TestAliasPromotion_groupThatNeverDeployed: AWS does not tell which alias such
// a group is for, and the plan claims nothing. Its first deployment cannot get
// into a release.
func TestAliasPromotion_groupThatNeverDeployed(t *testing.T) {
	b := newAliasBench(t)
	b.idleGroup()
	b.Plan(b.in(2, stepwise(nil)))
	if said := strings.Join(b.Warnings, "\n"); strings.Contains(said, "CodeDeploy") {
		t.Errorf("the plan warns %q", said)
	}
	b.w.Later(t, 5*time.Minute, "codedeploy", "CreateDeployment", deploymentTo("shop-api", "live"))
	ends(t, b.apply(2, stepwise(nil)), "")
	b.stands("2", "promoted", "2", "1+2:0.1 1+2:0.5 1+2:1 2")
	b.Plan(b.in(3, stepwise(nil))) // now it is known
	if said := strings.Join(b.Warnings, "\n"); !strings.Contains(said, "Group grp of CodeDeploy's application sam deploys to shop-api:live too") {
		t.Errorf("the plan warns %q", said)
	}
}
