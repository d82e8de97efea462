package emulator

import (
	"fmt"
	"strings"
)

// validate checks an input against the model.
func (s *service) validate(op *modelOperation, in values) error {
	var found []violation
	checkMembers(op.in, in, "", &found)
	if len(found) > 0 {
		return s.model.refuseInput(found)
	}
	return nil
}

// run performs an operation and checks its output against the model, so that
// a member that clients would never see is loud here. The result shares
// nothing with the emulator's state. The caller holds mu.
func (s *service) run(c *call, op *modelOperation, in values) (values, error) {
	out, err := s.operations[op.Name](c, in)
	if err != nil {
		return nil, err
	}
	checked, err := goValues().structure(op.out, out, "")
	if err != nil {
		return nil, &badOutput{s.name, op.Name, err.Error()}
	}
	var found []violation
	checkMembers(op.out, checked, "", &found)
	var texts []string
	for _, v := range found {
		if v.kind == missing || v.kind == notInSet {
			texts = append(texts, fmt.Sprintf("%s: %s (value %s)", v.at, v.rule, v.shown()))
		}
	}
	if len(texts) > 0 {
		return nil, &badOutput{s.name, op.Name, strings.Join(texts, "; ")}
	}
	return checked, nil
}

// badOutput is a mistake of the emulator: an output that is not in the model.
type badOutput struct{ service, operation, what string }

func (b *badOutput) Error() string {
	return fmt.Sprintf("the emulator's answer to %s %s is not in the API's model: %s", b.service, b.operation, b.what)
}
