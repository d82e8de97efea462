package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// EC2 is what the provider calls of Amazon EC2, and no more: a linker that
// sees the SDK's client in an interface, or in a type that is, keeps all of
// its 700 operations, which are a third of the provider's size.
type EC2 struct {
	CreateLaunchTemplateVersion    ec2Call[ec2.CreateLaunchTemplateVersionInput, ec2.CreateLaunchTemplateVersionOutput]
	DeleteLaunchTemplateVersions   ec2Call[ec2.DeleteLaunchTemplateVersionsInput, ec2.DeleteLaunchTemplateVersionsOutput]
	DescribeImages                 ec2Call[ec2.DescribeImagesInput, ec2.DescribeImagesOutput]
	DescribeLaunchTemplateVersions ec2Call[ec2.DescribeLaunchTemplateVersionsInput, ec2.DescribeLaunchTemplateVersionsOutput]
	DescribeKeyPairs               ec2Call[ec2.DescribeKeyPairsInput, ec2.DescribeKeyPairsOutput]
	DescribeLaunchTemplates        ec2Call[ec2.DescribeLaunchTemplatesInput, ec2.DescribeLaunchTemplatesOutput]
	DescribeSecurityGroups         ec2Call[ec2.DescribeSecurityGroupsInput, ec2.DescribeSecurityGroupsOutput]
	DescribeSubnets                ec2Call[ec2.DescribeSubnetsInput, ec2.DescribeSubnetsOutput]
	GetConsoleOutput               ec2Call[ec2.GetConsoleOutputInput, ec2.GetConsoleOutputOutput]
}

type ec2Call[In, Out any] func(context.Context, *In, ...func(*ec2.Options)) (*Out, error)

func calls(c *ec2.Client) EC2 {
	return EC2{
		CreateLaunchTemplateVersion:    c.CreateLaunchTemplateVersion,
		DeleteLaunchTemplateVersions:   c.DeleteLaunchTemplateVersions,
		DescribeImages:                 c.DescribeImages,
		DescribeLaunchTemplateVersions: c.DescribeLaunchTemplateVersions,
		DescribeKeyPairs:               c.DescribeKeyPairs,
		DescribeLaunchTemplates:        c.DescribeLaunchTemplates,
		DescribeSecurityGroups:         c.DescribeSecurityGroups,
		DescribeSubnets:                c.DescribeSubnets,
		GetConsoleOutput:               c.GetConsoleOutput,
	}
}

// EC2Client is the SDK's whole client, for tests that make an estate. It is no
// method, since methods of a type in an interface are kept too.
func EC2Client(c *Clients) *ec2.Client {
	return ec2.NewFromConfig(c.config, func(o *ec2.Options) {
		c.endpoint(&o.BaseEndpoint, "ec2")
		c.spend(&o.APIOptions)
	})
}
