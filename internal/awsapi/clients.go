package awsapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecrpublic"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

const (
	// dialTimeout bounds one attempt to connect: AWS answers within a second.
	dialTimeout = 5 * time.Second
	// resolveTimeout bounds finding credentials, which may ask several
	// sources in turn.
	resolveTimeout = 20 * time.Second
	// checkTimeout bounds the first call, which shows that credentials,
	// region and endpoint are right.
	checkTimeout = 15 * time.Second
)

// Clients speaks to AWS in one region with one account's credentials.
type Clients struct {
	Region    string
	Partition string // aws, aws-cn, …
	AccountID string // empty when the configuration skips asking for it
	Warnings  []string

	clock     clock.Clock
	config    aws.Config
	endpoints map[string]string
	pathStyle bool
	paced     bool
	budgets   *budgets // nil where nothing is paced
	born      time.Time
	releases  atomic.Int64 // under way

	autoscaling func() *autoscaling.Client
	cloudwatch  func() *cloudwatch.Client
	codedeploy  func() CodeDeploy
	ec2         func() EC2
	ecr         func() *ecr.Client
	ecrpublic   func() *ecrpublic.Client
	ecs         func() ECS
	iam         func() IAM
	elb         func() *elasticloadbalancingv2.Client
	lambda      func() *lambda.Client
	s3          func() *s3.Client
	sts         func() *sts.Client

	groups *shared[autoscalingGroup]
	briefs *shared[autoscalingGroup] // without their instances
	alarms *shared[Alarm]
	things map[Kind]*shared[Thing]
}

// New resolves credentials and checks them. Every wait of the clients, save
// for the network itself, goes through clk. Errors are *ConfigError.
func New(ctx context.Context, s Settings, clk clock.Clock) (*Clients, error) {
	base := s.base()
	resolving, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	_, cfg, diags := awsbase.GetAwsConfig(resolving, base)
	for _, d := range diags.Errors() {
		return nil, credentialsError(d, base.StsEndpoint)
	}
	if cfg.Region == "" {
		return nil, &ConfigError{
			Attribute: "region",
			Summary:   "Missing region",
			Detail: "No AWS region is configured. Set region in the provider block, the environment variable " +
				"AWS_REGION, or region in the profile of the shared configuration file.",
		}
	}
	boundDialing(&cfg)
	paceRetries(&cfg, clk)
	renewCredentials(&cfg)
	cfg.HTTPClient = readOnlyBody{cfg.HTTPClient}

	c := &Clients{
		Region: cfg.Region, clock: clk, config: cfg,
		endpoints: s.Endpoints, pathStyle: s.S3UsePathStyle, paced: s.Paced, born: clk.Now(),
	}
	if s.Paced {
		c.budgets = &budgets{clock: clk, all: map[string]*budget{}}
	}
	for _, d := range diags.Warnings() {
		c.Warnings = append(c.Warnings, d.Summary()+": "+d.Detail())
	}
	partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), cfg.Region)
	c.Partition = partition.ID()
	c.wire()
	if err := c.identify(ctx, s, base); err != nil {
		return nil, err
	}
	return c, nil
}

// identify learns whose credentials these are, and thereby that they work.
func (c *Clients) identify(ctx context.Context, s Settings, base *awsbase.Config) error {
	if s.SkipCredentialsValidation && s.SkipRequestingAccountID {
		if len(s.AllowedAccountIDs)+len(s.ForbiddenAccountIDs) > 0 {
			return &ConfigError{
				Attribute: "skip_requesting_account_id",
				Summary:   "Account cannot be checked",
				Detail: "allowed_account_ids and forbidden_account_ids need the account's number: " +
					"set skip_requesting_account_id or skip_credentials_validation to false, or remove the lists.",
			}
		}
		return nil
	}
	checking, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	out, err := c.STS().GetCallerIdentity(checking, &sts.GetCallerIdentityInput{})
	if err != nil {
		return c.identityError(err)
	}
	c.AccountID = aws.ToString(out.Account)
	if p := partitionOf(aws.ToString(out.Arn)); p != "" {
		c.Partition = p
	}
	if err := base.VerifyAccountIDAllowed(c.AccountID); err != nil {
		return &ConfigError{
			Attribute: "allowed_account_ids",
			Summary:   "Wrong AWS account",
			Detail: fmt.Sprintf("The credentials belong to account %s (%s), which allowed_account_ids or forbidden_account_ids excludes. "+
				"Use the credentials or the profile of the account that is meant.", c.AccountID, aws.ToString(out.Arn)),
		}
	}
	return nil
}

// boundDialing makes an address that does not answer fail soon.
func boundDialing(cfg *aws.Config) {
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		cfg.HTTPClient = client.WithDialerOptions(func(d *net.Dialer) {
			d.Timeout = dialTimeout
		}).WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = dialTimeout
		})
	}
}

// wire prepares each client; it is made on first use.
func (c *Clients) wire() {
	c.autoscaling = sync.OnceValue(func() *autoscaling.Client {
		return autoscaling.NewFromConfig(c.config, func(o *autoscaling.Options) {
			c.endpoint(&o.BaseEndpoint, "autoscaling")
			c.spend(&o.APIOptions)
		})
	})
	c.cloudwatch = sync.OnceValue(func() *cloudwatch.Client {
		return cloudwatch.NewFromConfig(c.config, func(o *cloudwatch.Options) {
			c.endpoint(&o.BaseEndpoint, "cloudwatch")
			c.spend(&o.APIOptions)
		})
	})
	c.codedeploy = sync.OnceValue(c.newCodeDeploy)
	c.ec2 = sync.OnceValue(func() EC2 { return calls(EC2Client(c)) })
	c.ecr = sync.OnceValue(func() *ecr.Client {
		return ecr.NewFromConfig(c.config, func(o *ecr.Options) { c.endpoint(&o.BaseEndpoint, "ecr") })
	})
	c.ecrpublic = sync.OnceValue(func() *ecrpublic.Client {
		return ecrpublic.NewFromConfig(c.config, func(o *ecrpublic.Options) {
			c.endpoint(&o.BaseEndpoint, "ecrpublic")
			o.RetryMaxAttempts = unreachableAttempts // pulls go on without it
		})
	})
	c.ecs = sync.OnceValue(func() ECS { return ecsCalls(ECSClient(c)) })
	c.elb = sync.OnceValue(func() *elasticloadbalancingv2.Client {
		return elasticloadbalancingv2.NewFromConfig(c.config, func(o *elasticloadbalancingv2.Options) {
			c.endpoint(&o.BaseEndpoint, "elbv2")
			c.spend(&o.APIOptions)
		})
	})
	c.iam = sync.OnceValue(func() IAM {
		return IAM{iam.NewFromConfig(c.config, func(o *iam.Options) { c.endpoint(&o.BaseEndpoint, "iam") }).GetInstanceProfile}
	})
	c.lambda = sync.OnceValue(func() *lambda.Client {
		return lambda.NewFromConfig(c.config, func(o *lambda.Options) {
			c.endpoint(&o.BaseEndpoint, "lambda")
			if c.paced {
				o.APIOptions = append(o.APIOptions, (&pace{clock: c.clock}).middleware)
			}
		})
	})
	c.s3 = sync.OnceValue(func() *s3.Client {
		return s3.NewFromConfig(c.config, func(o *s3.Options) {
			c.endpoint(&o.BaseEndpoint, "s3")
			o.UsePathStyle = c.pathStyle
		})
	})
	c.sts = sync.OnceValue(func() *sts.Client {
		return sts.NewFromConfig(c.config, func(o *sts.Options) { c.endpoint(&o.BaseEndpoint, "sts") })
	})
	groups := c.budget(serviceAutoScaling, "DescribeAutoScalingGroups")
	c.groups = &shared[autoscalingGroup]{clock: c.clock, fetch: c.fetchGroups, window: c.window, budget: groups, perCall: groupsPerCall}
	c.briefs = &shared[autoscalingGroup]{clock: c.clock, fetch: c.fetchBriefs, window: c.window, budget: groups, perCall: groupsPerCall}
	c.alarms = &shared[Alarm]{clock: c.clock, fetch: c.fetchAlarms, budget: c.budget(serviceCloudWatch, "DescribeAlarms"), perCall: alarmsPerCall}
	c.things = map[Kind]*shared[Thing]{}
	for kind, f := range c.finders() {
		c.things[kind] = &shared[Thing]{clock: c.clock, fetch: f.find, budget: c.budget(serviceEC2, f.operation), perCall: thingsPerCall}
	}
}

// spend makes a client's calls draw on the budgets.
func (c *Clients) spend(options *[]func(*middleware.Stack) error) {
	if c.budgets != nil {
		*options = append(*options, c.budgets.middleware)
	}
}

// budget is what calls of an operation draw on; nil is none.
func (c *Clients) budget(service, operation string) *budget {
	if c.budgets == nil || operation == "" {
		return nil
	}
	return c.budgets.of(service, operation)
}

// Domain is what the names of a region's endpoints end in.
func (c *Clients) Domain(region string) string {
	partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), region)
	return partition.DNSSuffix()
}

func (c *Clients) endpoint(into **string, service string) {
	if url := c.endpoints[service]; url != "" {
		*into = aws.String(url)
	}
}

// AutoScaling is the client of Amazon EC2 Auto Scaling.
func (c *Clients) AutoScaling() *autoscaling.Client { return c.autoscaling() }

// CloudWatch is the client of Amazon CloudWatch.
func (c *Clients) CloudWatch() *cloudwatch.Client { return c.cloudwatch() }

// CodeDeploy is the client of AWS CodeDeploy.
func (c *Clients) CodeDeploy() CodeDeploy { return c.codedeploy() }

// EC2 is the client of Amazon EC2.
func (c *Clients) EC2() EC2 { return c.ec2() }

// ECR is the client of Amazon ECR.
func (c *Clients) ECR() *ecr.Client { return c.ecr() }

// ECRPublic is the client of Amazon ECR Public.
func (c *Clients) ECRPublic() *ecrpublic.Client { return c.ecrpublic() }

// ECS is the client of Amazon ECS.
func (c *Clients) ECS() ECS { return c.ecs() }

// ELB is the client of Elastic Load Balancing version 2.
func (c *Clients) ELB() *elasticloadbalancingv2.Client { return c.elb() }

// IAM is the client of AWS IAM.
func (c *Clients) IAM() IAM { return c.iam() }

// Lambda is the client of AWS Lambda.
func (c *Clients) Lambda() *lambda.Client { return c.lambda() }

// S3 is the client of Amazon S3.
func (c *Clients) S3() *s3.Client { return c.s3() }

// STS is the client of AWS STS.
func (c *Clients) STS() *sts.Client { return c.sts() }
