package awsapi_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws-cn:iam::123456789012:user/ann</Arn><UserId>U</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>`

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// isolate hides the machine's own AWS settings from the test.
func isolate(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "AWS_ROLE_ARN", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/credentials")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func settings(url string) awsapi.Settings {
	return awsapi.Settings{
		Region: "cn-north-1", AccessKey: "AKIDEXAMPLE", SecretKey: "secret",
		Endpoints: map[string]string{"sts": url, "autoscaling": url, "cloudwatch": url},
		Product:   "terraform-provider-awsdeploy", Version: "1.2.3",
	}
}

func TestNew_learnsTheAccount(t *testing.T) {
	isolate(t)
	var agent atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent.Store(r.UserAgent())
		w.Write([]byte(identity))
	}))
	defer server.Close()

	c, err := awsapi.New(t.Context(), settings(server.URL), clock.NewVirtual(start))
	if err != nil {
		t.Fatal(err)
	}
	if c.AccountID != "123456789012" || c.Partition != "aws-cn" || c.Region != "cn-north-1" {
		t.Errorf("account %q, partition %q, region %q", c.AccountID, c.Partition, c.Region)
	}
	if got := agent.Load().(string); !strings.Contains(got, "terraform-provider-awsdeploy/1.2.3") {
		t.Errorf("user agent %q does not name the provider and its version", got)
	}
}

func TestNew_readsTheEnvironment(t *testing.T) {
	isolate(t)
	var scope atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scope.Store(r.Header.Get("Authorization"))
		w.Write([]byte(identity))
	}))
	defer server.Close()
	t.Setenv("AWS_REGION", "eu-central-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDFROMENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_ENDPOINT_URL", server.URL)

	c, err := awsapi.New(t.Context(), awsapi.Settings{}, clock.NewVirtual(start))
	if err != nil {
		t.Fatal(err)
	}
	if got := scope.Load().(string); c.Region != "eu-central-1" || !strings.Contains(got, "AKIDFROMENV/") || !strings.Contains(got, "/eu-central-1/sts/") {
		t.Errorf("region %q, signed %q", c.Region, got)
	}
}

func TestNew_refusals(t *testing.T) {
	closed := closedPort(t)
	for name, c := range map[string]struct {
		answer    string
		status    int
		change    func(*awsapi.Settings)
		attribute string
		says      []string
	}{
		"no region": {change: func(s *awsapi.Settings) { s.Region = "" }, attribute: "region", says: []string{"AWS_REGION"}},
		"no credentials": {
			change: func(s *awsapi.Settings) { s.AccessKey, s.SecretKey = "", "" },
			says:   []string{"No valid", "access_key"},
		},
		"unknown profile": {
			change:    func(s *awsapi.Settings) { s.AccessKey, s.SecretKey, s.Profile = "", "", "nobody" },
			attribute: "profile", says: []string{"nobody"},
		},
		"unknown key": {
			status: 403,
			answer: `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>`,
			says:   []string{"AWS refuses the credentials", "InvalidClientTokenId", "access_key", "cn-north-1"},
		},
		"expired": {
			status: 403,
			answer: `<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`,
			says:   []string{"expired", "Sign in again"},
		},
		"nothing listens": {
			change:    func(s *awsapi.Settings) { s.Endpoints["sts"] = closed },
			attribute: "endpoints", says: []string{"STS GetCallerIdentity", closed, "connection refused", "cn-north-1"},
		},
		"no such host": {
			change:    func(s *awsapi.Settings) { s.Endpoints["sts"] = "http://nowhere.invalid" },
			attribute: "endpoints", says: []string{"http://nowhere.invalid"},
		},
		"another account": {
			answer: identity, change: func(s *awsapi.Settings) { s.AllowedAccountIDs = []string{"999999999999"} },
			attribute: "allowed_account_ids", says: []string{"123456789012"},
		},
		"account not asked": {
			change: func(s *awsapi.Settings) {
				s.SkipCredentialsValidation, s.SkipRequestingAccountID, s.ForbiddenAccountIDs = true, true, []string{"9"}
			},
			attribute: "skip_requesting_account_id", says: []string{"forbidden_account_ids"},
		},
		"no CA bundle": {
			change:    func(s *awsapi.Settings) { s.CustomCABundle = "/nowhere/ca.pem" },
			attribute: "custom_ca_bundle", says: []string{"/nowhere/ca.pem"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(max(c.status, 200))
				w.Write([]byte(c.answer))
			}))
			defer server.Close()
			s := settings(server.URL)
			if c.change != nil {
				c.change(&s)
			}
			_, err := awsapi.New(t.Context(), s, clock.NewVirtual(start))
			var config *awsapi.ConfigError
			if !errors.As(err, &config) {
				t.Fatalf("error %v, want a *ConfigError", err)
			}
			if config.Attribute != c.attribute {
				t.Errorf("attribute %q, want %q", config.Attribute, c.attribute)
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestClients_backOffOnTheClock(t *testing.T) {
	isolate(t)
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= 6 {
			w.WriteHeader(400)
			w.Write([]byte(`<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`))
			return
		}
		w.Write([]byte(`<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`))
	}))
	defer server.Close()
	clk := clock.NewVirtual(start)
	s := settings(server.URL)
	s.SkipCredentialsValidation, s.SkipRequestingAccountID = true, true
	c, err := awsapi.New(t.Context(), s, clk)
	if err != nil {
		t.Fatal(err)
	}
	leave := clk.Join() // as a release under way
	defer leave()
	if _, err := c.AutoScaling().DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{}); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 7 || clk.Now().Equal(start) {
		t.Errorf("%d calls, clock moved by %v; want 7 calls with waits between them", calls.Load(), clk.Now().Sub(start))
	}
}

func TestClients_unreachableEndsSoon(t *testing.T) {
	isolate(t)
	clk := clock.NewVirtual(start)
	s := settings(closedPort(t))
	s.SkipCredentialsValidation, s.SkipRequestingAccountID = true, true
	c, err := awsapi.New(t.Context(), s, clk)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.STS().GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if !awsapi.IsUnreachable(err) || clk.Now().Sub(start) > 10*time.Second {
		t.Errorf("after %v: %v", clk.Now().Sub(start), err)
	}
	if got := awsapi.Describe(err); !strings.Contains(got, "STS GetCallerIdentity: cannot reach "+s.Endpoints["sts"]) {
		t.Errorf("described as %q", got)
	}
}

// closedPort is the URL of a port where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
