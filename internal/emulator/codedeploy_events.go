package emulator

import (
	"encoding/json"
	"time"
)

func (d *deployment) event(name string) *deployEvent {
	for _, e := range d.events {
		if e.name == name {
			return e
		}
	}
	return nil
}

func (e *deployEvent) begin(now time.Time) { e.status, e.from = "InProgress", now }

func (e *deployEvent) end(now time.Time, status string) { e.status, e.to = status, now }

// runHook runs a hook's function, which reports by a call of its own, and goes
// on when it reported success. No function is a success.
func (c *call) runHook(d *deployment, name, function string, then func()) {
	e := d.event(name)
	if function == "" {
		e.status = "Skipped"
		then()
		return
	}
	e.begin(c.now)
	execution := d.id + ":" + name // to clients it means nothing
	d.hook = execution
	fail := func(text string) {
		e.code, e.text = "ScriptFailed", text
		e.end(c.now, "Failed")
		c.endDeployment(d, "Failed", "HOOK_EXECUTION_FAILURE", "The hook "+name+" failed: "+text, "DEPLOYMENT_FAILURE")
	}
	d.reported = func(succeeded bool) {
		d.hook = ""
		if !succeeded {
			fail("the validation function reported Failed")
			return
		}
		e.end(c.now, "Succeeded")
		then()
	}
	payload, _ := json.Marshal(map[string]string{"DeploymentId": d.id, "LifecycleEventHookExecutionId": execution}) // strings only
	v, _, qualifier, err := c.resolve(values{"FunctionName": function})
	if err == nil {
		err = c.invocable(v)
	}
	if err != nil {
		d.hook = ""
		fail(err.Error())
		return
	}
	c.run(v, qualifier, payload)
	if b := v.behaviour(); b.Reports != "" {
		c.after(b.ReportsAfter, func() { c.hookReported(d, execution, b.Reports == "Succeeded") })
	}
	c.after(hookTime, func() {
		if d.hook == execution && !d.done() && !d.stopping {
			d.hook = ""
			fail("CodeDeploy was not notified by the validation function within one hour")
		}
	})
}

// hookReported takes a report, unless nobody waits for it any more.
func (c *call) hookReported(d *deployment, execution string, succeeded bool) bool {
	if d.hook != execution || d.done() || d.stopping {
		return false
	}
	d.reported(succeeded)
	return true
}

func (c *call) putLifecycleEventHookExecutionStatus(in values) (values, error) {
	d, err := c.deployment(in)
	if err != nil {
		return nil, err
	}
	status, execution := in.str("status"), in.str("lifecycleEventHookExecutionId")
	if status != "Succeeded" && status != "Failed" {
		return nil, refuse("InvalidLifecycleEventHookExecutionStatusException", "The status %q is neither Succeeded nor Failed", status)
	}
	if !c.hookReported(d, execution, status == "Succeeded") {
		return nil, refuse("LifecycleEventAlreadyCompletedException", "No lifecycle event waits for the execution %q", execution)
	}
	return values{"lifecycleEventHookExecutionId": execution}, nil
}

// watched are the alarms that end the deployment.
func (d *deployment) watched() (names []string) {
	if d.alarms.boolean("enabled") {
		for _, a := range d.alarms.structs("alarms") {
			names = append(names, a.str("name"))
		}
	}
	return names
}

// alarmed ends a deployment for an alarm.
func (c *call) alarmed(d *deployment, name string) {
	status := "Stopped"
	if c.switches.AlarmFailsDeployment {
		status = "Failed"
	}
	c.endDeployment(d, status, "ALARM_ACTIVE", "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, "+
		"and the affected deployments have been stopped. Activated alarms: <"+name+">", "DEPLOYMENT_STOP_ON_ALARM")
}

// listenForDeployments begins to follow alarms, with the first group.
func (r *region) listenForDeployments() {
	if r.codedeploy.listening {
		return
	}
	r.codedeploy.listening = true
	c := &call{Emulator: r.emulator, region: r}
	r.onAlarm(func(name, state, _ string) {
		for _, d := range r.codedeploy.deployments {
			if state != "ALARM" || d.status != "InProgress" {
				continue
			}
			for _, watched := range d.watched() {
				if watched == name {
					c.alarmed(d, name)
					break
				}
			}
		}
	})
}

// targetID names what a Lambda deployment deploys to.
func (d *deployment) targetID() string { return d.spec.function + ":" + d.spec.alias }

// startedDeployment finds a deployment whose targets can be asked for.
func (c *call) startedDeployment(in values) (*deployment, error) {
	d, err := c.deployment(in)
	if err == nil && d.started.IsZero() {
		err = refuse("DeploymentNotStartedException", "The deployment %s has not started", d.id)
	}
	return d, err
}

func (c *call) listDeploymentTargets(in values) (values, error) {
	d, err := c.startedDeployment(in)
	if err != nil {
		return nil, err
	}
	return values{"targetIds": []any{d.targetID()}}, nil
}

func (c *call) batchGetDeploymentTargets(in values) (values, error) {
	d, err := c.startedDeployment(in)
	if err != nil {
		return nil, err
	}
	for _, id := range in.strings("targetIds") {
		if id != d.targetID() {
			return nil, refuse("DeploymentTargetDoesNotExistException", "The deployment %s has no target %s", d.id, id)
		}
	}
	status := "InProgress"
	switch d.status {
	case "Succeeded", "Failed":
		status = d.status
	case "Stopped":
		status = "Failed"
	}
	events := []any{}
	for _, e := range d.events {
		events = append(events, e.described())
	}
	return values{"deploymentTargets": []any{values{"deploymentTargetType": "LambdaTarget", "lambdaTarget": values{
		"deploymentId": d.id, "targetId": d.targetID(), "targetArn": c.functionARN(d.spec.function), "status": status,
		"lifecycleEvents": events, "lambdaFunctionInfo": values{"functionName": d.spec.function, "functionAlias": d.spec.alias,
			"currentVersion": d.spec.current, "targetVersion": d.spec.target, "targetVersionWeight": d.weight * 100},
	}}}}, nil
}

func (e *deployEvent) described() values {
	out := values{"lifecycleEventName": e.name, "status": e.status}
	if !e.from.IsZero() {
		out["startTime"] = e.from
	}
	if !e.to.IsZero() {
		out["endTime"] = e.to
	}
	if e.code != "" {
		out["diagnostics"] = values{"errorCode": e.code, "message": e.text}
	}
	return out
}
