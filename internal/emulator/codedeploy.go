package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// codedeployState is one region's CodeDeploy, for the Lambda platform.
type codedeployState struct {
	applications map[string]*deployApplication
	configs      map[string]values // by name, as they are described
	deployments  []*deployment     // oldest first
	listening    bool              // to alarms
}

type deployApplication struct {
	name, id string
	created  time.Time
	groups   map[string]*deployGroup
}

type deployGroup struct {
	application *deployApplication
	name, id    string
	given       values // the members of CreateDeploymentGroup
	last        *deployment
	succeeded   *deployment
}

func newCodeDeployState() *codedeployState {
	return &codedeployState{applications: map[string]*deployApplication{}, configs: defaultDeployConfigs()}
}

func codedeployOperations() map[string]operation {
	return map[string]operation{
		"CreateApplication":         (*call).createDeployApplication,
		"GetApplication":            (*call).getDeployApplication,
		"ListApplications":          (*call).listDeployApplications,
		"BatchGetApplications":      (*call).batchGetDeployApplications,
		"ListDeploymentGroups":      (*call).listDeploymentGroups,
		"BatchGetDeploymentGroups":  (*call).batchGetDeploymentGroups,
		"CreateDeploymentConfig":    (*call).createDeploymentConfig,
		"GetDeploymentConfig":       (*call).getDeploymentConfig,
		"CreateDeploymentGroup":     (*call).createDeploymentGroup,
		"GetDeploymentGroup":        (*call).getDeploymentGroup,
		"CreateDeployment":          (*call).createDeployment,
		"GetDeployment":             (*call).getDeployment,
		"ListDeployments":           (*call).listDeployments,
		"StopDeployment":            (*call).stopDeployment,
		"ListDeploymentTargets":     (*call).listDeploymentTargets,
		"BatchGetDeploymentTargets": (*call).batchGetDeploymentTargets,

		"PutLifecycleEventHookExecutionStatus": (*call).putLifecycleEventHookExecutionStatus,
	}
}

func (c *call) createDeployApplication(in values) (values, error) {
	name := in.str("applicationName")
	if c.region.codedeploy.applications[name] != nil {
		return nil, refuse("ApplicationAlreadyExistsException", "Application already exists with the name %s", name)
	}
	if platform := in.str("computePlatform"); platform != "Lambda" {
		return nil, refuse("InvalidComputePlatformException", "The compute platform %q is not supported by this emulator", platform)
	}
	a := &deployApplication{name: name, id: c.uuid(), created: c.now, groups: map[string]*deployGroup{}}
	c.region.codedeploy.applications[name] = a
	return values{"applicationId": a.id}, nil
}

// deployApplication finds the application that an input names.
func (c *call) deployApplication(in values) (*deployApplication, error) {
	if a := c.region.codedeploy.applications[in.str("applicationName")]; a != nil {
		return a, nil
	}
	return nil, refuse("ApplicationDoesNotExistException", "No application found for name: %s", in.str("applicationName"))
}

func (c *call) getDeployApplication(in values) (values, error) {
	a, err := c.deployApplication(in)
	if err != nil {
		return nil, err
	}
	return values{"application": a.described()}, nil
}

func (a *deployApplication) described() values {
	return values{"applicationId": a.id, "applicationName": a.name, "createTime": a.created, "linkedToGitHub": false, "computePlatform": "Lambda"}
}

// deployGroup finds the deployment group that an input names.
func (c *call) deployGroup(in values) (*deployGroup, error) {
	a, err := c.deployApplication(in)
	if err != nil {
		return nil, err
	}
	if !in.has("deploymentGroupName") {
		return nil, refuse("DeploymentGroupNameRequiredException", "Deployment group name is missing")
	}
	if g := a.groups[in.str("deploymentGroupName")]; g != nil {
		return g, nil
	}
	return nil, refuse("DeploymentGroupDoesNotExistException", "No Deployment Group found for name: %s", in.str("deploymentGroupName"))
}

func (c *call) createDeploymentGroup(in values) (values, error) {
	a, err := c.deployApplication(in)
	if err != nil {
		return nil, err
	}
	name, style := in.str("deploymentGroupName"), in.sub("deploymentStyle")
	switch {
	case a.groups[name] != nil:
		return nil, refuse("DeploymentGroupAlreadyExistsException", "Deployment group name already exists: %s", name)
	case !strings.HasPrefix(in.str("serviceRoleArn"), "arn:"):
		return nil, refuse("InvalidRoleException", "Cannot assume role provided: %s", in.str("serviceRoleArn"))
	case style.str("deploymentType") != "BLUE_GREEN" || style.str("deploymentOption") != "WITH_TRAFFIC_CONTROL":
		return nil, refuse("InvalidDeploymentStyleException",
			"For Lambda deployment group, deployment type can only be BLUE_GREEN and deployment option can only be WITH_TRAFFIC_CONTROL")
	}
	if err := c.checkDeployConfig(in); err != nil {
		return nil, err
	}
	if err := checkDeployAlarms(in.sub("alarmConfiguration")); err != nil {
		return nil, err
	}
	g := &deployGroup{application: a, name: name, id: c.uuid(), given: in}
	a.groups[name] = g
	c.region.listenForDeployments()
	return values{"deploymentGroupId": g.id}, nil
}

// checkDeployAlarms refuses what no alarm configuration can be. Whether the
// alarms exist is not asked.
func checkDeployAlarms(in values) error {
	var names []string
	for _, a := range in.structs("alarms") {
		names = append(names, a.str("name"))
	}
	slices.Sort(names)
	switch {
	case len(names) > 10:
		return refuse("AlarmsLimitExceededException", "The maximum number of alarms for a deployment group is 10")
	case len(slices.Compact(slices.Clone(names))) < len(names):
		return refuse("InvalidAlarmConfigException", "Alarm names must be unique")
	case in.boolean("enabled") && len(names) == 0:
		return refuse("InvalidAlarmConfigException", "Alarms cannot be empty when the alarm configuration is enabled")
	}
	return nil
}

func (c *call) getDeploymentGroup(in values) (values, error) {
	g, err := c.deployGroup(in)
	if err != nil {
		return nil, err
	}
	return values{"deploymentGroupInfo": g.described()}, nil
}

func (g *deployGroup) described() values {
	out := values{"deploymentGroupId": g.id, "computePlatform": "Lambda", "deploymentConfigName": g.config()}
	for _, name := range []string{"applicationName", "deploymentGroupName", "serviceRoleArn", "deploymentStyle",
		"alarmConfiguration", "autoRollbackConfiguration", "triggerConfigurations"} {
		if g.given.has(name) {
			out[name] = g.given[name]
		}
	}
	if g.last != nil {
		out["lastAttemptedDeployment"] = g.last.summary()
	}
	if g.succeeded != nil {
		out["lastSuccessfulDeployment"] = g.succeeded.summary()
		out["targetRevision"] = g.succeeded.revision()
	}
	return out
}

// config is the configuration that the group's deployments have by default.
func (g *deployGroup) config() string {
	if name := g.given.str("deploymentConfigName"); name != "" {
		return name
	}
	return "CodeDeployDefault.LambdaAllAtOnce"
}

// deployPage cuts a page of n rows, 100 at a time.
func deployPage(in values, n int) (from, to int, next string, err error) {
	if token := in.str("nextToken"); token != "" {
		if _, scanErr := fmt.Sscanf(token, "after-%d", &from); scanErr != nil || from > n {
			return 0, 0, "", refuse("InvalidNextTokenException", "The next token is invalid")
		}
	}
	if to = min(from+100, n); to < n {
		next = fmt.Sprintf("after-%d", to)
	}
	return from, to, next, nil
}
