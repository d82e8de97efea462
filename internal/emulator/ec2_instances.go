package emulator

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// terminatedFor is how long EC2 goes on describing a terminated instance.
const terminatedFor = time.Hour

// shutdownTakes is how long an instance is shutting down.
const shutdownTakes = 5 * time.Second

// stoppingTakes is how long an instance is stopping.
const stoppingTakes = 10 * time.Second

// instance is an EC2 instance.
type instance struct {
	id, reservation  string
	imageID          string
	instanceType     string
	subnet           *subnet
	address          string
	data             values // merged launch parameters
	tags             []values
	launched         time.Time
	terminated       time.Time
	state            string
	transitionReason string
	behaviour        Behaviour

	booted   bool // answered, or should have, for the first time
	serving  bool // answers health checks
	impaired bool // EC2's status checks fail

	process Process // what runs on it; nil: its behaviour says what it does
	group   *member // its place in an Auto Scaling group
}

// launchRequest is what an instance is launched with.
type launchRequest struct {
	data            values // launch template data with the request's own members over it
	template        *launchTemplate
	templateVersion int64
	instanceType    string // overrides the data's
	imageID         string // overrides the data's
	subnet          *subnet
	tags            []values
	reservation     string
}

// checkLaunch refuses what EC2 would refuse to launch.
func (s *ec2State) checkLaunch(l launchRequest) error {
	if err := s.checkParameters(l); err != nil {
		return err
	}
	if message := s.behaviour(s.resolve(s.resolve(l.image()))).LaunchFails; message != "" {
		return refuse("InsufficientInstanceCapacity", "%s", message)
	}
	if l.subnet == nil || l.subnet.available() < 1 {
		return refuse("InsufficientFreeAddressesInSubnet",
			"There are not enough free addresses in the subnet to satisfy the requested number of instances.")
	}
	return nil
}

// checkParameters refuses a launch by what it names.
func (s *ec2State) checkParameters(l launchRequest) error {
	imageID := s.resolve(l.image())
	switch {
	case imageID == "":
		return refuse("MissingParameter", "The request must contain the parameter ImageId")
	case strings.HasPrefix(imageID, parameterPrefix):
		return refuse("InvalidParameterValue", "There is no parameter %s", strings.TrimPrefix(imageID, parameterPrefix))
	case !strings.HasPrefix(imageID, "ami-"):
		return refuse("InvalidAMIID.Malformed", "Invalid id: \"%s\" (expecting \"ami-...\")", imageID)
	case s.images[imageID] == nil:
		return refuse("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", imageID)
	case s.images[imageID].state != "available":
		return refuse("InvalidAMIID.Unavailable", "The image ID '%s' is no longer available", imageID)
	}
	if _, ok := s.types[l.kind()]; !ok {
		return refuse("InvalidParameterValue", "Invalid value '%s' for InstanceType.", l.kind())
	}
	for _, id := range l.data.strings("SecurityGroupIds") {
		if s.network.group(id) == nil {
			return refuse("InvalidGroup.NotFound", "The security group '%s' does not exist", id)
		}
	}
	if key := l.data.str("KeyName"); key != "" && !slices.Contains(s.network.keys, key) {
		return refuse("InvalidKeyPair.NotFound", "The key pair '%s' does not exist", key)
	}
	return s.checkProfile(l.data)
}

func (l launchRequest) image() string {
	if l.imageID != "" {
		return l.imageID
	}
	return l.data.str("ImageId")
}

func (l launchRequest) kind() string {
	if l.instanceType != "" {
		return l.instanceType
	}
	if t := l.data.str("InstanceType"); t != "" {
		return t
	}
	return "m1.small" // EC2's default
}

// launch starts an instance that checkLaunch let pass.
func (s *ec2State) launch(l launchRequest) *instance {
	e := s.region.emulator
	i := &instance{
		id: "i-" + e.hex(17), reservation: l.reservation,
		imageID: s.resolve(l.image()), instanceType: l.kind(), subnet: l.subnet, data: l.data,
		launched: e.now, state: "pending", behaviour: s.behaviour(l.image()),
	}
	if i.reservation == "" {
		i.reservation = "r-" + e.hex(17)
	}
	i.address = l.subnet.take()
	i.tags = tagsFor(l.data, "instance")
	if l.template != nil {
		i.tags = mergeTags(i.tags, []values{
			{"Key": "aws:ec2launchtemplate:id", "Value": l.template.id},
			{"Key": "aws:ec2launchtemplate:version", "Value": fmt.Sprint(l.templateVersion)},
		})
	}
	i.tags = mergeTags(i.tags, l.tags)
	s.instances[i.id] = i
	s.launched = append(s.launched, i)
	e.after(min(runningAfter, i.behaviour.Boot), func() { s.runs(i) })
	e.after(i.behaviour.Boot, func() { s.boots(i) })
	return i
}

func (s *ec2State) runs(i *instance) {
	if i.state != "pending" {
		return
	}
	i.state = "running"
	s.begin(i)
	if i.group != nil {
		i.group.runs()
	}
}

// boots is the moment at which the application answers for the first time, or
// fails to.
func (s *ec2State) boots(i *instance) {
	if i.state != "running" {
		return
	}
	i.booted = true
	if i.process != nil {
		s.changed(i)
		return
	}
	if i.behaviour.Unhealthy {
		s.fails(i)
		return
	}
	i.serving = true
	s.changed(i)
	if i.behaviour.FailsAfter > 0 {
		s.region.emulator.after(i.behaviour.FailsAfter, func() {
			if i.state == "running" {
				s.fails(i)
			}
		})
	}
}

func (s *ec2State) fails(i *instance) {
	i.serving = false
	i.impaired = !i.behaviour.ApplicationOnly
	s.changed(i)
}

// changed tells the load balancers and the Auto Scaling group of an instance
// that its health is another one.
func (s *ec2State) changed(i *instance) {
	s.region.targetsChanged(i.id)
	if i.group != nil {
		i.group.checkHealth()
	}
}

// stop stops an instance, which keeps its address and its disks.
func (s *ec2State) stop(i *instance) {
	if i.state != "running" {
		return
	}
	i.state, i.serving, i.booted = "stopping", false, false
	if i.process != nil {
		i.process.Kill()
		i.process = nil
	}
	s.changed(i)
	s.region.emulator.after(stoppingTakes, func() {
		if i.state != "stopping" {
			return
		}
		i.state = "stopped"
		if i.group != nil {
			i.group.stopped()
		}
	})
}

// start starts an instance that was stopped. What it did at its first start
// is done, so it answers as soon as it runs.
func (s *ec2State) start(i *instance) {
	if i.state != "stopped" {
		return
	}
	i.state = "pending"
	after := min(runningAfter, i.behaviour.Boot)
	s.region.emulator.after(after, func() { s.runs(i) })
	s.region.emulator.after(after, func() { s.boots(i) })
}

// terminate shuts an instance down.
func (s *ec2State) terminate(i *instance, reason string) {
	if i.state == "shutting-down" || i.state == "terminated" {
		return
	}
	e := s.region.emulator
	i.state, i.serving = "shutting-down", false
	i.transitionReason = fmt.Sprintf("%s (%s)", reason, e.now.UTC().Format("2006-01-02 15:04:05 GMT"))
	i.subnet.release(i.address)
	if i.process != nil {
		i.process.Kill()
	}
	s.changed(i)
	e.after(shutdownTakes, func() {
		i.state, i.terminated = "terminated", e.now
		if i.group != nil {
			i.group.gone()
		}
		e.after(terminatedFor, func() { s.forget(i) })
	})
}

func (s *ec2State) forget(i *instance) {
	delete(s.instances, i.id)
	if at := slices.Index(s.launched, i); at >= 0 {
		s.launched = slices.Delete(s.launched, at, at+1)
	}
}

// console is the instance's console output in base64, as EC2 sends it.
func (i *instance) console() string {
	if i.process != nil {
		return base64.StdEncoding.EncodeToString([]byte(i.process.Output()))
	}
	if !i.booted || i.behaviour.Console == "" {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(i.behaviour.Console))
}

// stateCode is the number that EC2 gives beside the name of a state.
func stateCode(state string) int {
	switch state {
	case "running":
		return 16
	case "stopping":
		return 64
	case "stopped":
		return 80
	case "shutting-down":
		return 32
	case "terminated":
		return 48
	}
	return 0
}
