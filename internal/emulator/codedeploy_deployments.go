package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// deployment moves an alias from one version to another.
type deployment struct {
	id, config, description, creator string
	group                            *deployGroup
	spec                             appSpec
	sha256                           string
	alarms, rollback                 values // what guards it
	override                         values // overrideAlarmConfiguration

	status                      string
	code, message               string // errorInformation
	created, started, completed time.Time
	stopping                    bool
	weight                      float64 // the target version's share
	events                      []*deployEvent
	hook                        string // the execution that is waited for
	reported                    func(succeeded bool)

	rollbackID, triggeredBy, rollbackMessage string
}

// deployEvent is a lifecycle event of a deployment.
type deployEvent struct {
	name, status string
	from, to     time.Time
	code, text   string
}

// appSpec is what an AppSpec file says of a Lambda deployment.
type appSpec struct{ function, alias, current, target, before, after string }

// readAppSpec reads an AppSpec in JSON.
func readAppSpec(content string) (s appSpec, err error) {
	var file struct {
		Version   any
		Resources []map[string]struct {
			Type       string
			Properties struct{ Name, Alias, CurrentVersion, TargetVersion string }
		}
		Hooks []map[string]string
	}
	if !strings.HasPrefix(strings.TrimSpace(content), "{") {
		return s, refuse("InvalidRevisionException", "An AppSpec in YAML is not supported by this emulator")
	}
	if err := json.Unmarshal([]byte(content), &file); err != nil {
		return s, refuse("InvalidRevisionException", "The AppSpec content cannot be parsed: %v", err)
	}
	if fmt.Sprint(file.Version) != "0" || len(file.Resources) != 1 || len(file.Resources[0]) != 1 {
		return s, refuse("InvalidRevisionException", "The AppSpec must have version 0.0 and one resource")
	}
	for _, r := range file.Resources[0] {
		if r.Type != "AWS::Lambda::Function" {
			return s, refuse("InvalidRevisionException", "The AppSpec's resource must be of type AWS::Lambda::Function")
		}
		p := r.Properties
		s = appSpec{function: p.Name, alias: p.Alias, current: p.CurrentVersion, target: p.TargetVersion}
	}
	if s.function == "" || s.alias == "" || s.current == "" || s.target == "" {
		return s, refuse("InvalidRevisionException", "The AppSpec's resource must have Name, Alias, CurrentVersion and TargetVersion")
	}
	for _, hook := range file.Hooks {
		for name, function := range hook {
			switch name {
			case "BeforeAllowTraffic":
				s.before = function
			case "AfterAllowTraffic":
				s.after = function
			default:
				return s, refuse("InvalidRevisionException", "%s is no hook of a Lambda deployment", name)
			}
		}
	}
	return s, nil
}

func (c *call) createDeployment(in values) (values, error) {
	g, err := c.deployGroup(in)
	if err != nil {
		return nil, err
	}
	revision := in.sub("revision")
	content := revision.sub("appSpecContent").str("content")
	if revision.str("revisionType") == "String" {
		content = revision.sub("string").str("content")
	}
	switch {
	case revision == nil:
		return nil, refuse("RevisionRequiredException", "Revision is required")
	case content == "":
		return nil, refuse("InvalidRevisionException", "This emulator takes an AppSpec as the revision's content")
	case g.last != nil && !g.last.done():
		return nil, refuse("DeploymentLimitExceededException", "The Deployment Group '%s' already has an active Deployment '%s'", g.name, g.last.id)
	}
	spec, err := readAppSpec(content)
	if err != nil {
		return nil, err
	}
	if err := c.checkDeployConfig(in); err != nil {
		return nil, err
	}
	if err := checkDeployAlarms(in.sub("overrideAlarmConfiguration")); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(content))
	d := &deployment{group: g, spec: spec, sha256: hex.EncodeToString(sum[:]), config: in.str("deploymentConfigName"),
		description: in.str("description"), creator: "user", alarms: g.given.sub("alarmConfiguration"), rollback: g.given.sub("autoRollbackConfiguration")}
	if d.config == "" {
		d.config = g.config()
	}
	if in.has("overrideAlarmConfiguration") {
		d.alarms, d.override = in.sub("overrideAlarmConfiguration"), in.sub("overrideAlarmConfiguration")
	}
	if in.has("autoRollbackConfiguration") {
		d.rollback = in.sub("autoRollbackConfiguration")
	}
	c.beginDeployment(d)
	return values{"deploymentId": d.id}, nil
}

func (d *deployment) done() bool {
	return slices.Contains([]string{"Succeeded", "Failed", "Stopped"}, d.status)
}

func (d *deployment) revision() values {
	return values{"revisionType": "AppSpecContent", "appSpecContent": values{"sha256": d.sha256}}
}

// summary is the deployment as its group shows it.
func (d *deployment) summary() values {
	out := values{"deploymentId": d.id, "status": d.status, "createTime": d.created}
	if d.done() {
		out["endTime"] = d.completed
	}
	return out
}

// deployment finds the deployment that an input names.
func (c *call) deployment(in values) (*deployment, error) {
	for _, d := range c.region.codedeploy.deployments {
		if d.id == in.str("deploymentId") {
			return d, nil
		}
	}
	if !in.has("deploymentId") {
		return nil, refuse("DeploymentIdRequiredException", "Deployment id is missing")
	}
	return nil, refuse("DeploymentDoesNotExistException", "The deployment %s could not be found", in.str("deploymentId"))
}

func (c *call) getDeployment(in values) (values, error) {
	d, err := c.deployment(in)
	if err != nil {
		return nil, err
	}
	out := values{
		"deploymentId": d.id, "applicationName": d.group.application.name, "deploymentGroupName": d.group.name,
		"deploymentConfigName": d.config, "status": d.status, "createTime": d.created, "creator": d.creator,
		"computePlatform": "Lambda", "revision": d.revision(), "deploymentStyle": d.group.given.sub("deploymentStyle"),
	}
	if d.description != "" {
		out["description"] = d.description
	}
	if d.code != "" {
		out["errorInformation"] = values{"code": d.code, "message": d.message}
	}
	for name, moment := range map[string]time.Time{"startTime": d.started, "completeTime": d.completed} {
		if !moment.IsZero() {
			out[name] = moment
		}
	}
	if d.rollback != nil {
		out["autoRollbackConfiguration"] = d.rollback
	}
	if d.override != nil {
		out["overrideAlarmConfiguration"] = d.override
	}
	if info := d.rollbackInfo(); len(info) > 0 {
		out["rollbackInfo"] = info
	}
	return values{"deploymentInfo": out}, nil
}

func (d *deployment) rollbackInfo() values {
	out := values{}
	for name, text := range map[string]string{"rollbackDeploymentId": d.rollbackID,
		"rollbackTriggeringDeploymentId": d.triggeredBy, "rollbackMessage": d.rollbackMessage} {
		if text != "" {
			out[name] = text
		}
	}
	return out
}

// listDeployments lists ids, newest first.
func (c *call) listDeployments(in values) (values, error) {
	var group *deployGroup
	if in.has("applicationName") || in.has("deploymentGroupName") {
		var err error
		if group, err = c.deployGroup(in); err != nil {
			return nil, err
		}
	}
	ids := []any{}
	for _, d := range slices.Backward(c.region.codedeploy.deployments) {
		wanted := in.strings("includeOnlyStatuses")
		if (group == nil || d.group == group) && (len(wanted) == 0 || slices.Contains(wanted, d.status)) {
			ids = append(ids, d.id)
		}
	}
	from, to, next, err := deployPage(in, len(ids))
	if err != nil {
		return nil, err
	}
	out := values{"deployments": ids[from:to]}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}
