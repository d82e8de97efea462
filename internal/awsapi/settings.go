package awsapi

import (
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"golang.org/x/net/http/httpproxy"
)

// Settings is the provider's configuration. The zero value takes everything
// from the environment, as the AWS CLI does.
type Settings struct {
	Region                 string
	Profile                string
	SharedConfigFiles      []string
	SharedCredentialsFiles []string
	AccessKey              string
	SecretKey              string
	Token                  string

	// AssumeRole is a chain: each role is assumed with the credentials of the
	// one before it.
	AssumeRole                []AssumeRole
	AssumeRoleWithWebIdentity *WebIdentity

	MaxRetries          int    // attempts for each call; 0 means defaultMaxRetries
	RetryMode           string // standard or adaptive
	TokenBucketCapacity int    // of the standard mode's retry quota; 0 means no quota

	CustomCABundle string
	HTTPProxy      *string // nil leaves it to the environment, "" means none
	HTTPSProxy     *string
	NoProxy        string

	// Endpoints holds URLs by the names in Services.
	Endpoints            map[string]string
	UseFIPSEndpoint      bool
	UseDualStackEndpoint bool
	S3UsePathStyle       bool

	SkipCredentialsValidation bool
	SkipRequestingAccountID   bool
	AllowedAccountIDs         []string
	ForbiddenAccountIDs       []string

	// Paced clients keep inside the rates of AWS that many releases share.
	Paced bool

	// Product and Version name the provider in the user agent.
	Product string
	Version string
}

// AssumeRole is one role of the chain.
type AssumeRole struct {
	RoleARN           string
	Duration          time.Duration
	ExternalID        string
	Policy            string
	PolicyARNs        []string
	SessionName       string
	SourceIdentity    string
	Tags              map[string]string
	TransitiveTagKeys []string
}

// WebIdentity is a role assumed with a token of an OpenID Connect provider.
type WebIdentity struct {
	RoleARN     string
	Duration    time.Duration
	Policy      string
	PolicyARNs  []string
	SessionName string
	Token       string
	TokenFile   string
}

// defaultMaxRetries is that of hashicorp/aws: throttling is waited out.
const defaultMaxRetries = 25

// Services are the names under which Settings.Endpoints are given.
func Services() []string {
	return []string{"autoscaling", "cloudwatch", "codedeploy", "ec2", "ecr", "ecrpublic", "ecs", "elbv2", "iam", "lambda", "logs", "s3", "sts"}
}

// base is the settings in the words of aws-sdk-go-base. Credentials are
// validated by New itself, which words failures better.
func (s Settings) base() *awsbase.Config {
	c := &awsbase.Config{
		Region:                         s.Region,
		Profile:                        s.Profile,
		SharedConfigFiles:              s.SharedConfigFiles,
		SharedCredentialsFiles:         s.SharedCredentialsFiles,
		AccessKey:                      s.AccessKey,
		SecretKey:                      s.SecretKey,
		Token:                          s.Token,
		AllowedAccountIds:              s.AllowedAccountIDs,
		ForbiddenAccountIds:            s.ForbiddenAccountIDs,
		MaxRetries:                     s.MaxRetries,
		RetryMode:                      aws.RetryMode(s.RetryMode),
		TokenBucketRateLimiterCapacity: s.TokenBucketCapacity,
		CustomCABundle:                 s.CustomCABundle,
		HTTPProxy:                      s.HTTPProxy,
		HTTPSProxy:                     s.HTTPSProxy,
		HTTPProxyMode:                  awsbase.HTTPProxyModeSeparate,
		NoProxy:                        s.NoProxy,
		UseFIPSEndpoint:                s.UseFIPSEndpoint,
		UseDualStackEndpoint:           s.UseDualStackEndpoint,
		StsEndpoint:                    s.stsEndpoint(),
		SkipCredsValidation:            true,
		SkipRequestingAccountId:        true,
		SuppressDebugLog:               true, // it would log whole requests
		CallerName:                     "AWS Deploy provider",
		CallerDocumentationURL:         "https://registry.terraform.io/providers/awsdeploy/awsdeploy/latest/docs",
		UserAgent:                      awsbase.UserAgentProducts{{Name: s.Product, Version: s.Version}},
	}
	if c.MaxRetries == 0 {
		c.MaxRetries = defaultMaxRetries
	}
	for _, r := range s.AssumeRole {
		c.AssumeRole = append(c.AssumeRole, awsbase.AssumeRole{
			RoleARN: r.RoleARN, Duration: r.Duration, ExternalID: r.ExternalID,
			Policy: r.Policy, PolicyARNs: r.PolicyARNs, SessionName: r.SessionName,
			SourceIdentity: r.SourceIdentity, Tags: r.Tags, TransitiveTagKeys: r.TransitiveTagKeys,
		})
	}
	if w := s.AssumeRoleWithWebIdentity; w != nil {
		c.AssumeRoleWithWebIdentity = &awsbase.AssumeRoleWithWebIdentity{
			RoleARN:  either(w.RoleARN, "AWS_ROLE_ARN"),
			Duration: w.Duration, Policy: w.Policy, PolicyARNs: w.PolicyARNs,
			SessionName:      either(w.SessionName, "AWS_ROLE_SESSION_NAME"),
			WebIdentityToken: w.Token, WebIdentityTokenFile: w.TokenFile,
		}
		if w.Token == "" {
			c.AssumeRoleWithWebIdentity.WebIdentityTokenFile = either(w.TokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE")
		}
	}
	return c
}

// Proxy is the way out that the settings and the environment say, for what is
// no AWS client.
func (s Settings) Proxy() func(*url.URL) (*url.URL, error) {
	p := httpproxy.FromEnvironment()
	if s.HTTPProxy != nil {
		p.HTTPProxy = *s.HTTPProxy
	}
	if s.HTTPSProxy != nil {
		p.HTTPSProxy = *s.HTTPSProxy
	}
	if s.NoProxy != "" {
		p.NoProxy = s.NoProxy
	}
	return p.ProxyFunc()
}

// CABundle is the file of certificates that are trusted beside the system's.
func (s Settings) CABundle() string { return either(s.CustomCABundle, "AWS_CA_BUNDLE") }

// either is what was configured, else what the environment says.
func either(configured, variable string) string {
	if configured != "" {
		return configured
	}
	return os.Getenv(variable)
}

// stsEndpoint is where roles are assumed. The SDK's own reading of the
// environment does not reach the clients that aws-sdk-go-base makes for that.
func (s Settings) stsEndpoint() string {
	if url := s.Endpoints["sts"]; url != "" {
		return url
	}
	if slices.Contains([]string{"true", "TRUE", "True", "1"}, os.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
		return ""
	}
	if url := os.Getenv("AWS_ENDPOINT_URL_STS"); url != "" {
		return url
	}
	return os.Getenv("AWS_ENDPOINT_URL")
}
