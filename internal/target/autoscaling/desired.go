package autoscaling

import (
	"encoding/json"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// desired is the configuration that a refresh to the version brings: the
// template, or for a mixed group its own policy with only the version
// replaced, since AWS resets what is left out.
func desired(g Group, to Template) *types.DesiredConfiguration {
	if g.Policy == nil {
		return &types.DesiredConfiguration{LaunchTemplate: specOf(to)}
	}
	return &types.DesiredConfiguration{MixedInstancesPolicy: policyTo(g, to)}
}

func specOf(t Template) *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(t.ID), Version: aws.String(t.Version)}
}

func policyTo(g Group, to Template) *types.MixedInstancesPolicy {
	p := *g.Policy
	lt := types.LaunchTemplate{}
	if p.LaunchTemplate != nil {
		lt = *p.LaunchTemplate
	}
	lt.LaunchTemplateSpecification = specOf(to)
	lt.Overrides = nil
	if p.LaunchTemplate != nil {
		for _, o := range p.LaunchTemplate.Overrides {
			if s := o.LaunchTemplateSpecification; s != nil && s.LaunchTemplateId != nil {
				// Described by id and name; given back by one of them.
				o.LaunchTemplateSpecification = &types.LaunchTemplateSpecification{LaunchTemplateId: s.LaunchTemplateId, Version: s.Version}
			}
			lt.Overrides = append(lt.Overrides, o)
		}
	}
	p.LaunchTemplate = &lt
	return &p
}

// samePolicy compares two policies by what they say, apart from the main
// template, and whether templates are named by id, by name or by both.
func samePolicy(a, b *types.MixedInstancesPolicy) bool {
	return reflect.DeepEqual(plain(a), plain(b))
}

// plain is a policy as JSON values without names of templates and what is null.
func plain(p *types.MixedInstancesPolicy) any {
	text, err := json.Marshal(p)
	if err != nil {
		return err.Error()
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err.Error()
	}
	if m, ok := v.(map[string]any); ok {
		if lt, ok := m["LaunchTemplate"].(map[string]any); ok {
			delete(lt, "LaunchTemplateSpecification")
		}
	}
	return strip(v)
}

func strip(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e = strip(e); e != nil && k != "LaunchTemplateName" {
				out[k] = e
			}
		}
		return out
	case []any:
		if len(v) == 0 {
			return nil
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = strip(e)
		}
		return out
	}
	return v
}
