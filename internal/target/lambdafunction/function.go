package lambdafunction

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// Latest is the qualifier of the code that can be changed.
const Latest = "$LATEST"

// Functions finds, changes and publishes Lambda functions.
type Functions struct {
	Client *lambda.Client
	Clock  clock.Clock
}

// Function is $LATEST or a published version, as AWS describes it.
type Function struct {
	Name        string
	Version     string
	ARN         string // of the version: with its qualifier
	Description string
	CodeSHA256  string
	RevisionID  string
	IsImage     bool

	config types.FunctionConfiguration
}

// Find reads a function's $LATEST or one of its versions. A missing one is an
// error for which awsapi.IsNotFound holds.
func (f Functions) Find(ctx context.Context, name, qualifier string) (Function, error) {
	in := &lambda.GetFunctionInput{FunctionName: aws.String(name)}
	if qualifier != Latest {
		in.Qualifier = aws.String(qualifier)
	}
	out, err := f.Client.GetFunction(ctx, in)
	if err != nil {
		return Function{}, fmt.Errorf("reading function %s:%s: %w", name, qualifier, err)
	}
	if out.Configuration == nil {
		return Function{}, fmt.Errorf("reading function %s:%s: %w", name, qualifier, awsapi.ErrNotFound)
	}
	return described(*out.Configuration), nil
}

func described(c types.FunctionConfiguration) Function {
	return Function{
		Name:        aws.ToString(c.FunctionName),
		Version:     aws.ToString(c.Version),
		ARN:         aws.ToString(c.FunctionArn),
		Description: aws.ToString(c.Description),
		CodeSHA256:  aws.ToString(c.CodeSha256),
		RevisionID:  aws.ToString(c.RevisionId),
		IsImage:     c.PackageType == types.PackageTypeImage,
		config:      c,
	}
}

// published lists a function's published versions, oldest first.
func (f Functions) published(ctx context.Context, name string) (versions []Function, err error) {
	pages := lambda.NewListVersionsByFunctionPaginator(f.Client, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing versions of %s: %w", name, err)
		}
		for _, v := range page.Versions {
			if aws.ToString(v.Version) != Latest {
				versions = append(versions, described(v))
			}
		}
	}
	slices.SortFunc(versions, func(a, b Function) int { return byNumber(a.Version, b.Version) })
	return versions, nil
}

// byNumber orders versions as they were published: "9" comes before "10".
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// newest is the function's last published version; ok is false when it has
// none.
func (f Functions) newest(ctx context.Context, name string) (last Function, ok bool, err error) {
	versions, err := f.published(ctx, name)
	if err != nil || len(versions) == 0 {
		return Function{}, false, err
	}
	return versions[len(versions)-1], true, nil
}

// Delete deletes a version, which no alias may use. One that is gone already
// is no error.
func (f Functions) Delete(ctx context.Context, name, version string) error {
	_, err := f.Client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{
		FunctionName: aws.String(name),
		Qualifier:    aws.String(version),
	})
	if err != nil && !awsapi.IsNotFound(err) {
		return fmt.Errorf("deleting version %s of %s: %w", version, name, err)
	}
	return nil
}
