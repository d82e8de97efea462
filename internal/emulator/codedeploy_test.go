package emulator

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// deployDriver is app:live on version 1 of 2, and a deployment group for it.
type deployDriver struct {
	*driver
	lambda *driver
}

func driveDeployments(t *testing.T, switches Switches, group values) deployDriver {
	t.Helper()
	l := drive(t, "lambda", switches)
	l.createApp()
	l.publishCode("1")
	l.publishCode("2")
	l.must("CreateAlias", values{"FunctionName": "app", "Name": "live", "FunctionVersion": "1"})
	d := deployDriver{&driver{l.Emulator, t, "codedeploy"}, l}
	d.must("CreateApplication", values{"applicationName": "shop", "computePlatform": "Lambda"})
	in := values{"applicationName": "shop", "deploymentGroupName": "live", "serviceRoleArn": "arn:aws:iam::123456789012:role/deploy",
		"deploymentStyle": values{"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}}
	for name, v := range group {
		in[name] = v
	}
	d.must("CreateDeploymentGroup", in)
	return d
}

// rollsBack is a group's member that asks for every roll-back.
func rollsBack() values {
	return values{"autoRollbackConfiguration": values{"enabled": true,
		"events": []any{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"}}}
}

func (d deployDriver) deploy(config, current, target, hooks string) string {
	d.t.Helper()
	return d.must("CreateDeployment", values{"applicationName": "shop", "deploymentGroupName": "live", "deploymentConfigName": config,
		"revision": values{"revisionType": "AppSpecContent", "appSpecContent": values{"content": appSpecOf(current, target, hooks)}}}).str("deploymentId")
}

func (d deployDriver) serves() string {
	d.t.Helper()
	out := d.lambda.must("GetAlias", live(nil))
	text := out.str("FunctionVersion")
	for version, weight := range out.sub("RoutingConfig").sub("AdditionalVersionWeights") {
		text += fmt.Sprintf("+%s:%v", version, weight)
	}
	return text
}

func (d deployDriver) stands(id string) string {
	d.t.Helper()
	info := d.must("GetDeployment", values{"deploymentId": id}).sub("deploymentInfo")
	return info.str("status") + " " + info.sub("errorInformation").str("code")
}

func (d deployDriver) want(id, status, serves string) {
	d.t.Helper()
	check(d.t, "deployment", d.stands(id), status)
	check(d.t, "alias", d.serves(), serves)
}

func TestDeploymentsShiftTraffic(t *testing.T) {
	for config, want := range map[string][]string{
		"CodeDeployDefault.LambdaAllAtOnce":               {"2", "2", "2"},
		"CodeDeployDefault.LambdaCanary10Percent5Minutes": {"1+2:0.1", "1+2:0.1", "2"},
		"CodeDeployDefault.LambdaLinear10PercentEvery1Minute": {
			"1+2:0.1", "1+2:0.3", "1+2:0.6"},
	} {
		d := driveDeployments(t, Switches{}, nil)
		id := d.deploy(config, "1", "2", "")
		check(t, "before it starts", d.serves(), "1")
		var got []string
		for _, pass := range []time.Duration{5 * time.Second, 2 * time.Minute, 3 * time.Minute} {
			d.pass(pass)
			got = append(got, d.serves())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the alias served %v, want %v", config, got, want)
		}
		d.pass(5 * time.Minute)
		d.want(id, "Succeeded ", "2")
	}
}

func TestDeploymentsThatCannotBegin(t *testing.T) {
	d := driveDeployments(t, Switches{}, nil)
	for _, c := range []struct{ current, target string }{{"2", "1"}, {"1", "1"}, {"1", "9"}} {
		id := d.deploy("CodeDeployDefault.LambdaAllAtOnce", c.current, c.target, "")
		d.pass(10 * time.Second)
		d.want(id, "Failed INVALID_LAMBDA_CONFIGURATION", "1")
	}
	// Stopped without a roll-back, an alias keeps two weights, and each later
	// deployment fails.
	id := d.deploy("CodeDeployDefault.LambdaCanary10Percent5Minutes", "1", "2", "")
	d.pass(10 * time.Second)
	d.must("StopDeployment", values{"deploymentId": id})
	d.pass(10 * time.Second)
	d.want(id, "Stopped MANUAL_STOP", "1+2:0.1")
	id = d.deploy("CodeDeployDefault.LambdaAllAtOnce", "1", "2", "")
	d.pass(10 * time.Second)
	d.want(id, "Failed INVALID_LAMBDA_CONFIGURATION", "1+2:0.1")
}

func TestDeploymentHooks(t *testing.T) {
	const before, after = `,"Hooks":[{"BeforeAllowTraffic":"hook"}]`, `,"Hooks":[{"AfterAllowTraffic":"hook"}]`
	for _, c := range []struct {
		name, hooks, reports string
		pass                 time.Duration
		status, serves       string
	}{
		{"before, good", before, "Succeeded", time.Minute, "InProgress ", "1+2:0.1"},
		{"before, bad", before, "Failed", time.Minute, "Failed HOOK_EXECUTION_FAILURE", "1"},
		{"before, silent", before, "", time.Minute, "InProgress ", "1"},
		{"before, silent for an hour", before, "", 61 * time.Minute, "Failed HOOK_EXECUTION_FAILURE", "1"},
		{"after, bad", after, "Failed", 10 * time.Minute, "Failed HOOK_EXECUTION_FAILURE", "1"},
		{"after, good", after, "Succeeded", 10 * time.Minute, "Succeeded ", "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := driveDeployments(t, Switches{}, rollsBack())
			d.lambda.must("CreateFunction", values{"FunctionName": "hook", "Role": roleA, "Runtime": "provided.al2023", "Handler": "x", "Code": values{"ZipFile": zipped(t, "hook")}})
			d.SetFunctionBehaviour(testRegion, "hook", "$LATEST", FunctionBehaviour{Reports: c.reports, ReportsAfter: 5 * time.Second})
			d.pass(5 * time.Second)
			id := d.deploy("CodeDeployDefault.LambdaCanary10Percent5Minutes", "1", "2", c.hooks)
			d.pass(c.pass)
			d.want(id, c.status, c.serves)
		})
	}
}

func TestDeploymentAlarmsAndRollBacks(t *testing.T) {
	for _, c := range []struct {
		name     string
		switches Switches
		firing   bool // already when it begins
		status   string
		back     bool
	}{
		{"fires", Switches{}, false, "Stopped ALARM_ACTIVE", true},
		{"fires, failed", Switches{AlarmFailsDeployment: true}, false, "Failed ALARM_ACTIVE", true},
		{"fires already", Switches{}, true, "Stopped ALARM_ACTIVE", true},
		{"fires already, nothing to go back", Switches{RollbackSkipsUnmoved: true}, true, "Stopped ALARM_ACTIVE", false},
		{"no predecessor", Switches{RollbackNeedsPredecessor: true}, false, "Stopped ALARM_ACTIVE", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			group := rollsBack()
			group["alarmConfiguration"] = values{"enabled": true, "alarms": []any{values{"name": "errors"}}}
			d := driveDeployments(t, c.switches, group)
			watch := &driver{d.Emulator, t, "cloudwatch"}
			watch.must("PutMetricAlarm", values{"AlarmName": "errors", "MetricName": "x", "Namespace": "y", "Statistic": "Sum", "Period": 60,
				"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore"})
			fire := func() {
				watch.must("SetAlarmState", values{"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "test"})
			}
			if c.firing {
				fire()
			}
			id := d.deploy("CodeDeployDefault.LambdaCanary10Percent5Minutes", "1", "2", "")
			d.pass(time.Minute)
			if !c.firing {
				fire()
				d.want(id, c.status, "1+2:0.1")
			}
			d.pass(time.Minute)
			check(t, "status", d.stands(id), c.status)
			info := d.must("GetDeployment", values{"deploymentId": id}).sub("deploymentInfo")
			check(t, "rolled back", info.sub("rollbackInfo").has("rollbackDeploymentId"), c.back)
		})
	}
}
