package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// ErrNotFound is wrapped by finders when AWS answers without the thing.
var ErrNotFound = errors.New("not found")

// Code is the code of AWS's refusal, empty when err is none.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// IsNotFound tells that the thing asked for does not exist.
func IsNotFound(err error) bool {
	if errors.Is(err, ErrNotFound) {
		return true
	}
	code := Code(err)
	return strings.HasSuffix(code, ".NotFound") || // EC2: InvalidLaunchTemplateId.NotFound, InvalidAMIID.NotFound, …
		slices.Contains([]string{
			"ResourceNotFoundException", "ResourceNotFound", "InvalidAMIID.Unavailable",
			"InvalidLaunchTemplateId.VersionNotFound", "InvalidLaunchTemplateName.NotFoundException",
			"TargetGroupNotFound", "LoadBalancerNotFound", "RepositoryNotFoundException", "ImageNotFoundException",
			"ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException",
			"DeploymentConfigDoesNotExistException", "DeploymentDoesNotExistException",
			"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "NotFound", "NoSuchEntity",
		}, code)
}

// Status is the HTTP status of AWS's answer; 0 when there was none.
func Status(err error) int {
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return answer.HTTPStatusCode()
	}
	return 0
}

// IsThrottled tells that AWS asks to be called less often.
func IsThrottled(err error) bool {
	return slices.Contains([]string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
		"RequestThrottled", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown",
		"BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete",
	}, Code(err))
}

// IsAccessDenied tells that the credentials are good and not allowed this.
func IsAccessDenied(err error) bool {
	return slices.Contains([]string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
		"NotAuthorized", "UnauthorizedAccess", "Forbidden", // the last is S3's, which answers HEAD with a status alone
	}, Code(err))
}

// IsExpired tells that temporary credentials have run out.
func IsExpired(err error) bool {
	return slices.Contains([]string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}, Code(err))
}

// IsBadCredentials tells that AWS does not know the credentials.
func IsBadCredentials(err error) bool {
	return slices.Contains([]string{
		"InvalidClientTokenId", "AuthFailure", "SignatureDoesNotMatch", "InvalidAccessKeyId",
		"UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationToken",
		"IncompleteSignature", "OptInRequired",
	}, Code(err))
}

// IsConflict tells that another operation on the thing is in progress, or
// that it changed since it was read.
func IsConflict(err error) bool {
	return slices.Contains([]string{
		"ResourceConflictException", "ResourceInUseException", "PreconditionFailedException", "PreconditionFailed",
		"InstanceRefreshInProgress", "InstanceRefreshInProgressFault", "ResourceContention", "ScalingActivityInProgress",
		"ConflictException", "OperationAborted", "IdempotentParameterMismatch",
	}, Code(err))
}

// IsTemporary tells trouble of the moment, which says nothing about what was
// asked: throttling, another operation in progress, a failing service, an
// answer that did not come, credentials that ran out.
func IsTemporary(err error) bool {
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() >= http.StatusInternalServerError {
		return true
	}
	return err != nil && (IsThrottled(err) || IsConflict(err) || IsExpired(err) || Code(err) == "")
}

// IsUnreachable tells that nobody heard the request: nothing was done.
func IsUnreachable(err error) bool { return isUnreachable(err) }

// IsLost tells that no answer came: what was asked may have been done.
func IsLost(err error) bool {
	return err != nil && Code(err) == "" && !isUnreachable(err)
}

// Describe words err for a diagnostic: the operation, AWS's code and
// message, without request ids and the SDK's wrappings.
func Describe(err error) string {
	if err == nil {
		return ""
	}
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return err.Error()
	}
	// What stands before the operation is our own telling of what was done.
	lead, _, raw := strings.Cut(err.Error(), op.Error())
	if !raw {
		return err.Error() // described already
	}
	said := cause(op.Err)
	if IsAccessDenied(err) {
		said += allow(err, said)
	}
	return lead + fmt.Sprintf("%s %s: %s", serviceName(op.ServiceID), op.OperationName, said)
}

func cause(err error) string {
	var api smithy.APIError
	var u *url.Error
	switch {
	case errors.As(err, &api):
		if api.ErrorMessage() == "" {
			return api.ErrorCode()
		}
		return api.ErrorCode() + ": " + api.ErrorMessage()
	case errors.As(err, &u) && errors.Is(u.Err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer from %s", host(u.URL))
	case errors.As(err, &u):
		return fmt.Sprintf("cannot reach %s: %v", host(u.URL), u.Err)
	}
	return err.Error()
}

// host is a URL without its query, which for some services holds a signature.
func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the endpoint"
	}
	return u.Scheme + "://" + u.Host
}

// serviceName is AWS's short name of a service, as its console shows it.
func serviceName(id string) string {
	if id == "Elastic Load Balancing v2" {
		return "Elastic Load Balancing"
	}
	return id
}
