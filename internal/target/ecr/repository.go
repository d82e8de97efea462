package ecr

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// RepositoryAPI is what a Repository calls.
type RepositoryAPI interface {
	DescribeImages(context.Context, *ecr.DescribeImagesInput, ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error)
	BatchDeleteImage(context.Context, *ecr.BatchDeleteImageInput, ...func(*ecr.Options)) (*ecr.BatchDeleteImageOutput, error)
}

// Repository is a repository of ECR, by its API.
type Repository struct {
	API  RepositoryAPI
	Host string // of its registry
	Name string
}

// registry is the account and the region that the host names, if it does.
func (r Repository) registry() (id *string, region func(*ecr.Options)) {
	found := hostPattern.FindStringSubmatch(r.Host)
	if found == nil {
		return nil, func(*ecr.Options) {}
	}
	account, _, _ := strings.Cut(r.Host, ".")
	return aws.String(account), func(o *ecr.Options) { o.Region = found[2] }
}

// Tags are the tags of an image; an image that is not there is awsapi's
// ErrNotFound.
func (r Repository) Tags(ctx context.Context, digest string) ([]string, error) {
	id, region := r.registry()
	out, err := r.API.DescribeImages(ctx, &ecr.DescribeImagesInput{
		RegistryId: id, RepositoryName: aws.String(r.Name), ImageIds: []types.ImageIdentifier{{ImageDigest: aws.String(digest)}},
	}, region)
	if awsapi.IsNotFound(err) || err == nil && len(out.ImageDetails) == 0 {
		return nil, fmt.Errorf("image %s: %w", digest, awsapi.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return out.ImageDetails[0].ImageTags, nil
}

// Delete deletes images with all their tags. One that is gone already, or
// that another index lists still, is left be.
func (r Repository) Delete(ctx context.Context, digests ...string) error {
	id, region := r.registry()
	var failed []error
	for _, digest := range digests { // an index before what it lists
		out, err := r.API.BatchDeleteImage(ctx, &ecr.BatchDeleteImageInput{
			RegistryId: id, RepositoryName: aws.String(r.Name), ImageIds: []types.ImageIdentifier{{ImageDigest: aws.String(digest)}},
		}, region)
		if err != nil {
			return err
		}
		for _, f := range out.Failures {
			if f.FailureCode != types.ImageFailureCodeImageNotFound && f.FailureCode != types.ImageFailureCodeImageReferencedByManifestList {
				failed = append(failed, fmt.Errorf("%s: %s: %s", digest, f.FailureCode, aws.ToString(f.FailureReason)))
			}
		}
	}
	return errors.Join(failed...)
}
