package emulator

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// callEach makes one call of each service.
func callEach(config aws.Config) map[string]error {
	ctx, failures := context.Background(), map[string]error{}
	_, failures["autoscaling"] = autoscaling.NewFromConfig(config).DescribeAutoScalingGroups(ctx, nil)
	_, failures["cloudwatch"] = cloudwatch.NewFromConfig(config).DescribeAlarms(ctx, nil)
	_, failures["ec2"] = ec2.NewFromConfig(config).DescribeInstances(ctx, nil)
	_, failures["ecr"] = ecr.NewFromConfig(config).DescribeRepositories(ctx, nil)
	_, failures["elasticloadbalancing"] = elasticloadbalancingv2.NewFromConfig(config).DescribeTargetGroups(ctx, nil)
	_, failures["lambda"] = lambda.NewFromConfig(config).ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: aws.String("f")})
	_, failures["s3"] = s3Client(config).ListBuckets(ctx, &s3.ListBucketsInput{})
	_, failures["sts"] = sts.NewFromConfig(config).GetCallerIdentity(ctx, nil)
	return failures
}

// TestEachServiceRefusesInItsOwnWords: clients retry, re-authenticate or give
// up by these codes.
func TestEachServiceRefusesInItsOwnWords(t *testing.T) {
	query := func(code string) map[string]string {
		return map[string]string{"autoscaling": code, "cloudwatch": code, "elasticloadbalancing": code, "sts": code}
	}
	with := func(codes map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			codes[more[i]] = more[i+1]
		}
		return codes
	}
	for _, one := range []struct {
		kind  FaultKind
		codes map[string]string
	}{
		{Throttle, with(query("Throttling"), "ec2", "RequestLimitExceeded", "ecr", "ThrottlingException", "lambda", "TooManyRequestsException", "s3", "SlowDown")},
		{ServerError500, with(query("InternalFailure"), "ec2", "InternalError", "ecr", "ServerException", "lambda", "ServiceException", "s3", "InternalError")},
		{Unavailable503, with(query("ServiceUnavailable"), "ec2", "Unavailable", "ecr", "ServiceUnavailable", "lambda", "ServiceUnavailable", "s3", "ServiceUnavailable")},
		{Denied, with(query("AccessDenied"), "ec2", "UnauthorizedOperation", "ecr", "AccessDeniedException", "lambda", "AccessDeniedException", "s3", "AccessDenied")},
		{ExpiredToken, with(query("ExpiredToken"), "ec2", "RequestExpired", "ecr", "ExpiredTokenException", "lambda", "ExpiredTokenException", "s3", "ExpiredToken")},
	} {
		e, config := serveTest(t)
		e.Inject(Fault{Kind: one.kind, Times: -1})
		for service, err := range callEach(config) {
			t.Run(fmt.Sprint(one.kind, " ", service), func(t *testing.T) { wantCode(t, err, one.codes[service]) })
		}
	}
	e, config := serveTest(t, WithCredentials("AKIDOTHER"))
	keys := with(query("InvalidClientTokenId"), "ec2", "AuthFailure", "ecr", "UnrecognizedClientException", "lambda", "UnrecognizedClientException", "s3", "InvalidAccessKeyId")
	for service, err := range callEach(config) {
		t.Run("a wrong key "+service, func(t *testing.T) { wantCode(t, err, keys[service]) })
	}
	for _, c := range e.Calls() {
		if c.Acted {
			t.Errorf("%s acted for a wrong key", c.Service)
		}
	}
}

func TestFaultsMeetExactlyTheirCalls(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := ecr.NewFromConfig(config), context.Background()
	create := func(name string) error {
		_, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &name})
		return err
	}
	e.Inject(Fault{Service: "ecr", Operation: "CreateRepository", After: 2, Kind: DropBefore})
	e.Inject(Fault{Service: "ecr", Operation: "CreateRepository", After: 3, Kind: DropAfter})
	var outcome []string
	for _, name := range []string{"aa", "bb", "cc", "dd", "ee"} {
		if err := create(name); err != nil {
			outcome = append(outcome, name+" failed")
		}
	}
	same(t, "outcome", outcome, []string{"cc failed", "dd failed"})
	out, err := client.DescribeRepositories(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range out.Repositories {
		names = append(names, *r.RepositoryName)
	}
	same(t, "made", names, []string{"aa", "bb", "dd", "ee"})
	var acted []bool
	for _, c := range e.Calls()[:5] {
		acted = append(acted, c.Acted)
	}
	same(t, "acted", acted, []bool{true, true, false, true, true})
}

// TestFaultsEnd: Times counts the calls that a fault meets.
func TestFaultsEnd(t *testing.T) {
	e, config := serveTest(t)
	client := sts.NewFromConfig(config)
	failed := func() (n int) {
		for range 4 {
			if _, err := client.GetCallerIdentity(context.Background(), nil); err != nil {
				n++
			}
		}
		return n
	}
	var got []int
	for _, times := range []int{0, 1, 3, -1} {
		e.Inject(Fault{Kind: ServerError500, Times: times})
		got = append(got, failed())
		e.Heal()
	}
	same(t, "failed of four", append(got, failed()), []int{1, 1, 3, 4, 0})
}

// TestFaultsLast: For counts from the first call that a fault meets.
func TestFaultsLast(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := sts.NewFromConfig(config), context.Background()
	e.Inject(Fault{Kind: Throttle, After: 1, For: time.Minute})
	var got []bool
	for range 5 {
		_, err := client.GetCallerIdentity(ctx, nil)
		got = append(got, err == nil)
		if err := e.clock.Sleep(ctx, 25*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "passed", got, []bool{true, false, false, false, true})
}

func TestStaleReadAnswersAsBefore(t *testing.T) {
	e, config := serveTest(t)
	client, ctx := ecr.NewFromConfig(config), context.Background()
	count := func() int {
		out, err := client.DescribeRepositories(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Repositories)
	}
	seen := []int{count()}
	if _, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("web")}); err != nil {
		t.Fatal(err)
	}
	e.Inject(Fault{Kind: StaleRead})
	seen = append(seen, count(), count())
	same(t, "repositories seen", seen, []int{0, 0, 1})
}

func TestSlowWaitsOnTheClockAndBlocksNobody(t *testing.T) {
	e, config := serveTest(t)
	e.Inject(Fault{Service: "sts", Kind: Slow, Delay: time.Hour})
	if _, err := sts.NewFromConfig(config).GetCallerIdentity(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	same(t, "time", e.Now(), noon.Add(time.Hour))
}

func TestRates(t *testing.T) {
	e, config := serveTest(t, WithRates(map[string]Rate{"sts:GetCallerIdentity": {PerSecond: 0.5, Burst: 2}}))
	client, ctx := sts.NewFromConfig(config), context.Background()
	try := func() bool { _, err := client.GetCallerIdentity(ctx, nil); return err == nil }
	got := []bool{try(), try(), try()}
	if err := e.clock.Sleep(ctx, 2*time.Second); err != nil {
		t.Fatal(err)
	}
	got = append(got, try(), try())
	same(t, "passed", got, []bool{true, true, false, true, false})
}

func TestAllowedActions(t *testing.T) {
	_, config := serveTest(t, WithAllowedActions(func(service, operation string) bool {
		return service+":"+operation == "cloudwatch:DescribeAlarms"
	}))
	failures := callEach(config)
	if err := failures["cloudwatch"]; err != nil {
		t.Errorf("the allowed call: %v", err)
	}
	wantCode(t, failures["ec2"], "UnauthorizedOperation")
	if !strings.Contains(failures["autoscaling"].Error(), "is not authorized to perform: autoscaling:DescribeAutoScalingGroups") {
		t.Errorf("the refusal does not name the action: %v", failures["autoscaling"])
	}
}

// TestOnCallKillsAtEachCall: the hook is told every call twice, in order, and
// decides whether it happens and whether it is answered.
func TestOnCallKillsAtEachCall(t *testing.T) {
	var mu sync.Mutex // the hook runs in the server's goroutines
	var told []string
	kill := 0
	e, config := serveTest(t, OnCall(func(c Call, acted bool) bool {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprint(c.Number, " ", c.Operation, " ", acted))
		return kill == 0 || !(c.Number == kill && !acted || c.Number == -kill && acted)
	}))
	client, ctx := ecr.NewFromConfig(config), context.Background()
	create := func(name string) error {
		_, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &name})
		return err
	}
	for i, one := range []struct {
		kill  int
		fails bool
	}{{0, false}, {2, true}, {-3, true}} {
		mu.Lock()
		kill = one.kill
		mu.Unlock()
		if err := create(fmt.Sprint("r", i)); (err != nil) != one.fails {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	same(t, "told", told, []string{
		"1 CreateRepository false", "1 CreateRepository true", "2 CreateRepository false",
		"3 CreateRepository false", "3 CreateRepository true",
	})
	var acted []bool
	for _, c := range e.Calls() {
		acted = append(acted, c.Acted)
	}
	same(t, "acted", acted, []bool{true, false, true})
}

func TestUnsignedRequestsAreRefused(t *testing.T) {
	server := httptest.NewServer(New(clock.NewVirtual(noon)))
	defer server.Close()
	answer, err := http.Post(server.URL, "application/x-www-form-urlencoded", strings.NewReader("Action=DescribeInstances&Version=2016-11-15"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	same(t, "status", answer.StatusCode, http.StatusForbidden)
}
