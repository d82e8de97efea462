package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// How long CodeDeploy takes. AWS publishes no figures.
const (
	deployStart  = 3 * time.Second // from Created to InProgress
	deployEnd    = 2 * time.Second // from the last event to the end
	deployStop   = 5 * time.Second // from StopDeployment to Stopped
	deployReturn = 5 * time.Second // from a failure to its roll-back deployment
	// hookTime is how long a hook's function has to report.
	hookTime = time.Hour
)

// beginDeployment makes a deployment that the group follows.
func (c *call) beginDeployment(d *deployment) {
	d.id = "d-" + strings.ToUpper(c.hex(9))
	d.status, d.created = "Created", c.now
	for _, name := range []string{"BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"} {
		d.events = append(d.events, &deployEvent{name: name, status: "Pending"})
	}
	d.group.last = d
	c.region.codedeploy.deployments = append(c.region.codedeploy.deployments, d)
	c.after(deployStart, func() {
		if !d.done() {
			c.startDeployment(d)
		}
	})
}

func (c *call) startDeployment(d *deployment) {
	d.status, d.started = "InProgress", c.now
	for _, name := range d.watched() {
		if state, _, _ := c.region.alarmState(name); state == "ALARM" {
			c.alarmed(d, name)
			return
		}
	}
	if d.creator == "codeDeployRollback" {
		c.restore(d)
		return
	}
	if code, why := c.undeployable(d.spec); why != "" {
		c.endDeployment(d, "Failed", code, why, "DEPLOYMENT_FAILURE")
		return
	}
	c.runHook(d, "BeforeAllowTraffic", d.spec.before, func() {
		d.event("AllowTraffic").begin(c.now)
		c.shiftTraffic(d, shifts(c.region.codedeploy.configs[d.config]))
	})
}

// undeployable says why CodeDeploy will not move the alias.
func (c *call) undeployable(s appSpec) (code, why string) {
	f := c.region.lambda.functions[s.function]
	if f == nil {
		return "INVALID_LAMBDA_FUNCTION", fmt.Sprintf("The Lambda function %s does not exist", s.function)
	}
	a := f.aliases[s.alias]
	switch {
	case a == nil:
		return "INVALID_LAMBDA_CONFIGURATION", fmt.Sprintf("The alias %s does not exist", s.alias)
	case s.current == s.target:
		return "INVALID_LAMBDA_CONFIGURATION", "The current version and the target version are the same"
	case f.version(s.target) == nil:
		return "INVALID_LAMBDA_CONFIGURATION", fmt.Sprintf("The target version %s does not exist", s.target)
	case a.version != s.current:
		return "INVALID_LAMBDA_CONFIGURATION", fmt.Sprintf("The alias points to version %s and not to the current version %s", a.version, s.current)
	case len(a.weights) > 0:
		return "INVALID_LAMBDA_CONFIGURATION", "The alias routes traffic to two versions already"
	}
	return "", ""
}

// shiftTraffic makes the shifts that are left, one after the other.
func (c *call) shiftTraffic(d *deployment, left []shift) {
	if len(left) == 0 {
		d.event("AllowTraffic").end(c.now, "Succeeded")
		c.runHook(d, "AfterAllowTraffic", d.spec.after, func() {
			c.after(deployEnd, func() {
				if !d.done() && !d.stopping {
					c.succeedDeployment(d)
				}
			})
		})
		return
	}
	move := func() {
		if d.done() || d.stopping {
			return
		}
		version, weights := d.spec.current, values{d.spec.target: left[0].weight}
		if left[0].weight == 1 {
			version, weights = d.spec.target, nil
		}
		if err := c.moveAlias(d.spec, version, weights); err != nil {
			d.event("AllowTraffic").end(c.now, "Failed")
			c.endDeployment(d, "Failed", "INVALID_LAMBDA_CONFIGURATION", err.Error(), "DEPLOYMENT_FAILURE")
			return
		}
		d.weight = left[0].weight
		c.shiftTraffic(d, left[1:])
	}
	if left[0].after == 0 {
		move()
		return
	}
	c.after(left[0].after, move)
}

// moveAlias is CodeDeploy's UpdateAlias.
func (c *call) moveAlias(s appSpec, version string, weights values) error {
	f := c.region.lambda.functions[s.function]
	if f == nil || f.aliases[s.alias] == nil {
		return refuse("ResourceNotFoundException", "The alias %s:%s is gone", s.function, s.alias)
	}
	routing := values{}
	if weights != nil {
		routing["AdditionalVersionWeights"] = weights
	}
	_, err := c.updateAlias(values{"FunctionName": s.function, "Name": s.alias, "FunctionVersion": version, "RoutingConfig": routing})
	return err
}

func (c *call) succeedDeployment(d *deployment) {
	d.status, d.completed = "Succeeded", c.now
	d.group.succeeded = d
}

// endDeployment ends it badly, and lets a roll-back follow where what happened
// asks for one.
func (c *call) endDeployment(d *deployment, status, code, message, happened string) {
	d.status, d.code, d.message, d.completed = status, code, message, c.now
	for _, e := range d.events {
		if e.status == "Pending" {
			e.status = "Skipped"
		}
		if e.status == "InProgress" {
			e.end(c.now, "Failed")
		}
	}
	wanted := d.rollback.boolean("enabled") && slices.Contains(d.rollback.strings("events"), happened)
	if !wanted || d.creator == "codeDeployRollback" {
		return
	}
	switch {
	case d.weight == 0 && c.switches.RollbackSkipsUnmoved:
		return
	case d.group.succeeded == nil && c.switches.RollbackNeedsPredecessor:
		d.rollbackMessage = "Deployment cannot be rolled back: the deployment group has no successful deployment"
		return
	}
	c.after(deployReturn, func() {
		if d.group.last != d {
			return
		}
		back := &deployment{group: d.group, config: "CodeDeployDefault.LambdaAllAtOnce", creator: "codeDeployRollback", triggeredBy: d.id,
			sha256: d.sha256, spec: appSpec{function: d.spec.function, alias: d.spec.alias, current: d.spec.target, target: d.spec.current}}
		c.beginDeployment(back)
		d.rollbackID, d.rollbackMessage = back.id, "Deployment "+back.id+" has been triggered as a roll-back"
	})
}

// restore is a roll-back deployment: the version before has everything again.
func (c *call) restore(d *deployment) {
	d.event("AllowTraffic").begin(c.now)
	if err := c.moveAlias(d.spec, d.spec.target, nil); err != nil {
		c.endDeployment(d, "Failed", "INVALID_LAMBDA_CONFIGURATION", err.Error(), "DEPLOYMENT_FAILURE")
		return
	}
	d.weight = 1
	d.event("AllowTraffic").end(c.now, "Succeeded")
	c.after(deployEnd, func() {
		if !d.done() {
			c.succeedDeployment(d)
		}
	})
}

// stopDeployment stops a deployment a moment later.
func (c *call) stopDeployment(in values) (values, error) {
	d, err := c.deployment(in)
	if err != nil {
		return nil, err
	}
	if d.done() {
		return nil, refuse("DeploymentAlreadyCompletedException", "The deployment %s is already completed", d.id)
	}
	d.stopping = true
	if in.has("autoRollbackEnabled") { // says more than the group and the deployment do
		d.rollback = values{"enabled": in.boolean("autoRollbackEnabled"), "events": []any{"DEPLOYMENT_STOP_ON_REQUEST"}}
	}
	c.after(deployStop, func() {
		if !d.done() {
			c.endDeployment(d, "Stopped", "MANUAL_STOP", "Deployment was stopped by a user", "DEPLOYMENT_STOP_ON_REQUEST")
		}
	})
	return values{"status": "Pending", "statusMessage": "Stopping the deployment"}, nil
}
