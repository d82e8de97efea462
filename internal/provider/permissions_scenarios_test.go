package provider_test

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// scenarios are the uses of all types that together need every permission.
func scenarios() map[string]scenario {
	out := map[string]scenario{}
	for _, some := range []map[string]scenario{providerScenarios(), rollingScenarios(), functionScenarios(), aliasScenarios(), packageScenarios(), imageScenarios()} {
		maps.Copy(out, some)
	}
	return out
}

func providerScenarios() map[string]scenario {
	return map[string]scenario{
		"a role that is assumed": {of: "provider", features: []string{"assume_role"}, run: func(l *least) {
			w := acctest.New(l.t)
			l.begin(w, "awsdeploy_app_package", map[string]string{"ROLE_TO_ASSUME": "deploy"})
			l.step(func(ctx context.Context) error {
				return l.Configure(ctx, map[string]any{"assume_role": []any{map[string]any{"role_arn": "arn:aws:iam::123456789012:role/deploy"}}})
			})
		}},
	}
}

// groupNames are what the placeholders stand for.
func groupNames(g *acctest.Group) map[string]string {
	return map[string]string{"GROUP_NAME": g.Name, "TEMPLATE_ID": g.TemplateID, "PROFILE_NAME": "web", "INSTANCE_ROLE": "web", "CHECK_FUNCTION": "journey"}
}

func rollingScenarios() map[string]scenario {
	const rolling = "awsdeploy_rolling_release"
	estate := func(l *least) (*acctest.World, *acctest.Group) {
		w := acctest.New(l.t)
		w.Call(l.t, "iam", "CreateInstanceProfile", map[string]any{"InstanceProfileName": "web"})
		subnets := w.Call(l.t, "ec2", "DescribeSubnets", nil)["Subnets"].([]any)
		group := w.Call(l.t, "ec2", "DescribeSecurityGroups", nil)["SecurityGroups"].([]any)[0].(map[string]any)["GroupId"]
		g := w.NewGroup(l.t, "shop-web", 2, map[string]any{"TargetGroupARNs": []any{w.NewTargetGroup(l.t, "shop")}, "HealthCheckType": "ELB",
			"AvailabilityZones": nil, "VPCZoneIdentifier": subnets[0].(map[string]any)["SubnetId"]})
		flight{template: map[string]any{"KeyName": "default", "SecurityGroupIds": []any{group}, "IamInstanceProfile": map[string]any{"Name": "web"},
			"TagSpecifications": []any{map[string]any{"ResourceType": "instance", "Tags": []any{map[string]any{"Key": "team", "Value": "shop"}}}}}}.newVersion(l.t, w, g)
		return w, g
	}
	return map[string]scenario{
		"a release": {of: rolling, run: func(l *least) {
			w, g := estate(l)
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 3, nil))
			l.step(func(ctx context.Context) error { return l.Import(ctx, g.Name) })
		}},
		"a release that stops at a step and goes on": {of: rolling, run: func(l *least) {
			w, g := estate(l)
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 3, map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "1m", "hold_at": 50}}))
			l.apply(rollingConfig(g, 3, map[string]any{"strategy": map[string]any{"steps": []any{50}, "pause": "1m"}}))
		}},
		"a release that fails": {of: rolling, fails: "Release rolled back", run: func(l *least) {
			w, g := estate(l)
			g.Behave(2, emulator.Behaviour{Unhealthy: true})
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 1, nil))
			l.apply(rollingConfig(g, 3, map[string]any{"strategy": map[string]any{"max_failed_instances": 1}}))
		}},
		"a release that a hook holds up": {of: rolling, fails: "lifecycle hook", run: func(l *least) {
			w, g := estate(l)
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 1, nil))
			w.Call(l.t, "autoscaling", "PutLifecycleHook", map[string]any{"AutoScalingGroupName": g.Name, "LifecycleHookName": "configured",
				"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 7200, "DefaultResult": "CONTINUE"})
			l.apply(rollingConfig(g, 3, map[string]any{"strategy": map[string]any{"progress_deadline": "10m"}}))
		}},
		"a group with a warm pool is adopted": {of: rolling, run: func(l *least) {
			w, g := estate(l)
			w.Call(l.t, "autoscaling", "PutWarmPool", map[string]any{"AutoScalingGroupName": g.Name, "MaxGroupPreparedCapacity": 4})
			w.Pass(5 * time.Minute)
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 1, nil))
		}},
		"a release with alarms": {of: rolling, features: []string{"alarms"}, run: func(l *least) {
			w, g := estate(l)
			w.NewAlarm(l.t, "shop-5xx")
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 3, map[string]any{"alarms": []any{"shop-5xx"}}))
		}},
		"a release that a function judges": {of: rolling, features: []string{"verify.lambda"}, run: func(l *least) {
			w, g := estate(l)
			w.NewFunction(l.t, "journey", 1)
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 3, map[string]any{"verify": []any{map[string]any{"name": "journey", "lambda": map[string]any{"function_name": "journey"}}}}))
		}},
		"a release that metrics judge": {of: rolling, features: []string{"verify.metric"}, run: func(l *least) {
			w, g := estate(l)
			traffic(l.t, w, 0, 3*time.Hour, 50, 1)
			l.begin(w, rolling, groupNames(g))
			l.apply(rollingConfig(g, 3, onlyMetric(inSteps(), nil)))
		}},
		"the history of a group": {of: "data awsdeploy_rolling_release_history", run: func(l *least) {
			w, g := estate(l)
			l.begin(w, rolling, groupNames(g))
			l.step(func(ctx context.Context) error {
				return l.Look(ctx, "awsdeploy_rolling_release_history", map[string]any{"autoscaling_group_name": g.Name})
			})
		}},
		"a launch template version": {of: "awsdeploy_launch_template_version", features: []string{"image_id", "delete_on_destroy"}, run: func(l *least) {
			w, g := estate(l)
			l.begin(w, "awsdeploy_launch_template_version", groupNames(g))
			config := map[string]any{"launch_template_id": g.TemplateID, "image_id": g.Images[1], "delete_on_destroy": true}
			l.apply(config)
			config["image_id"] = g.Images[0]
			l.apply(config)
			l.step(l.Destroy)
		}},
	}
}

func functionScenarios() map[string]scenario {
	const kind = "awsdeploy_function_version"
	estate := func(l *least) (functionBench, func(more map[string]any)) {
		b := newFunctionBench(l.t)
		bucket(l.t, b.w)
		l.begin(b.w, kind, map[string]string{"FUNCTION_NAME": "shop-builds", "BUCKET_NAME": "artifacts", "KEY_PREFIX": "shop/", "REPOSITORY_NAME": "shop"})
		return b, func(more map[string]any) { l.apply(b.in(more)) }
	}
	put := func(l *least, b functionBench, text string) string {
		archive(l.t, b.zip, text)
		return putObject(l.t, b.w, b.zip, "shop/api.zip")
	}
	return map[string]scenario{
		"a version of an archive": {of: kind, run: func(l *least) {
			b, apply := estate(l)
			archive(l.t, b.zip, "one")
			apply(nil)
			apply(map[string]any{"triggers": map[string]any{"again": "1"}})
			l.step(func(ctx context.Context) error { return l.Import(ctx, "shop-builds:1") })
			l.step(l.Destroy)
		}},
		"a version that meets another change": {of: kind, run: func(l *least) {
			b, apply := estate(l)
			archive(l.t, b.zip, "one")
			b.w.Emulator.Inject(emulator.Fault{Service: "lambda", Operation: "PublishVersion", Kind: emulator.Refused, Code: "ResourceConflictException", Status: 409})
			apply(nil)
		}},
		"a large archive": {of: kind, features: []string{"upload"}, run: func(l *least) {
			b, apply := estate(l)
			largeArchive(l.t, b.zip, 51<<20, 0)
			apply(map[string]any{"upload": map[string]any{"bucket": "artifacts", "key_prefix": "shop/"}})
		}},
		"a large archive whose upload breaks": {of: kind, features: []string{"upload"}, fails: "Version not published", run: func(l *least) {
			b, apply := estate(l)
			largeArchive(l.t, b.zip, 51<<20, 0)
			b.w.Emulator.Inject(emulator.Fault{Service: "s3", Operation: "UploadPart", Kind: emulator.Refused, Code: "InvalidRequest", Times: -1})
			apply(map[string]any{"upload": map[string]any{"bucket": "artifacts", "key_prefix": "shop/"}})
		}},
		"a version of an object": {of: kind, features: []string{"s3_bucket"}, run: func(l *least) {
			b, apply := estate(l)
			put(l, b, "one")
			apply(map[string]any{"filename": nil, "s3_bucket": "artifacts", "s3_key": "shop/api.zip"})
		}},
		"a version of an object's version": {of: kind, features: []string{"s3_object_version"}, run: func(l *least) {
			b, apply := estate(l)
			version := put(l, b, "one")
			apply(map[string]any{"filename": nil, "s3_bucket": "artifacts", "s3_key": "shop/api.zip", "s3_object_version": version})
		}},
		"a version of an image": {of: kind, features: []string{"image_uri"}, run: func(l *least) {
			w := newImageWorld(l.t)
			w.base(l.t, "SEED=1")
			w.Call(l.t, "lambda", "CreateFunction", map[string]any{"FunctionName": "shop-builds", "PackageType": "Image", "Role": "arn:aws:iam::123456789012:role/shop",
				"Code": map[string]any{"ImageUri": w.host() + "/shop:base"}})
			w.base(l.t, "SEED=2")
			l.begin(w.World, kind, map[string]string{"FUNCTION_NAME": "shop-builds", "REPOSITORY_NAME": "shop"})
			l.apply(map[string]any{"function_name": "shop-builds", "image_uri": w.host() + "/shop:base"})
		}},
		"old versions go": {of: kind, features: []string{"keep_versions"}, run: func(l *least) {
			b, apply := estate(l)
			for _, text := range []string{"one", "two", "three"} {
				archive(l.t, b.zip, text)
				apply(map[string]any{"keep_versions": 1})
			}
		}},
		"a version goes": {of: kind, features: []string{"delete_on_destroy"}, run: func(l *least) {
			b, apply := estate(l)
			archive(l.t, b.zip, "one")
			apply(map[string]any{"delete_on_destroy": true})
			l.step(l.Destroy)
		}},
	}
}

// smokes is a check of each kind that only promotions have.
func smokes(more ...map[string]any) map[string]any {
	var all []any
	for i, m := range more {
		all = append(all, map[string]any{"name": strings.Repeat("x", i+1)})
		maps.Copy(all[i].(map[string]any), m)
	}
	return stepwise(map[string]any{"verify": all})
}

func aliasScenarios() map[string]scenario {
	const kind = "awsdeploy_alias_promotion"
	estate := func(l *least) (aliasBench, func(version int, more map[string]any)) {
		w := acctest.New(l.t)
		f := w.NewFunction(l.t, "shop-api", 4)
		w.NewFunction(l.t, "journey", 1)
		b := aliasBench{w.NewBench(l.t, kind), l.t, w, f}
		l.begin(w, kind, map[string]string{"FUNCTION_NAME": "shop-api", "CHECK_FUNCTION": "journey", "APPLICATION_NAME": "shop-api", "DEPLOYMENT_GROUP": "live", "DEPLOY_ROLE": "codedeploy"})
		return b, func(version int, more map[string]any) { l.apply(b.in(version, more)) }
	}
	const byDeploy = `driver = "codedeploy"`
	return map[string]scenario{
		"an alias is made and moved": {of: kind, run: func(l *least) {
			b, apply := estate(l)
			b.deployGroup("shop-api", "beta")
			l.w.Emulator.ForgetCalls()
			apply(1, nil)
			apply(2, stepwise(nil))
			l.step(func(ctx context.Context) error { return l.Import(ctx, "shop-api:live") })
		}},
		"a promotion that fails": {of: kind, features: []string{"alarms"}, fails: "Release rolled back", run: func(l *least) {
			_, apply := estate(l)
			l.w.NewAlarm(l.t, "shop-5xx")
			l.w.Emulator.ForgetCalls()
			apply(1, map[string]any{"alarms": []any{"shop-5xx"}})
			l.w.Later(l.t, 5*time.Minute, "cloudwatch", "SetAlarmState", map[string]any{"AlarmName": "shop-5xx", "StateValue": "ALARM", "StateReason": "5xx"})
			apply(2, stepwise(map[string]any{"alarms": []any{"shop-5xx"}}))
		}},
		"a promotion with checks": {of: kind, features: []string{"verify.invoke", "verify.lambda"}, run: func(l *least) {
			_, apply := estate(l)
			apply(1, nil)
			apply(2, smokes(map[string]any{"invoke": map[string]any{"payload": "{}"}}, map[string]any{"lambda": map[string]any{"function_name": "journey"}}))
		}},
		"a promotion that metrics judge": {of: kind, features: []string{"verify.metric"}, run: func(l *least) {
			b, apply := estate(l)
			traffic(l.t, b.w, 0, 3*time.Hour, 50, 1)
			apply(1, nil)
			apply(2, stepwise(map[string]any{"verify": []any{errorRate(nil)}}))
		}},
		"a promotion that is compared": {of: kind, features: []string{"verify.compare"}, run: func(l *least) {
			b, apply := estate(l)
			apply(1, nil)
			b.f.Traffic(l.t, "live", 5*time.Second, 50*time.Minute)
			b.w.Pass(5 * time.Minute)
			apply(2, compared(map[string]any{"max_difference": 1, "min_invocations": 1}))
		}},
		"provisioned concurrency": {of: kind, features: []string{"provisioned_concurrent_executions"}, run: func(l *least) {
			_, apply := estate(l)
			apply(1, nil)
			apply(1, provisioned(nil))
			apply(2, provisioned(nil))
		}},
		"CodeDeploy promotes": {of: kind, features: []string{byDeploy}, run: func(l *least) {
			_, apply := estate(l)
			apply(1, byCodeDeploy(nil))
			apply(2, byCodeDeploy(map[string]any{"strategy": map[string]any{"steps": []any{20}, "pause": "7m"}}))
		}},
		"CodeDeploy is interrupted": {of: kind, features: []string{byDeploy}, fails: "on its way back", run: func(l *least) {
			_, apply := estate(l)
			apply(1, nil)
			l.w.Emulator.At(l.w.Virtual.Now().Add(2*time.Minute), func(emulator.CallFunc) { l.Stop() })
			apply(2, byCodeDeploy(map[string]any{"on_interrupt": "rollback"}))
		}},
	}
}
