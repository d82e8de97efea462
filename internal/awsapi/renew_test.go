package awsapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// sessions hands out a new session each time, and takes only the last ones.
type sessions struct {
	mu      sync.Mutex
	handed  int
	expired int // sessions up to this one have run out
}

func (s *sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	number := 0
	_, key, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=ASIASESSION")
	_, _ = fmt.Sscanf(key, "%d/", &number)
	switch action := r.Form.Get("Action"); {
	case action == "AssumeRole":
		s.handed++
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, s.handed)
	case number <= s.expired:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`)
	case action == "GetCallerIdentity":
		fmt.Fprint(w, identity)
	default:
		fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><AutoScalingGroups/></%[1]sResult></%[1]sResponse>`, action)
	}
}

// TestRenewal: AWS says that a session has run out, whatever our clock says.
func TestRenewal(t *testing.T) {
	isolate(t)
	s := &sessions{}
	server := httptest.NewServer(s)
	defer server.Close()
	set := settings(server.URL)
	set.AssumeRole = []awsapi.AssumeRole{{RoleARN: "arn:aws-cn:iam::123456789012:role/deployer"}}
	c, err := awsapi.New(t.Context(), set, clock.NewVirtual(start))
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func() error{
		"a call": func() error {
			_, err := c.AutoScaling().DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
			return err
		},
		"a shared read": func() error {
			if _, err := c.Group(t.Context(), "shop-web"); !awsapi.IsNotFound(err) {
				return err
			}
			return nil
		},
	}
	for name, call := range calls {
		s.expired = s.handed
		if err := call(); err != nil || s.handed != s.expired+1 {
			t.Errorf("%s after the session ended: %v, %d sessions begun", name, err, s.handed-s.expired)
		}
	}
	for name, call := range calls {
		before := s.handed
		s.expired = before + 100 // the new ones are refused too: the role's own clock is off
		if err := call(); !awsapi.IsExpired(err) || s.handed > before+30 {
			t.Errorf("%s that no session may make: %v, %d sessions begun", name, err, s.handed-before)
		}
	}
}

// TestRenewal_cannot: a session token of the environment is what it is.
func TestRenewal_cannot(t *testing.T) {
	isolate(t)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		(&sessions{}).ServeHTTP(w, r)
	}))
	defer server.Close()
	set := settings(server.URL)
	set.Token, set.SkipCredentialsValidation, set.SkipRequestingAccountID = "token", true, true
	c, err := awsapi.New(t.Context(), set, clock.NewVirtual(start))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AutoScaling().DescribeAutoScalingGroups(t.Context(), nil); !awsapi.IsExpired(err) || asked != 1 {
		t.Errorf("answered %v after %d requests, want that it expired, after one", err, asked)
	}
}
