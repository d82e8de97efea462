package emulator

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

func TestCallNeedsNoWire(t *testing.T) {
	e := New(clock.NewVirtual(noon))
	out, err := e.Call("eu-west-1", "ecr", "CreateRepository", map[string]any{"repositoryName": "web"})
	if err != nil {
		t.Fatal(err)
	}
	repository, _ := out["repository"].(map[string]any)
	same(t, "uri", repository["repositoryUri"], "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web")
	same(t, "created", repository["createdAt"], noon)

	for title, one := range map[string]struct {
		operation string
		in        map[string]any
		code      string
	}{
		"the service refuses":  {"CreateRepository", map[string]any{"repositoryName": "web"}, "RepositoryAlreadyExistsException"},
		"the model refuses":    {"CreateRepository", map[string]any{"repositoryName": "W"}, "InvalidParameterException"},
		"a member is missing":  {"CreateRepository", nil, "InvalidParameterException"},
		"a member is unknown":  {"CreateRepository", map[string]any{"name": "x"}, ""},
		"a type is wrong":      {"CreateRepository", map[string]any{"repositoryName": 5}, ""},
		"nothing of that name": {"CreateRepositories", nil, ""},
	} {
		_, err := e.Call("eu-west-1", "ecr", one.operation, one.in)
		var refused *Refusal
		if err == nil || errors.As(err, &refused) != (one.code != "") || refused != nil && refused.Code != one.code {
			t.Errorf("%s: %v, want %q", title, err, one.code)
		}
	}
	if n := len(e.Calls()); n != 0 {
		t.Errorf("%d calls recorded, want none", n)
	}
}

// TestAtActsAtItsMoment: in the order of time, whenever they were asked for.
func TestAtActsAtItsMoment(t *testing.T) {
	c := clock.NewVirtual(noon)
	e := New(c)
	made := func(name string) func(CallFunc) {
		return func(call CallFunc) {
			if _, err := call("eu-west-1", "ecr", "CreateRepository", map[string]any{"repositoryName": name}); err != nil {
				t.Error(err)
			}
		}
	}
	e.At(noon.Add(2*time.Minute), made("second"))
	e.At(noon.Add(time.Minute), made("first"))
	count := func() (times []time.Duration) {
		out, err := e.Call("eu-west-1", "ecr", "DescribeRepositories", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out["repositories"].([]any) {
			times = append(times, r.(map[string]any)["createdAt"].(time.Time).Sub(noon))
		}
		return times
	}
	same(t, "at noon", count(), []time.Duration(nil))
	if err := c.Sleep(context.Background(), 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	same(t, "created after", count(), []time.Duration{time.Minute, 2 * time.Minute})
	same(t, "now", e.Now(), noon.Add(5*time.Minute))
}
