package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
)

// refusal is a release named name; template and more go inside the block.
func refusal(g *acctest.Group, name, template, more string) string {
	return fmt.Sprintf("resource \"awsdeploy_rolling_release\" %q {\n  autoscaling_group_name = %q\n  launch_template = { %s }\n  %s\n}\n",
		name, g.Name, template, more)
}

func TestAccRollingRelease_refusedByValidation(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 1, nil)
	good := fmt.Sprintf(`id = %q, version = "2"`, g.TemplateID)
	config := w.Provider()
	for name, more := range map[string]string{
		"disorder": `strategy = { steps = [50, 10], pause = "10m" }`,
		"twice":    `strategy = { steps = [10, 10], pause = "10m" }`,
		"range":    `strategy = { steps = [0, 101], pause = "10m" }`,
		"no_pause": `strategy = { steps = [10] }`,
		"no_steps": `strategy = { pause = "10m" }`,
		"unit":     `strategy = { bake = "90" }`,
		"words":    `strategy = { bake = "soon" }`,
		"long":     `strategy = { bake = "49h" }`,
		"hold":     `strategy = { steps = [10, 50], pause = "10m", hold_at = 20 }`,
		"apart":    `strategy = { min_healthy_percentage = 50, max_healthy_percentage = 200 }`,
		"max":      `strategy = { max_healthy_percentage = 90 }`,
		"again":    `strategy = { steps = [10], pause = "1m", skip_matching = false }`,
		"short":    "strategy = { steps = [10, 50], pause = \"2h\", bake = \"1h\" }\n  timeouts = { update = \"4h\" }",
		"alarms":   fmt.Sprintf(`alarms = ["%s"]`, strings.Join(strings.Fields("a b c d e f g h i j k"), `", "`)),
		"choice":   `on_active = "ask"`,
	} {
		config += refusal(g, name, good, more)
	}
	config += refusal(g, "latest", fmt.Sprintf(`id = %q, version = "$Latest"`, g.TemplateID), "")
	config += refusal(g, "letters", fmt.Sprintf(`id = %q, version = "two"`, g.TemplateID), "")
	config += refusal(g, "both", good+`, name = "shop-web"`, "")
	config += refusal(g, "neither", `version = "2"`, "")
	w.Refuses(t, config,
		"10 comes after 50. Steps are percentages on the new version, ascending",
		"10 comes after 10",
		"must be between 1 and 100, got: 101",
		"strategy.steps = [10] has no strategy.pause: say how long each step is watched",
		`strategy.pause = "10m" has no step to pause at`,
		`"90" has no unit; write "90s" for seconds, "90m" for minutes or "90h" for hours`,
		`"soon" is not a duration; write a number with its unit`,
		`strategy.bake is "49h"; it must be from 0s to 48h`,
		"strategy.hold_at = 20 is none of strategy.steps = [10 50]",
		"strategy.max_healthy_percentage = 200 is more than 100 above strategy.min_healthy_percentage = 50",
		"must be between 100 and 200, got: 90",
		"strategy.skip_matching = false cannot be combined with strategy.steps",
		"timeouts.update = 4h0m0s, but the pauses and the bake of strategy take 5h0m0s by themselves",
		"must contain at most 10 elements, got: 11",
		`value must be one of: ["adopt" "wait" "supersede" "fail"], got: "ask"`,
		`launch_template.version is "$Latest", which means another version tomorrow`,
		`launch_template.version is "two". It must be the number of a version, such as "7"`,
		`"launch_template.name" cannot be specified when "launch_template.id" is specified`,
		"launch_template names no template: give launch_template.id or launch_template.name",
	)
}

func TestAccRollingRelease_refusedInPlan(t *testing.T) {
	w := acctest.New(t)
	g := w.NewGroup(t, "shop-web", 1, nil)
	gone := g.NewVersion()
	w.Call(t, "ec2", "DeregisterImage", map[string]any{"ImageId": g.Images[gone-1]})
	w.Refuses(t, w.Provider()+
		refusal(g, "version", fmt.Sprintf(`id = %q, version = "99"`, g.TemplateID), "")+
		refusal(g, "template", `id = "lt-0123456789abcdef0", version = "1"`, "")+
		refusal(g, "image", fmt.Sprintf(`id = %q, version = "%d"`, g.TemplateID, gone), ""),
		fmt.Sprintf(`launch_template.version = "99": launch template %s, version 99 does not exist in eu-central-1. Give the number of a version that exists`, g.TemplateID),
		"launch template lt-0123456789abcdef0, version 1 does not exist in eu-central-1",
		fmt.Sprintf("launches %s, but that AMI does not exist in eu-central-1", g.Images[gone-1]),
	)
}
