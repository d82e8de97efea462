package emulator

import (
	"regexp"
	"strings"
	"testing"
)

// TestContractCoversEveryOperation: each emulated operation is answered with
// success at least once in the contract.
func TestContractCoversEveryOperation(t *testing.T) {
	answered, judged := map[string]bool{}, map[string]bool{}
	for _, g := range contractGroups() {
		judged[g.service] = true
		for _, one := range g.cases {
			service := one.service
			if service == "" {
				service = g.service
			}
			if one.wantErrCode == "" && len(one.args) > 0 {
				answered[service+" "+one.args[0]] = true
			}
		}
	}
	for service, operations := range emulated() {
		if !judged[cliService(service)] {
			continue
		}
		for _, operation := range sortedKeys(operations) {
			command := cliService(service) + " " + cliCommand(operation)
			if !answered[command] {
				t.Errorf("no case of the contract has an answer of: aws %s", command)
			}
		}
	}
}

// TestOperationsAreModelled: an operation without a table could not be called.
func TestOperationsAreModelled(t *testing.T) {
	models, err := loadModels()
	if err != nil {
		t.Fatal(err)
	}
	for service, operations := range emulated() {
		for _, operation := range sortedKeys(operations) {
			if models[service] == nil || models[service].Operations[operation] == nil {
				t.Errorf("%s %s is not in models/operations.txt", service, operation)
			}
		}
	}
}

func cliService(service string) string {
	switch service {
	case "elasticloadbalancing":
		return "elbv2"
	case "codedeploy":
		return "deploy"
	}
	return service
}

var (
	wordStart  = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	acronymEnd = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// cliCommand is how the AWS CLI spells an operation.
func cliCommand(operation string) string {
	s := wordStart.ReplaceAllString(operation, "$1-$2")
	return strings.ToLower(acronymEnd.ReplaceAllString(s, "$1-$2"))
}
