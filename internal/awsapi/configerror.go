package awsapi

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/aws-sdk-go-base/v2/diag"
)

// ConfigError is what is wrong with the provider's configuration.
type ConfigError struct {
	Attribute string // the provider's attribute at fault, if it is one
	Summary   string
	Detail    string
}

func (e *ConfigError) Error() string { return e.Summary + ": " + e.Detail }

// credentialsError words what kept aws-sdk-go-base from finding credentials.
func credentialsError(d diag.Diagnostic, stsEndpoint string) *ConfigError {
	e := &ConfigError{Summary: "No valid AWS credentials", Detail: strings.TrimSpace(d.Detail())}
	if e.Detail == "" {
		e.Detail = d.Summary()
	}
	withErr, ok := d.(diag.DiagnosticWithErr)
	if !ok {
		return e
	}
	err := withErr.Err()
	switch {
	case strings.Contains(d.Summary(), "web identity"):
		e.Attribute, e.Summary = "assume_role_with_web_identity", "Cannot assume role"
	case strings.Contains(d.Summary(), "assume"):
		e.Attribute, e.Summary = "assume_role", "Cannot assume role"
		e.Detail += "\n\nThe credentials must be allowed sts:AssumeRole on this role (the guide IAM has the whole policy), and the role's trust policy must let them in."
	case strings.Contains(err.Error(), "custom CA bundle"):
		e.Attribute, e.Summary = "custom_ca_bundle", "Cannot read CA bundle"
		e.Detail = fmt.Sprintf("custom_ca_bundle (or AWS_CA_BUNDLE) must name a readable file of PEM certificates: %v.", err)
	case strings.Contains(err.Error(), "failed to get shared config profile"):
		e.Attribute, e.Summary = "profile", "Unknown profile"
		e.Detail = fmt.Sprintf("%v. Set profile (or AWS_PROFILE) to one that the shared configuration or credentials file defines.", err)
	case isUnreachable(err):
		e.Detail = fmt.Sprintf("STS cannot be reached while finding credentials: %s. "+
			"Check region, the sts endpoint%s and the network.", Describe(err), quoted(stsEndpoint))
	default:
		e.Detail += "\n\nSet access_key and secret_key, profile, assume_role, or the environment variables that the AWS CLI reads."
	}
	return e
}

func quoted(url string) string {
	if url == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", url)
}

// identityError words why the first call failed.
func (c *Clients) identityError(err error) *ConfigError {
	e := &ConfigError{Detail: Describe(err) + ".\n\n"}
	var where string
	if url := c.endpoints["sts"]; url != "" {
		where = fmt.Sprintf("the sts endpoint %s (region %s)", url, c.Region)
	} else if base := c.config.BaseEndpoint; base != nil {
		where = fmt.Sprintf("the endpoint %s (region %s)", *base, c.Region)
	} else {
		where = fmt.Sprintf("the STS endpoint of region %s", c.Region)
	}
	switch {
	case IsExpired(err):
		e.Summary = "AWS credentials have expired"
		e.Detail += "Sign in again (for example aws sso login), then run Terraform again."
	case IsBadCredentials(err):
		e.Summary = "AWS refuses the credentials"
		e.Detail += fmt.Sprintf("STS was asked at %s. Check access_key, secret_key and token, the profile, or the environment variables AWS_*.", where)
	case Code(err) == "" && !errors.Is(err, ErrNotFound):
		e.Attribute, e.Summary = "region", "AWS cannot be reached"
		if c.endpoints["sts"] != "" {
			e.Attribute = "endpoints"
		}
		e.Detail += fmt.Sprintf("STS was asked at %s. Check the region's name, the endpoint, the proxy settings and the network. "+
			"Where STS is out of reach on purpose, set skip_credentials_validation and skip_requesting_account_id.", where)
	default:
		e.Summary = "Credentials cannot be checked"
		e.Detail += fmt.Sprintf("STS was asked at %s.", where)
	}
	return e
}

func partitionOf(raw string) string {
	parsed, err := arn.Parse(raw)
	if err != nil {
		return ""
	}
	return parsed.Partition
}
