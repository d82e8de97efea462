package imageuse

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// LambdaAPI is what is called of Lambda.
type LambdaAPI interface {
	ListFunctions(context.Context, *lambda.ListFunctionsInput, ...func(*lambda.Options)) (*lambda.ListFunctionsOutput, error)
	GetFunction(context.Context, *lambda.GetFunctionInput, ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error)
}

// Sources are where images are used.
type Sources struct {
	Lambda LambdaAPI
	ECS    awsapi.ECS
	EC2    awsapi.EC2
}

// Candidate is an image that somebody may use.
type Candidate struct {
	Digest string
	Names  []string // repository:tag, for each tag that it has
}

// Users says who uses which image, by digest. An image without users has no
// entry.
type Users map[string]string

// Find looks through all sources. Unread are those that could not be read, in
// words; nothing is known about them then.
func Find(ctx context.Context, s Sources, candidates []Candidate) (users Users, unread []string) {
	users = Users{}
	for _, source := range []struct {
		what string
		read func(context.Context, Sources, func(text, who string)) error
	}{
		{"the versions of Lambda functions", functions},
		{"the task definitions of ECS", taskDefinitions},
		{"the launch templates", launchTemplates},
	} {
		err := source.read(ctx, s, func(text, who string) {
			for _, c := range candidates {
				if users[c.Digest] == "" && c.in(text) {
					users[c.Digest] = who
				}
			}
		})
		if err != nil {
			unread = append(unread, fmt.Sprintf("%s (%s)", source.what, awsapi.Describe(err)))
		}
	}
	return users, unread
}

// in tells that a text names the image. A digest is unmistakable; a name must
// not be the beginning of a longer one.
func (c Candidate) in(text string) bool {
	if strings.Contains(text, strings.TrimPrefix(c.Digest, "sha256:")) {
		return true
	}
	for _, name := range c.Names {
		for rest := text; ; {
			_, after, found := strings.Cut(rest, name)
			if !found {
				break
			}
			if after == "" || !strings.ContainsAny(after[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@") {
				return true
			}
			rest = after
		}
	}
	return false
}

// functions shows the images of all versions of all functions. The CodeSha256
// of an image is the digest's hexadecimal part.
func functions(ctx context.Context, s Sources, show func(text, who string)) error {
	pages := lambda.NewListFunctionsPaginator(s.Lambda, &lambda.ListFunctionsInput{FunctionVersion: lambdatypes.FunctionVersionAll})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, f := range page.Functions {
			if f.PackageType != lambdatypes.PackageTypeImage {
				continue
			}
			who := fmt.Sprintf("version %s of the function %s", aws.ToString(f.Version), aws.ToString(f.FunctionName))
			show(aws.ToString(f.CodeSha256), who)
			if len(aws.ToString(f.CodeSha256)) == 64 {
				continue
			}
			one, err := s.Lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: f.FunctionName, Qualifier: f.Version})
			switch {
			case awsapi.IsNotFound(err):
			case err != nil:
				return err
			case one.Code != nil:
				show(aws.ToString(one.Code.ResolvedImageUri)+" "+aws.ToString(one.Code.ImageUri), who)
			}
		}
	}
	return nil
}

// taskDefinitions shows the images of all that are registered, and of those
// that were deregistered: services and tasks may run on them still.
func taskDefinitions(ctx context.Context, s Sources, show func(text, who string)) error {
	for _, status := range []ecstypes.TaskDefinitionStatus{ecstypes.TaskDefinitionStatusActive, ecstypes.TaskDefinitionStatusInactive} {
		in := &ecs.ListTaskDefinitionsInput{Status: status}
		for {
			page, err := s.ECS.ListTaskDefinitions(ctx, in)
			if err != nil {
				return err
			}
			for _, arn := range page.TaskDefinitionArns {
				one, err := s.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
				if err != nil {
					return err
				}
				_, name, _ := strings.Cut(arn, ":task-definition/")
				for _, container := range one.TaskDefinition.ContainerDefinitions {
					show(aws.ToString(container.Image), "the task definition "+name)
				}
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				break
			}
		}
	}
	return nil
}

// launchTemplates shows the user data of all versions of all templates.
func launchTemplates(ctx context.Context, s Sources, show func(text, who string)) error {
	in := &ec2.DescribeLaunchTemplatesInput{}
	for {
		page, err := s.EC2.DescribeLaunchTemplates(ctx, in)
		if err != nil {
			return err
		}
		for _, t := range page.LaunchTemplates {
			if err := templateVersions(ctx, s, t.LaunchTemplateId, aws.ToString(t.LaunchTemplateName), show); err != nil {
				return err
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return nil
		}
	}
}

func templateVersions(ctx context.Context, s Sources, id *string, name string, show func(text, who string)) error {
	in := &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: id}
	for {
		page, err := s.EC2.DescribeLaunchTemplateVersions(ctx, in)
		if awsapi.IsNotFound(err) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		for _, v := range page.LaunchTemplateVersions {
			if v.LaunchTemplateData == nil {
				continue
			}
			show(script(aws.ToString(v.LaunchTemplateData.UserData)), fmt.Sprintf("version %d of the launch template %s", aws.ToInt64(v.VersionNumber), name))
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return nil
		}
	}
}

// largestScript bounds what user data unpacks to: AWS takes 16 KB of it.
const largestScript = 16 << 20

// script is user data as an instance reads it.
func script(encoded string) string {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return encoded
	}
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return string(data)
	}
	plain, err := io.ReadAll(io.LimitReader(packed, largestScript))
	if err != nil {
		return string(data)
	}
	return string(plain)
}
