package emulator

// Each type moves to its service's own file.
type (
	ec2State         struct{}
	autoscalingState struct{}
	elbState         struct{}
	ecrState         struct{}
)
