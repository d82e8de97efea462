package acctest

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// Function is a Lambda function made for a test.
type Function struct {
	Name  string
	aws   *awsapi.Clients
	world *World
	t     *testing.T
	built int
}

// NewFunction makes a function with that many published versions.
func (w *World) NewFunction(t *testing.T, name string, versions int) *Function {
	t.Helper()
	f := &Function{Name: name, aws: w.Clients(t), world: w, t: t}
	_, err := f.aws.Lambda().CreateFunction(context.Background(), &lambda.CreateFunctionInput{
		FunctionName: aws.String(name), Role: aws.String(w.role(t)), Runtime: types.RuntimeProvidedal2023,
		Handler: aws.String("bootstrap"), Code: &types.FunctionCode{ZipFile: f.build()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.Emulator == nil {
		t.Cleanup(f.delete)
		f.settle("$LATEST")
	}
	for n := range versions {
		if n > 0 {
			f.update()
		}
		f.publish()
	}
	if w.Emulator != nil {
		w.Emulator.ForgetCalls()
	}
	return f
}

func (f *Function) delete() {
	if _, err := f.aws.Lambda().DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: aws.String(f.Name)}); err != nil {
		f.t.Error(err)
	}
}

// build makes code that no build made before.
func (f *Function) build() []byte {
	f.built++
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	file, err := z.Create("bootstrap")
	if err == nil {
		_, err = fmt.Fprintf(file, "#!/bin/sh\n# build %d\n", f.built)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return out.Bytes()
}

func (f *Function) update() {
	f.t.Helper()
	if _, err := f.aws.Lambda().UpdateFunctionCode(context.Background(), &lambda.UpdateFunctionCodeInput{
		FunctionName: aws.String(f.Name), ZipFile: f.build(),
	}); err != nil {
		f.t.Fatal(err)
	}
}

// Upload publishes new code as a version, and does not wait until it is Active.
func (f *Function) Upload() {
	f.t.Helper()
	if _, err := f.aws.Lambda().UpdateFunctionCode(context.Background(), &lambda.UpdateFunctionCodeInput{
		FunctionName: aws.String(f.Name), ZipFile: f.build(), Publish: true,
	}); err != nil {
		f.t.Fatal(err)
	}
}

// Configure changes $LATEST's configuration and publishes it as a version.
func (f *Function) Configure(in *lambda.UpdateFunctionConfigurationInput) {
	f.t.Helper()
	in.FunctionName = aws.String(f.Name)
	if _, err := f.aws.Lambda().UpdateFunctionConfiguration(context.Background(), in); err != nil {
		f.t.Fatal(err)
	}
	f.publish()
}

func (f *Function) publish() {
	f.t.Helper()
	f.settle("$LATEST")
	out, err := f.aws.Lambda().PublishVersion(context.Background(), &lambda.PublishVersionInput{FunctionName: aws.String(f.Name)})
	if err != nil {
		f.t.Fatal(err)
	}
	f.settle(aws.ToString(out.Version))
}

// settle waits until a version has taken its last change.
func (f *Function) settle(version string) {
	f.t.Helper()
	for range 100 {
		out, err := f.aws.Lambda().GetFunctionConfiguration(context.Background(), &lambda.GetFunctionConfigurationInput{
			FunctionName: aws.String(f.Name), Qualifier: aws.String(version),
		})
		switch {
		case err != nil:
			f.t.Fatal(err)
		case out.State == types.StateActive && out.LastUpdateStatus != types.LastUpdateStatusInProgress:
			return
		}
		_ = f.world.Clock.Sleep(context.Background(), time.Second)
	}
	f.t.Fatalf("%s:%s never settled", f.Name, version)
}

// NewAlias makes an alias that serves a version.
func (f *Function) NewAlias(name, version string) {
	f.t.Helper()
	if _, err := f.aws.Lambda().CreateAlias(context.Background(), &lambda.CreateAliasInput{
		FunctionName: aws.String(f.Name), Name: aws.String(name), FunctionVersion: aws.String(version),
	}); err != nil {
		f.t.Fatal(err)
	}
}

// SetAlias makes an alias serve what an operator wants: the version, and with
// a weight another one beside it.
func (f *Function) SetAlias(name, version, other string, weight float64) {
	f.t.Helper()
	if _, err := f.aws.Lambda().UpdateAlias(context.Background(), f.routing(name, version, other, weight)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *Function) routing(name, version, other string, weight float64) *lambda.UpdateAliasInput {
	weights := map[string]float64{}
	if other != "" {
		weights[other] = weight
	}
	return &lambda.UpdateAliasInput{FunctionName: aws.String(f.Name), Name: aws.String(name), FunctionVersion: aws.String(version),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}}
}

// SetAliasLater is SetAlias at a moment from now.
func (f *Function) SetAliasLater(d time.Duration, name, version, other string, weight float64) {
	weights := map[string]any{}
	if other != "" {
		weights[other] = weight
	}
	f.world.Later(f.t, d, "lambda", "UpdateAlias", map[string]any{"FunctionName": f.Name, "Name": name,
		"FunctionVersion": version, "RoutingConfig": map[string]any{"AdditionalVersionWeights": weights}})
}

// Behave says what a version does when it is invoked.
func (f *Function) Behave(version string, b emulator.FunctionBehaviour) {
	f.world.Emulator.SetFunctionBehaviour(Region, f.Name, version, b)
}

// Serves is where an alias points: "5", or "5+7:0.1" with a weight on 7.
func (f *Function) Serves(name string) string {
	f.t.Helper()
	out, err := f.aws.Lambda().GetAlias(context.Background(), &lambda.GetAliasInput{FunctionName: aws.String(f.Name), Name: aws.String(name)})
	if err != nil {
		f.t.Fatal(err)
	}
	text := aws.ToString(out.FunctionVersion)
	if out.RoutingConfig != nil {
		for _, v := range slices.Sorted(maps.Keys(out.RoutingConfig.AdditionalVersionWeights)) {
			text += fmt.Sprintf("+%s:%g", v, out.RoutingConfig.AdditionalVersionWeights[v])
		}
	}
	return text
}

// Moves are the changes of aliases that the emulator was asked for and made,
// in order, as Serves writes them.
func (f *Function) Moves() string {
	var out []string
	for _, c := range f.world.Emulator.Calls() {
		if !moved(c) {
			continue
		}
		out = append(out, pointing(c.Input))
	}
	return strings.Join(out, " ")
}

// pointing is where a call's members make an alias point, as Serves writes it.
func pointing(members map[string]any) string {
	text, _ := members["FunctionVersion"].(string)
	routing, _ := members["RoutingConfig"].(map[string]any)
	weights, _ := routing["AdditionalVersionWeights"].(map[string]any)
	for _, v := range slices.Sorted(maps.Keys(weights)) {
		text += fmt.Sprintf("+%s:%v", v, weights[v])
	}
	return text
}

// Code is a ZIP of code that the function never had.
func (f *Function) Code() []byte { return f.build() }
