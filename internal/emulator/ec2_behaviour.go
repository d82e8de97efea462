package emulator

import "time"

// Behaviour is what instances of an image do once they are launched.
type Behaviour struct {
	// Boot is the time from launch until the application answers health checks,
	// or fails them; zero means 20 seconds.
	Boot time.Duration
	// Unhealthy instances never answer health checks.
	Unhealthy bool
	// HealthReason is what a failed health check reports; empty means that the
	// connection is refused. A text of the form "[500]" is a response code.
	HealthReason string
	// FailsAfter is the time from boot until the instance turns unhealthy.
	// Zero means never.
	FailsAfter time.Duration
	// ApplicationOnly confines Unhealthy and FailsAfter to the application:
	// EC2's own status checks pass, so that only a load balancer notices.
	ApplicationOnly bool
	// LaunchFails is the status message of the failed launch; empty means that
	// launches succeed.
	LaunchFails string
	// Console is what GetConsoleOutput shows once the instance has booted.
	Console string
}

// defaultBoot is how long an instance takes to answer when nothing else is said.
const defaultBoot = 20 * time.Second

// runningAfter is how long EC2 shows a new instance as pending.
const runningAfter = 10 * time.Second

// SetImageBehaviour sets what instances do that are launched from an image
// from now on. Instances that run already keep their behaviour.
func (e *Emulator) SetImageBehaviour(region, imageID string, b Behaviour) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.region(region).ec2.behaviours[imageID] = b
}

// BehaviourTag is the tag of an image by which callers without Go say what its
// instances do: "unhealthy" ones run and fail every health check of their load
// balancer and of EC2, and "no-launch" ones do not start.
const BehaviourTag = "emulator:behaviour"

// tagged is the behaviour that an image's tag asks for.
func (i *image) tagged() Behaviour {
	for _, tag := range i.tags {
		switch {
		case tag.str("Key") != BehaviourTag:
		case tag.str("Value") == "unhealthy":
			return Behaviour{Unhealthy: true, Console: "the image's tag " + BehaviourTag + " says: unhealthy"}
		case tag.str("Value") == "no-launch":
			return Behaviour{LaunchFails: "The image's tag " + BehaviourTag + " says: no-launch. Launching EC2 instance failed."}
		}
	}
	return Behaviour{}
}

func (s *ec2State) behaviour(imageID string) Behaviour {
	b, set := s.behaviours[imageID]
	if i := s.images[imageID]; i != nil && !set {
		b = i.tagged()
	}
	if b.Boot <= 0 {
		b.Boot = defaultBoot
	}
	return b
}

// instanceHealth is what the application on an instance answers to a health
// check now.
func (r *region) instanceHealth(instanceID, path string) (serving bool, reason, description string) {
	i := r.ec2.instances[instanceID]
	switch {
	case i == nil || i.state != "running" && i.state != "pending":
		return false, "Target.InvalidState", "Target is in the stopped or terminated state"
	case i.process != nil:
		return i.processHealth(path)
	case i.serving:
		return true, "", ""
	case i.booted && i.behaviour.HealthReason != "":
		return false, "Target.ResponseCodeMismatch", "Health checks failed with these codes: " + i.behaviour.HealthReason
	default:
		return false, "Target.FailedHealthChecks", "Health checks failed"
	}
}
