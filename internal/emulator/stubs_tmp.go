package emulator

// Each type moves to its service's own file.
type (
	ec2State         struct{}
	autoscalingState struct{}
	elbState         struct{}
	ecrState         struct{}
)

func ec2Operations() map[string]operation         { return nil }
func autoscalingOperations() map[string]operation { return nil }
func elbOperations() map[string]operation         { return nil }
func ecrOperations() map[string]operation         { return nil }

func newEC2State(*region) *ec2State                 { return &ec2State{} }
func newAutoScalingState(*region) *autoscalingState { return &autoscalingState{} }
func newELBState(*region) *elbState                 { return &elbState{} }
func newECRState(*region) *ecrState                 { return &ecrState{} }

type s3Service struct{}

func newS3Service(*Emulator) *s3Service { return nil }
