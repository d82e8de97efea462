package lambdafunction

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// sendAttempts is how often a change is sent when AWS was merely busy.
const sendAttempts = 3

// Code is what a version is made of: an archive, an object in S3, or an image.
type Code struct {
	Archive                    []byte
	Bucket, Key, ObjectVersion string
	Image                      string
}

// Order asks for a version.
type Order struct {
	Function string
	Code     Code
	// SHA256 is the code's digest in Lambda's own form, where it is known:
	// then nothing is sent when $LATEST holds it already.
	SHA256      string
	Description string
	// Upload, where it is set, puts an archive that is too large to be sent
	// into S3 and tells where it is. It is asked when the code is not there yet.
	Upload func(context.Context) (Code, error)
}

// Publish puts the order's code into $LATEST, publishes it and waits until the
// version is active. When neither code nor settings changed since the last
// version, AWS answers with that one.
func (f Functions) Publish(ctx context.Context, o Order) (Function, error) {
	latest, err := f.settled(ctx, o.Function)
	if err != nil {
		return Function{}, err
	}
	if o.SHA256 == "" || latest.CodeSHA256 != o.SHA256 {
		if o.Upload != nil {
			if o.Code, err = o.Upload(ctx); err != nil {
				return Function{}, err
			}
		}
		if latest, err = f.putCode(ctx, o, latest); err != nil {
			return Function{}, fmt.Errorf("updating the code of function %s: %w", o.Function, err)
		}
	}
	version, err := f.publish(ctx, o, latest)
	if err != nil {
		return Function{}, fmt.Errorf("publishing function %s: %w", o.Function, err)
	}
	published, err := f.active(ctx, o.Function, version)
	if err == nil && published.CodeSHA256 != latest.CodeSHA256 {
		err = fmt.Errorf("publishing function %s: AWS answered with version %s, which holds code %s instead of %s",
			o.Function, version, published.CodeSHA256, latest.CodeSHA256)
	}
	return published, err
}

// putCode changes $LATEST, provided that it is still what before says.
func (f Functions) putCode(ctx context.Context, o Order, before Function) (Function, error) {
	in := o.update(before.RevisionID)
	for attempt := 1; ; attempt++ {
		out, err := f.Client.UpdateFunctionCode(ctx, in)
		if err == nil {
			took := aws.ToString(out.CodeSha256)
			if o.SHA256 != "" && took != o.SHA256 {
				return Function{}, fmt.Errorf("%s holds code %s and not %s any more: it was replaced under its name. "+
					"Name it by its digest or its version, or change triggers to publish what it holds now", o.Code.name(), took, o.SHA256)
			}
			return f.arrived(ctx, o, took)
		}
		if !awsapi.IsConflict(err) {
			return Function{}, err
		}
		now, readErr := f.settled(ctx, o.Function)
		if readErr != nil {
			return Function{}, readErr
		}
		want := o.SHA256
		if want == "" {
			want = f.digest(ctx, o)
		}
		switch {
		case want != "" && now.CodeSHA256 == want: // ours: the first answer was lost
			return f.arrived(ctx, o, want)
		case now.RevisionID == before.RevisionID && attempt < sendAttempts: // AWS was busy
		default:
			return Function{}, moved(err, before, now)
		}
	}
}

// arrived waits for the code with the digest that AWS said it took.
func (f Functions) arrived(ctx context.Context, o Order, sha256 string) (Function, error) {
	latest, err := f.updated(ctx, o.Function)
	if err != nil {
		return Function{}, err
	}
	if o.SHA256 != "" {
		sha256 = o.SHA256
	}
	if latest.CodeSHA256 != sha256 {
		return Function{}, fmt.Errorf("$LATEST holds code %s instead of %s: another change came after this one", latest.CodeSHA256, sha256)
	}
	return latest, nil
}

// name tells where code comes from.
func (c Code) name() string {
	switch {
	case c.Image != "":
		return "image " + c.Image
	case c.Bucket != "":
		return "s3://" + c.Bucket + "/" + c.Key
	}
	return "the archive"
}

// digest asks Lambda what the order's code would be, without changing it;
// nothing where it does not say.
func (f Functions) digest(ctx context.Context, o Order) string {
	in := o.update("")
	in.DryRun = true
	out, err := f.Client.UpdateFunctionCode(ctx, in)
	if err != nil {
		return ""
	}
	return aws.ToString(out.CodeSha256)
}

func (o Order) update(revision string) *lambda.UpdateFunctionCodeInput {
	return &lambda.UpdateFunctionCodeInput{
		FunctionName:    aws.String(o.Function),
		RevisionId:      given(revision),
		ZipFile:         o.Code.Archive,
		S3Bucket:        given(o.Code.Bucket),
		S3Key:           given(o.Code.Key),
		S3ObjectVersion: given(o.Code.ObjectVersion),
		ImageUri:        given(o.Code.Image),
	}
}

// publish makes a version of $LATEST, provided that it is still what latest
// says, and returns its number.
func (f Functions) publish(ctx context.Context, o Order, latest Function) (string, error) {
	in := &lambda.PublishVersionInput{
		FunctionName: aws.String(o.Function),
		CodeSha256:   given(latest.CodeSHA256),
		RevisionId:   given(latest.RevisionID),
		Description:  given(o.Description),
	}
	for attempt := 1; ; attempt++ {
		out, err := f.Client.PublishVersion(ctx, in)
		if err == nil {
			return aws.ToString(out.Version), nil
		}
		if !awsapi.IsConflict(err) {
			return "", err
		}
		now, readErr := f.settled(ctx, o.Function)
		if readErr != nil {
			return "", readErr
		}
		if !now.same(latest) {
			return "", moved(err, latest, now)
		}
		newest, ok, readErr := f.newest(ctx, o.Function)
		if readErr != nil {
			return "", readErr
		}
		switch {
		case ok && newest.same(latest): // ours: the first answer was lost
			return newest.Version, nil
		case attempt < sendAttempts: // AWS was busy, or the revision moved without a change
			in.RevisionId = given(now.RevisionID)
		default:
			return "", err
		}
	}
}

// moved says what another one's change did to $LATEST meanwhile.
func moved(cause error, before, now Function) error {
	what := fmt.Sprintf("revision %s became %s", before.RevisionID, now.RevisionID)
	if before.CodeSHA256 != now.CodeSHA256 {
		what += fmt.Sprintf(", code %s became %s", before.CodeSHA256, now.CodeSHA256)
	}
	if names := now.Changed(before); len(names) > 0 {
		what += fmt.Sprintf(", settings changed: %v", names)
	}
	return fmt.Errorf("somebody else changed $LATEST meanwhile (%s; CloudTrail tells who): %w", what, cause)
}

// given is a member that is sent only when it holds something.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}
