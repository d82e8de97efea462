package acctest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// Served counts which version answered, by where the alias pointed then, as
// Serves writes it.
type Served map[string]map[string]int

// Traffic invokes an alias again and again from now on, at a steady pace, for
// a while of the virtual clock.
func (f *Function) Traffic(t *testing.T, alias string, every, during time.Duration) Served {
	t.Helper()
	served := Served{}
	began := f.world.Virtual.Now()
	for d := time.Duration(0); d < during; d += every {
		f.world.Emulator.At(began.Add(d), func(call emulator.CallFunc) {
			there, err := call(Region, "lambda", "GetAlias", map[string]any{"FunctionName": f.Name, "Name": alias})
			if err != nil {
				return // it is not there yet
			}
			out, err := call(Region, "lambda", "Invoke", map[string]any{"FunctionName": f.Name, "Qualifier": alias})
			if err != nil {
				t.Errorf("invoking %s:%s: %v", f.Name, alias, err)
				return
			}
			at := pointing(there)
			if served[at] == nil {
				served[at] = map[string]int{}
			}
			served[at][fmt.Sprint(out["ExecutedVersion"])]++
		})
	}
	return served
}

// Provisioned are the versions and aliases with provisioned concurrency, and
// how much: "2:5 live:1".
func (f *Function) Provisioned() string {
	var out []string
	list := f.world.Call(f.t, "lambda", "ListProvisionedConcurrencyConfigs", map[string]any{"FunctionName": f.Name})
	rows, _ := list["ProvisionedConcurrencyConfigs"].([]any)
	for _, one := range rows {
		row, _ := one.(map[string]any)
		arn, _ := row["FunctionArn"].(string)
		out = append(out, fmt.Sprintf("%s:%v", arn[strings.LastIndex(arn, ":")+1:], row["RequestedProvisionedConcurrentExecutions"]))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
