package acctest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// Is checks a top-level string attribute in state.
func Is(address, attribute, want string) statecheck.StateCheck {
	return Has(address, attribute, knownvalue.StringExact(want))
}

// Has checks a top-level attribute in state.
func Has(address, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), want)
}

// Plans are checks of the plan before it is applied.
func Plans(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// Nothing checks that the plan has nothing to do.
func Nothing() plancheck.PlanCheck { return plancheck.ExpectEmptyPlan() }

// Creates checks that the plan makes the resource.
func Creates(address string) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)
}

// Updates checks that the plan changes the resource in place.
func Updates(address string) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)
}

// Unknown checks that the plan leaves an attribute to be known after apply.
func Unknown(address, attribute string) plancheck.PlanCheck {
	return plancheck.ExpectUnknownValue(address, tfjsonpath.New(attribute))
}

// Known checks that the plan knows an attribute's value.
func Known(address, attribute string, want knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New(attribute), want)
}

// Says matches words in a diagnostic, wherever Terraform wraps its lines.
func Says(words string) *regexp.Regexp {
	fields := strings.Fields(words)
	for i, f := range fields {
		fields[i] = regexp.QuoteMeta(f)
	}
	return regexp.MustCompile(strings.Join(fields, `[\s│╷╵]+`))
}

// Refuses plans a configuration and checks that it is an error that says all
// of the words.
func (w *World) Refuses(t *testing.T, config string, says ...string) {
	t.Helper()
	refused := false
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		ErrorCheck: func(err error) error {
			refused = true
			for _, words := range says {
				if !Says(words).MatchString(err.Error()) {
					t.Errorf("the error does not say %q:\n%v", words, err)
				}
			}
			return nil
		},
		Steps: []resource.TestStep{{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true}},
	})
	if !refused {
		t.Error("the configuration was not refused")
	}
}
