package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// object is a structure of an API.
type object map[string]any

func (o object) text(name string) string { s, _ := o[name].(string); return s }

func (o object) object(name string) object { m, _ := o[name].(map[string]any); return m }

func (o object) objects(name string) []object {
	list, _ := o[name].([]any)
	var out []object
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// first is the first structure of a list; empty when there is none.
func (o object) first(name string) object {
	if all := o.objects(name); len(all) > 0 {
		return all[0]
	}
	return object{}
}

// cloud is the account, seen by its owner.
type cloud struct {
	aws         *emulator.Emulator
	targetGroup string

	mu     sync.Mutex
	label  string            // what the act releases
	labels map[string]string // "web 3", "api 2" → the release that made the version
}

func (c *cloud) call(service, operation string, in object) (object, error) {
	return c.aws.Call(region, service, operation, plain(in).(map[string]any))
}

// plain makes the structures in a value plain maps.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		out := map[string]any{}
		for name, member := range v {
			out[name] = plain(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = plain(member)
		}
		return out
	}
	return v
}

// releasing says which release makes the versions that are new from now on.
func (c *cloud) releasing(label string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.label = label
}

func (c *cloud) current() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.label
}

// named is the release that made a version.
func (c *cloud) named(kind, version string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := kind + " " + version
	if c.labels[key] == "" {
		c.labels[key] = c.label
	}
	return c.labels[key]
}

// instances are the group's instances at a moment.
type instances struct {
	serving   map[string]int // in service and healthy, by release
	starting  map[string]int // not serving yet
	leaving   int
	inService int
	template  string // the release of the group's own saved version
}

func (c *cloud) fleet() instances {
	view := c.aws.Group(region, groupName)
	now := instances{serving: map[string]int{}, starting: map[string]int{}, template: c.named("web", view.LaunchTemplateVersion)}
	for _, i := range view.Instances {
		label := c.named("web", strconv.FormatInt(i.LaunchTemplateVersion, 10))
		switch {
		case i.Lifecycle != "InService" && i.Lifecycle != "Pending":
			now.leaving++
			continue
		case i.Lifecycle == "InService" && i.Health == "Healthy" && i.Serving:
			now.serving[label]++
		default:
			now.starting[label]++
		}
		if i.Lifecycle == "InService" {
			now.inService++
		}
	}
	return now
}

// alias is what the alias serves: shares in percent by release.
func (c *cloud) alias() map[string]int {
	out, err := c.call("lambda", "GetAlias", object{"FunctionName": functionName, "Name": aliasName})
	if err != nil {
		return nil
	}
	weights := out.object("RoutingConfig").object("AdditionalVersionWeights")
	rest, shares := 100, map[string]int{}
	for version, weight := range weights { // one at most
		w, _ := weight.(float64)
		share := int(w*100 + 0.5)
		shares[c.named("api", version)] += share
		rest -= share
	}
	if rest > 0 {
		shares[c.named("api", out.text("FunctionVersion"))] += rest
	}
	return shares
}

// counted writes counts by name: "4 v1, 2 v2".
func counted(counts map[string]int, unit string) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d%s %s", counts[name], unit, name)
	}
	if text == "" {
		return "none"
	}
	return text
}

// started counts the instance refreshes that were ever asked for and begun.
func (c *cloud) started() int {
	n := 0
	for _, call := range c.aws.Calls() {
		if call.Operation == "StartInstanceRefresh" && call.ErrorCode == "" {
			n++
		}
	}
	return n
}
