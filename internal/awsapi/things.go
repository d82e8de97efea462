package awsapi

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Kind is a kind of things that launch templates and groups name.
type Kind string

// The kinds, in words.
const (
	Image           Kind = "AMI"
	KeyPair         Kind = "key pair"
	SecurityGroup   Kind = "security group"
	InstanceProfile Kind = "instance profile"
	Subnet          Kind = "subnet"
)

// Thing is one that exists.
type Thing struct {
	Name      string
	State     string // of an AMI
	Addresses int    // of a subnet: how many are free
}

// Find reads things of a kind by id, or by the name that the kind has instead,
// together with all others that are asked for in the same moment. What does
// not exist is left out.
func (c *Clients) Find(ctx context.Context, kind Kind, names ...string) (map[string]Thing, error) {
	if len(names) == 0 {
		return nil, nil // no names would mean all
	}
	return c.things[kind].get(ctx, names...)
}

// finder reads things of a kind by an operation of EC2, or by none.
type finder struct {
	operation string
	find      func(ctx context.Context, names []string) (map[string]Thing, error)
}

func (c *Clients) finders() map[Kind]finder {
	return map[Kind]finder{
		Image:           {"DescribeImages", pages(c.findImages)},
		KeyPair:         {"DescribeKeyPairs", pages(c.findKeyPairs)},
		SecurityGroup:   {"DescribeSecurityGroups", pages(c.findSecurityGroups)},
		Subnet:          {"DescribeSubnets", pages(c.findSubnets)},
		InstanceProfile: {"", c.findProfiles},
	}
}

// thingsPerCall is how many values a filter of EC2 takes.
const thingsPerCall = 200

// ec2Once turns off the SDK's retries for a shared call.
func ec2Once(o *ec2.Options) { o.Retryer = once() }

// pages makes a finder of one that finds a page of things that EC2's filter
// keeps: asked for by id, one that is missing would hide all others.
func pages(find func(ctx context.Context, names []string, token *string) ([]Thing, *string, error)) func(context.Context, []string) (map[string]Thing, error) {
	return func(ctx context.Context, names []string) (map[string]Thing, error) {
		found := map[string]Thing{}
		for part := range slices.Chunk(names, thingsPerCall) {
			for token, more := (*string)(nil), true; more; {
				things, next, err := find(ctx, part, token)
				if err != nil {
					return nil, err
				}
				for _, t := range things {
					found[t.Name] = t
				}
				token, more = next, aws.ToString(next) != ""
			}
		}
		return found, nil
	}
}

func by(filter string, names []string) []ec2types.Filter {
	return []ec2types.Filter{{Name: aws.String(filter), Values: names}}
}

func (c *Clients) findImages(ctx context.Context, names []string, token *string) (things []Thing, next *string, err error) {
	out, err := c.EC2().DescribeImages(ctx, &ec2.DescribeImagesInput{Filters: by("image-id", names), NextToken: token,
		IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true)}, ec2Once)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range out.Images {
		things = append(things, Thing{Name: aws.ToString(i.ImageId), State: string(i.State)})
	}
	return things, out.NextToken, nil
}

func (c *Clients) findKeyPairs(ctx context.Context, names []string, _ *string) (things []Thing, next *string, err error) {
	out, err := c.EC2().DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{Filters: by("key-name", names)}, ec2Once)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range out.KeyPairs {
		things = append(things, Thing{Name: aws.ToString(k.KeyName)})
	}
	return things, nil, nil
}

func (c *Clients) findSecurityGroups(ctx context.Context, names []string, token *string) (things []Thing, next *string, err error) {
	out, err := c.EC2().DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: by("group-id", names), NextToken: token}, ec2Once)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range out.SecurityGroups {
		things = append(things, Thing{Name: aws.ToString(g.GroupId)})
	}
	return things, out.NextToken, nil
}

func (c *Clients) findSubnets(ctx context.Context, names []string, token *string) (things []Thing, next *string, err error) {
	out, err := c.EC2().DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: by("subnet-id", names), NextToken: token}, ec2Once)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range out.Subnets {
		things = append(things, Thing{Name: aws.ToString(s.SubnetId), Addresses: int(aws.ToInt32(s.AvailableIpAddressCount))})
	}
	return things, out.NextToken, nil
}

// findProfiles asks for one after the other: IAM lists no few of many.
func (c *Clients) findProfiles(ctx context.Context, names []string) (map[string]Thing, error) {
	found := map[string]Thing{}
	for _, name := range names {
		_, err := c.IAM().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: aws.String(name)},
			func(o *iam.Options) { o.Retryer = once() })
		switch {
		case IsNotFound(err):
		case err != nil:
			return nil, err
		default:
			found[name] = Thing{Name: name}
		}
	}
	return found, nil
}
