package lambdafunction_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/lambdafunction"
)

// world is a function shop-api whose code says "zero".
type world struct {
	*emulator.Emulator
	lambdafunction.Functions
}

func newWorld(t *testing.T, options ...emulator.Option) *world {
	t.Helper()
	clk := clock.NewVirtual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	e := emulator.New(clk, options...)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	clients, err := awsapi.New(t.Context(), awsapi.Settings{
		Region: "eu-central-1", AccessKey: "AKIDTEST", SecretKey: "test", Endpoints: map[string]string{"lambda": server.URL},
		SkipCredentialsValidation: true, SkipRequestingAccountID: true,
	}, clk)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{e, lambdafunction.Functions{Client: clients.Lambda(), Clock: clk}}
	zero, _ := archive(t, "zero")
	if _, err := w.Client.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("shop-api"), Role: aws.String("arn:aws:iam::123456789012:role/shop"),
		Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Code: &types.FunctionCode{ZipFile: zero},
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

func archive(t *testing.T, text string) (body []byte, digest string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("bootstrap")
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), base64.StdEncoding.EncodeToString(sum[:])
}

func order(t *testing.T, text string) lambdafunction.Order {
	t.Helper()
	body, digest := archive(t, text)
	return lambdafunction.Order{Function: "shop-api", SHA256: digest, Code: lambdafunction.Code{Archive: body}}
}

func TestPublish(t *testing.T) {
	w := newWorld(t)
	one := order(t, "one")
	for range 2 { // the second time, nothing changed: the same version
		v, err := w.Publish(t.Context(), one)
		if err != nil || v.Version != "1" || v.CodeSHA256 != one.SHA256 || !strings.HasSuffix(v.ARN, ":shop-api:1") {
			t.Fatalf("published %+v, %v", v, err)
		}
	}
	if n := w.Count("lambda", "UpdateFunctionCode"); n != 1 {
		t.Errorf("code was sent %d times, want once", n)
	}
	if v, err := w.Publish(t.Context(), order(t, "two")); err != nil || v.Version != "2" {
		t.Errorf("published %+v, %v", v, err)
	}
}

func TestPublish_lostAnswersMakeOneVersion(t *testing.T) {
	for _, operation := range []string{"UpdateFunctionCode", "PublishVersion"} {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			w.Inject(emulator.Fault{Service: "lambda", Operation: operation, Kind: emulator.DropAfter})
			v, err := w.Publish(t.Context(), order(t, "one"))
			if err != nil || v.Version != "1" {
				t.Fatalf("published %+v, %v", v, err)
			}
			if n := w.Count("lambda", operation); n != 2 {
				t.Errorf("%s was sent %d times, want 2: the fault did not bite", operation, n)
			}
			if v, err := w.Publish(t.Context(), order(t, "two")); err != nil || v.Version != "2" {
				t.Errorf("then published %+v, %v", v, err)
			}
		})
	}
}

// TestPublish_neverMixes moves $LATEST between each read and the change that
// rests on it.
func TestPublish_neverMixes(t *testing.T) {
	for operation, foreign := range map[string]string{
		"UpdateFunctionCode": "settings changed: [MemorySize]",
		"PublishVersion":     "settings changed: [MemorySize]",
	} {
		t.Run(operation, func(t *testing.T) {
			var w *world
			done := false
			w = newWorld(t, emulator.OnCall(func(c emulator.Call, acted bool) bool {
				if c.Operation != operation || acted || done {
					return true
				}
				done = true
				if _, err := w.Call("eu-central-1", "lambda", "UpdateFunctionConfiguration", map[string]any{"FunctionName": "shop-api", "MemorySize": 512}); err != nil {
					t.Error(err)
				}
				return true
			}))
			v, err := w.Publish(t.Context(), order(t, "one"))
			if err == nil || !strings.Contains(err.Error(), "somebody else changed $LATEST") || !strings.Contains(err.Error(), foreign) {
				t.Errorf("published %+v, %v", v, err)
			}
			listed, listErr := w.Client.ListVersionsByFunction(t.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: aws.String("shop-api")})
			if listErr != nil || len(listed.Versions) != 1 {
				t.Errorf("%d versions with $LATEST (%v), want none published", len(listed.Versions), listErr)
			}
		})
	}
}

func TestPublish_failures(t *testing.T) {
	for step, want := range map[string]string{
		"update":  "the update of function shop-api failed: The layer is gone (InvalidConfiguration)",
		"publish": "version 1 of function shop-api failed to become active: The layer is gone (InvalidConfiguration)",
	} {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			w.FailFunction("eu-central-1", "shop-api", emulator.FunctionFailure{Operation: step, Reason: "The layer is gone", ReasonCode: "InvalidConfiguration"})
			_, err := w.Publish(t.Context(), order(t, "one"))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}

func TestFind_missing(t *testing.T) {
	w := newWorld(t)
	for _, c := range [][2]string{{"nobody", lambdafunction.Latest}, {"shop-api", "9"}} {
		if _, err := w.Find(t.Context(), c[0], c[1]); !awsapi.IsNotFound(err) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestPublish_replacedSource: a name that holds other code than it did is an
// error that says so, not a version of what nobody planned.
func TestPublish_replacedSource(t *testing.T) {
	w := newWorld(t)
	o := order(t, "two")
	o.SHA256 = order(t, "one").SHA256
	if v, err := w.Publish(t.Context(), o); err == nil || !strings.Contains(err.Error(), "it was replaced under its name") {
		t.Errorf("published %+v, %v", v, err)
	}
}
