package launchtemplate_test

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/launchtemplate"
)

const region = "eu-central-1"

// world is a template whose version 1 launches image, and a group that uses it.
type world struct {
	*emulator.Emulator
	launchtemplate.Templates
	id, image string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	e := emulator.New(clk)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	clients, err := awsapi.New(t.Context(), awsapi.Settings{
		Region: region, AccessKey: "AKIDTEST", SecretKey: "test", Endpoints: map[string]string{"ec2": server.URL, "autoscaling": server.URL},
		SkipCredentialsValidation: true, SkipRequestingAccountID: true,
	}, clk)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Emulator: e, Templates: launchtemplate.Templates{Client: clients.EC2(), Groups: clients.AutoScaling(), Clock: clk}}
	w.image = w.call(t, "ec2", "RegisterImage", map[string]any{"Name": "base", "RootDeviceName": "/dev/xvda"})["ImageId"].(string)
	made := w.call(t, "ec2", "CreateLaunchTemplate", map[string]any{
		"LaunchTemplateName": "shop-web", "LaunchTemplateData": map[string]any{"ImageId": w.image, "InstanceType": "t3.micro"},
	})
	w.id = made["LaunchTemplate"].(map[string]any)["LaunchTemplateId"].(string)
	w.call(t, "autoscaling", "CreateAutoScalingGroup", map[string]any{
		"AutoScalingGroupName": "shop-web", "MinSize": 0, "MaxSize": 0, "AvailabilityZones": []any{region + "a"},
		"LaunchTemplate": map[string]any{"LaunchTemplateId": w.id, "Version": "1"},
	})
	return w
}

func (w *world) call(t *testing.T, service, operation string, in map[string]any) map[string]any {
	t.Helper()
	out, err := w.Call(region, service, operation, in)
	if err != nil {
		t.Fatalf("%s %s: %v", service, operation, err)
	}
	return out
}

func (w *world) order() launchtemplate.Order {
	return launchtemplate.Order{TemplateID: w.id, Source: "1", Overrides: launchtemplate.Overrides{InstanceType: aws.String("t3.small"), Monitoring: aws.Bool(true)}}
}

func TestCreate_lostAnswerMakesOneVersion(t *testing.T) {
	w := newWorld(t)
	w.Inject(emulator.Fault{Service: "ec2", Operation: "CreateLaunchTemplateVersion", Kind: emulator.DropAfter})
	v, _, err := w.Create(t.Context(), w.order())
	if err != nil || v.Number != "2" {
		t.Fatalf("made %+v, %v", v, err)
	}
	if n := w.Count("ec2", "CreateLaunchTemplateVersion"); n != 2 {
		t.Errorf("sent %d times, want 2: the fault did not bite", n)
	}
	if _, err := w.FindVersion(t.Context(), w.id, "3"); !awsapi.IsNotFound(err) {
		t.Errorf("a second version was made: %v", err)
	}
}

// TestCreate_twins: of versions newer than what the caller has, one of just the
// ordered content is taken; anything else is no twin.
func TestCreate_twins(t *testing.T) {
	w := newWorld(t)
	tagged := w.order()
	tagged.Overrides.Tags = map[string]string{"b": "2", "a": "1"}
	described := w.order()
	described.Description = "of ours"
	for _, made := range []struct {
		name  string
		order launchtemplate.Order
		after string
		want  string
	}{
		{"nothing like it", w.order(), "", "2"},
		{"left by a killed Create", w.order(), "", "2"},
		{"the caller has it", w.order(), "2", "3"},
		{"left by a killed Update", w.order(), "2", "3"},
		{"tags more", tagged, "2", "4"},
		{"the same tags", tagged, "2", "4"},
		{"another description", described, "2", "5"},
		{"the newest of two", w.order(), "", "3"},
		{"from another source", launchtemplate.Order{TemplateID: w.id, Source: "4", Overrides: w.order().Overrides}, "", "6"},
	} {
		made.order.After = made.after
		v, _, err := w.Create(t.Context(), made.order)
		if err != nil || v.Number != made.want {
			t.Errorf("%s: version %s, %v; want %s", made.name, v.Number, err, made.want)
		}
	}
}

func TestHas(t *testing.T) {
	w := newWorld(t)
	v, _, err := w.Create(t.Context(), w.order())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		overrides launchtemplate.Overrides
		want      bool
	}{
		"nothing asked":    {launchtemplate.Overrides{}, true},
		"what was ordered": {w.order().Overrides, true},
		"the source's":     {launchtemplate.Overrides{ImageID: &w.image}, true},
		"another type":     {launchtemplate.Overrides{InstanceType: aws.String("t3.micro")}, false},
		"a key":            {launchtemplate.Overrides{KeyName: aws.String("ann")}, false},
		"a tag":            {launchtemplate.Overrides{Tags: map[string]string{"a": ""}}, false},
		"a group":          {launchtemplate.Overrides{SecurityGroupIDs: []string{"sg-1"}}, false},
		"no monitoring":    {launchtemplate.Overrides{Monitoring: aws.Bool(false)}, false},
		"a profile":        {launchtemplate.Overrides{IAMInstanceProfile: aws.String("shop")}, false},
	} {
		if got := v.Has(c.overrides); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

func TestUsersAndDelete(t *testing.T) {
	w := newWorld(t)
	v, _, err := w.Create(t.Context(), w.order())
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string][]string{"1": {"shop-web"}, v.Number: nil} {
		if users, err := w.Users(t.Context(), w.id, number); err != nil || !slices.Equal(users, want) {
			t.Errorf("users of version %s: %v, %v; want %v", number, users, err, want)
		}
	}
	for range 2 { // gone already is fine
		if err := w.Delete(t.Context(), w.id, v.Number); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.FindVersion(t.Context(), w.id, v.Number); !awsapi.IsNotFound(err) {
		t.Errorf("version %s is still there: %v", v.Number, err)
	}
	if err := w.Delete(t.Context(), w.id, "1"); err == nil {
		t.Error("the default version was deleted without an error")
	}
}

func TestCheckImage(t *testing.T) {
	w := newWorld(t)
	if err := w.CheckImage(t.Context(), w.image); err != nil {
		t.Error(err)
	}
	if err := w.CheckImage(t.Context(), "ami-0123456789abcdef0"); !launchtemplate.ImageFault(err) {
		t.Errorf("a missing image: %v", err)
	}
}
