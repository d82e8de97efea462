package emulator

// Each type moves to its service's own file.
type (
	elbState struct{}
	ecrState struct{}
)

func elbOperations() map[string]operation { return nil }
func ecrOperations() map[string]operation { return nil }

func newELBState(*region) *elbState { return &elbState{} }
func newECRState(*region) *ecrState { return &ecrState{} }

type s3Service struct{}

func newS3Service(*Emulator) *s3Service { return nil }
