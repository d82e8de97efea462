package emulator

import (
	"fmt"
	"time"
)

// longestShift is how long CodeDeploy may take from the first to the last
// shift of a Lambda deployment.
const longestShift = 2880 * time.Minute

// defaultDeployConfigs are those that every account has for Lambda.
func defaultDeployConfigs() map[string]values {
	all := map[string]values{}
	add := func(name string, routing values) {
		name = "CodeDeployDefault.Lambda" + name
		all[name] = values{"deploymentConfigId": "00000000-0000-0000-0000-000000000000", "deploymentConfigName": name,
			"computePlatform": "Lambda", "trafficRoutingConfig": routing}
	}
	add("AllAtOnce", values{"type": "AllAtOnce"})
	for _, minutes := range []int64{5, 10, 15, 30} {
		add(fmt.Sprintf("Canary10Percent%dMinutes", minutes), values{"type": "TimeBasedCanary",
			"timeBasedCanary": values{"canaryPercentage": int64(10), "canaryInterval": minutes}})
	}
	for minutes, name := range map[int64]string{1: "1Minute", 2: "2Minutes", 3: "3Minutes", 10: "10Minutes"} {
		add("Linear10PercentEvery"+name, values{"type": "TimeBasedLinear",
			"timeBasedLinear": values{"linearPercentage": int64(10), "linearInterval": minutes}})
	}
	return all
}

func (c *call) createDeploymentConfig(in values) (values, error) {
	name := in.str("deploymentConfigName")
	if c.region.codedeploy.configs[name] != nil {
		return nil, refuse("DeploymentConfigAlreadyExistsException", "Deployment configuration already exists with the name %s", name)
	}
	if in.str("computePlatform") != "Lambda" {
		return nil, refuse("InvalidComputePlatformException", "The compute platform %q is not supported by this emulator", in.str("computePlatform"))
	}
	if in.has("minimumHealthyHosts") {
		return nil, refuse("InvalidMinimumHealthyHostValueException", "Minimum healthy hosts cannot be given for the Lambda compute platform")
	}
	if err := checkTrafficRouting(in.sub("trafficRoutingConfig")); err != nil {
		return nil, err
	}
	id := c.uuid()
	c.region.codedeploy.configs[name] = values{"deploymentConfigId": id, "deploymentConfigName": name, "createTime": c.now,
		"computePlatform": "Lambda", "trafficRoutingConfig": in.sub("trafficRoutingConfig")}
	return values{"deploymentConfigId": id}, nil
}

func checkTrafficRouting(in values) error {
	invalid := func(text string) error { return refuse("InvalidTrafficRoutingConfigurationException", "%s", text) }
	percent, minutes, increments := 0, 0, 1
	switch canary, linear := in.sub("timeBasedCanary"), in.sub("timeBasedLinear"); in.str("type") {
	case "TimeBasedCanary":
		percent, minutes = canary.integer("canaryPercentage"), canary.integer("canaryInterval")
	case "TimeBasedLinear":
		percent, minutes = linear.integer("linearPercentage"), linear.integer("linearInterval")
		if percent > 0 {
			increments = (99) / percent // those before the last one
		}
	case "AllAtOnce":
		return nil
	default:
		return invalid("The traffic routing configuration has no type")
	}
	switch {
	case percent < 1 || percent > 99:
		return invalid("The percentage must be from 1 to 99")
	case minutes < 1:
		return invalid("The interval must be at least one minute")
	case time.Duration(minutes*increments)*time.Minute > longestShift:
		return invalid("All traffic must be shifted within 2880 minutes")
	}
	return nil
}

// checkDeployConfig refuses a configuration that does not exist.
func (c *call) checkDeployConfig(in values) error {
	if name := in.str("deploymentConfigName"); name != "" && c.region.codedeploy.configs[name] == nil {
		return refuse("DeploymentConfigDoesNotExistException", "No Deployment Configuration found for name: %s", name)
	}
	return nil
}

func (c *call) getDeploymentConfig(in values) (values, error) {
	if err := c.checkDeployConfig(in); err != nil {
		return nil, err
	}
	return values{"deploymentConfigInfo": c.region.codedeploy.configs[in.str("deploymentConfigName")]}, nil
}

// shift is a change of the target version's share.
type shift struct {
	after  time.Duration // since the one before
	weight float64
}

// shifts are those of a configuration; the last one is all of the traffic.
func shifts(config values) []shift {
	routing := config.sub("trafficRoutingConfig")
	switch canary, linear := routing.sub("timeBasedCanary"), routing.sub("timeBasedLinear"); routing.str("type") {
	case "TimeBasedCanary":
		return []shift{{0, float64(canary.integer("canaryPercentage")) / 100}, {time.Duration(canary.integer("canaryInterval")) * time.Minute, 1}}
	case "TimeBasedLinear":
		percent, interval := linear.integer("linearPercentage"), time.Duration(linear.integer("linearInterval"))*time.Minute
		var all []shift
		for share := percent; share < 100; share += percent {
			all = append(all, shift{interval, float64(share) / 100})
		}
		all = append(all, shift{interval, 1})
		all[0].after = 0
		return all
	}
	return []shift{{0, 1}}
}
