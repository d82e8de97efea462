package codedeploy

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
)

// Owned says which deployment group has deployed to an alias; the zero value
// is none. Deployment is the one that is under way there, if any.
type Owned struct{ Application, Group, Deployment string }

// What Owner looks at, each of it once for every release that is pending.
const (
	ownerNames        = 100 // applications described by one call
	ownerApplications = 20  // of the platform Lambda, two calls each
	ownerGroups       = 20  // two calls a deployment
)

// Owner finds the deployment group that deploys to an alias. Neither groups and
// applications nor revisions that never were deployed name a function, so that
// the last deployments are asked: a group that has made none is not found, nor
// one whose first has not started (FACTS.md). It looks at the last
// 20 groups that deployed, of 20 Lambda applications among 100; applications and
// groups that have the function's name in theirs come first.
func Owner(ctx context.Context, api awsapi.CodeDeploy, function, alias string) (owner Owned, err error) {
	applications, err := lambdaApplications(ctx, api, function)
	if err != nil {
		return owner, err
	}
	var groups []types.DeploymentGroupInfo
	for _, name := range applications {
		found, err := deployedGroups(ctx, api, name)
		if err != nil {
			return owner, err
		}
		groups = append(groups, found...)
	}
	slices.SortStableFunc(groups, func(a, b types.DeploymentGroupInfo) int {
		return cmp.Or(likelier(function, aws.ToString(a.ApplicationName)+aws.ToString(a.DeploymentGroupName), aws.ToString(b.ApplicationName)+aws.ToString(b.DeploymentGroupName)),
			aws.ToTime(b.LastAttemptedDeployment.CreateTime).Compare(aws.ToTime(a.LastAttemptedDeployment.CreateTime)))
	})
	for _, g := range groups[:min(len(groups), ownerGroups)] {
		ours, err := deploysTo(ctx, api, g, function, alias)
		if err != nil {
			return Owned{}, err
		}
		found := Owned{Application: aws.ToString(g.ApplicationName), Group: aws.ToString(g.DeploymentGroupName)}
		last := deployment{id: aws.ToString(g.LastAttemptedDeployment.DeploymentId), status: g.LastAttemptedDeployment.Status}
		switch {
		case ours && last.active():
			found.Deployment = last.id
			return found, nil
		case ours && owner == Owned{}:
			owner = found
		}
	}
	return owner, nil
}

// lambdaApplications are those to look at, the likeliest first.
func lambdaApplications(ctx context.Context, api awsapi.CodeDeploy, function string) (found []string, err error) {
	var names []string
	for in := (&codedeploy.ListApplicationsInput{}); ; {
		page, err := api.ListApplications(ctx, in)
		if err != nil {
			return nil, err
		}
		names = append(names, page.Applications...)
		if in.NextToken = page.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(likelier(function, a, b), strings.Compare(a, b)) })
	names = names[:min(len(names), ownerNames)]
	out, err := api.BatchGetApplications(ctx, &codedeploy.BatchGetApplicationsInput{ApplicationNames: names})
	if err != nil {
		return nil, err
	}
	for _, a := range out.ApplicationsInfo {
		if a.ComputePlatform == types.ComputePlatformLambda {
			found = append(found, aws.ToString(a.ApplicationName))
		}
	}
	slices.SortFunc(found, func(a, b string) int { return slices.Index(names, a) - slices.Index(names, b) })
	return found[:min(len(found), ownerApplications)], nil
}

// deployedGroups are an application's groups that have made a deployment.
func deployedGroups(ctx context.Context, api awsapi.CodeDeploy, application string) (found []types.DeploymentGroupInfo, err error) {
	listed, err := api.ListDeploymentGroups(ctx, &codedeploy.ListDeploymentGroupsInput{ApplicationName: aws.String(application)})
	switch {
	case awsapi.IsNotFound(err): // deleted since
		return nil, nil
	case err != nil:
		return nil, err
	case len(listed.DeploymentGroups) == 0:
		return nil, nil
	}
	out, err := api.BatchGetDeploymentGroups(ctx, &codedeploy.BatchGetDeploymentGroupsInput{
		ApplicationName: aws.String(application), DeploymentGroupNames: listed.DeploymentGroups[:min(len(listed.DeploymentGroups), ownerNames)]})
	if err != nil {
		return nil, err
	}
	for _, g := range out.DeploymentGroupsInfo {
		if g.LastAttemptedDeployment != nil {
			found = append(found, g)
		}
	}
	return found, nil
}

// deploysTo tells whether a group's last deployment, or the last that
// succeeded where that one has not started, is to the alias.
func deploysTo(ctx context.Context, api awsapi.CodeDeploy, g types.DeploymentGroupInfo, function, alias string) (bool, error) {
	for _, last := range []*types.LastDeploymentInfo{g.LastAttemptedDeployment, g.LastSuccessfulDeployment} {
		if last == nil {
			continue
		}
		target, err := lambdaTarget(ctx, api, aws.ToString(last.DeploymentId))
		if err != nil && !awsapi.IsNotFound(err) {
			return false, err
		}
		if info := target.LambdaFunctionInfo; info != nil {
			return plainName(aws.ToString(info.FunctionName)) == plainName(function) && aws.ToString(info.FunctionAlias) == alias, nil
		}
	}
	return false, nil
}

// plainName is a function's name, of what may be its ARN.
func plainName(function string) string {
	if _, name, arn := strings.Cut(function, ":function:"); arn {
		function = name
	}
	name, _, _ := strings.Cut(function, ":")
	return name
}

// likelier orders the names that have the function's in them first.
func likelier(function, a, b string) int {
	function = plainName(function)
	has := map[bool]int{true: 0, false: 1}
	return has[strings.Contains(a, function)] - has[strings.Contains(b, function)]
}
