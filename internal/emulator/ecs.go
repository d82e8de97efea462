package emulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ecsState is one region's task definitions. Clusters, services and tasks are
// not emulated.
type ecsState struct {
	families map[string][]*taskDefinition // revisions in their order
}

type taskDefinition struct {
	given      values
	family     string
	revision   int
	status     string
	registered time.Time
	ended      time.Time
}

func ecsOperations() map[string]operation {
	return map[string]operation{
		"RegisterTaskDefinition":   (*call).registerTaskDefinition,
		"DeregisterTaskDefinition": (*call).deregisterTaskDefinition,
		"ListTaskDefinitions":      (*call).listTaskDefinitions,
		"DescribeTaskDefinition":   (*call).describeTaskDefinition,
	}
}

func (c *call) registerTaskDefinition(in values) (values, error) {
	family := in.str("family")
	containers := in.structs("containerDefinitions")
	if len(containers) == 0 {
		return nil, refuse("ClientException", "Container list cannot be empty.")
	}
	for _, one := range containers {
		if one.str("image") == "" || one.str("name") == "" {
			return nil, refuse("ClientException", "Container.image and Container.name should not be null or empty.")
		}
	}
	d := &taskDefinition{given: in, family: family, revision: len(c.region.ecs.families[family]) + 1, status: "ACTIVE", registered: c.now}
	c.region.ecs.families[family] = append(c.region.ecs.families[family], d)
	return values{"taskDefinition": c.shownTaskDefinition(d)}, nil
}

func (c *call) taskDefinitionARN(d *taskDefinition) string {
	return fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s:%d", c.region.name, c.account, d.family, d.revision)
}

// shownTaskDefinition has what was given, with ECS's defaults for containers.
func (c *call) shownTaskDefinition(d *taskDefinition) values {
	out := values{}
	for _, name := range []string{
		"family", "taskRoleArn", "executionRoleArn", "networkMode", "cpu", "memory", "requiresCompatibilities", "runtimePlatform", "volumes", "placementConstraints",
	} {
		if d.given.has(name) {
			out[name] = d.given[name]
		}
	}
	var containers []values
	for _, given := range d.given.structs("containerDefinitions") {
		one := values{"cpu": 0, "essential": true, "environment": []values{}, "mountPoints": []values{}, "portMappings": []values{}, "volumesFrom": []values{}, "systemControls": []values{}}
		for name, v := range given {
			one[name] = v
		}
		containers = append(containers, one)
	}
	out["containerDefinitions"] = containers
	out["taskDefinitionArn"], out["revision"], out["status"] = c.taskDefinitionARN(d), d.revision, d.status
	out["registeredAt"] = d.registered
	if !d.ended.IsZero() {
		out["deregisteredAt"] = d.ended
	}
	return out
}

// taskDefinition finds one by ARN, family:revision, or by family alone: the
// latest that is active.
func (c *call) taskDefinition(name string) (*taskDefinition, error) {
	if _, rest, ok := strings.Cut(name, ":task-definition/"); ok {
		name = rest
	}
	family, number, numbered := strings.Cut(name, ":")
	revisions := c.region.ecs.families[family]
	if numbered {
		if n, err := strconv.Atoi(number); err == nil && n >= 1 && n <= len(revisions) {
			return revisions[n-1], nil
		}
		return nil, refuse("ClientException", "Unable to describe task definition.")
	}
	for _, d := range slices.Backward(revisions) {
		if d.status == "ACTIVE" {
			return d, nil
		}
	}
	return nil, refuse("ClientException", "Unable to describe task definition.")
}

func (c *call) describeTaskDefinition(in values) (values, error) {
	d, err := c.taskDefinition(in.str("taskDefinition"))
	if err != nil {
		return nil, err
	}
	return values{"taskDefinition": c.shownTaskDefinition(d)}, nil
}

func (c *call) deregisterTaskDefinition(in values) (values, error) {
	d, err := c.taskDefinition(in.str("taskDefinition"))
	if err != nil {
		return nil, err
	}
	d.status, d.ended = "INACTIVE", c.now
	return values{"taskDefinition": c.shownTaskDefinition(d)}, nil
}

// listTaskDefinitions lists ARNs in the order of families and revisions.
func (c *call) listTaskDefinitions(in values) (values, error) {
	status := "ACTIVE"
	if in.has("status") {
		status = in.str("status")
	}
	var arns []string
	for _, family := range sortedKeys(c.region.ecs.families) {
		if prefix := in.str("familyPrefix"); prefix != "" && prefix != family {
			continue
		}
		for _, d := range c.region.ecs.families[family] {
			if d.status == status {
				arns = append(arns, c.taskDefinitionARN(d))
			}
		}
	}
	if in.str("sort") == "DESC" {
		slices.Reverse(arns)
	}
	size, from := 100, 0
	if in.has("maxResults") {
		size = in.integer("maxResults")
	}
	if token := in.str("nextToken"); token != "" {
		var err error
		if from, err = strconv.Atoi(token); err != nil || from < 0 || from > len(arns) {
			return nil, refuse("InvalidParameterException", "Invalid token")
		}
	}
	page := arns[from:min(from+size, len(arns))]
	out := values{"taskDefinitionArns": slices.Clone(page)}
	if from+size < len(arns) {
		out["nextToken"] = strconv.Itoa(from + size)
	}
	return out, nil
}
