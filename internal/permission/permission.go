package permission

import "strings"

// Permission is one action that a type needs.
type Permission struct {
	// Action as policies name it: "lambda:UpdateAlias".
	Action string
	// Resource is the narrowest that AWS takes: an ARN with placeholders in
	// capitals, or "*" where the action cannot be narrowed.
	Resource string
	// When narrows it further; nil has no condition.
	When *Condition
	// Feature is the attribute that asks for it; empty: the type always does.
	Feature string
	// Apply: only an apply needs it. Otherwise a plan does, and so does every
	// apply, which reads again what was planned.
	Apply bool
	// Why says what it is for, in words that end a sentence "It …".
	Why string
	// Without says what becomes of a plan or an apply that lacks it; empty: an
	// error that names the action.
	Without string
}

// Condition is a condition of a policy's statement.
type Condition struct{ Operator, Key, Value string }

// Type is a resource, a data source or whatever else makes calls.
type Type struct {
	Name  string // "awsdeploy_rolling_release", or "provider"
	Notes []string
	All   []Permission
}

// Of are the permissions of a plan, or of an apply, which plans too, with what
// is always needed and what the features need.
func (t Type) Of(apply bool, features ...string) []Permission {
	var out []Permission
	for _, p := range t.All {
		if (apply || !p.Apply) && (p.Feature == "" || contains(features, p.Feature)) {
			out = append(out, p)
		}
	}
	return out
}

// Features are the features of a type, in the order of their declaration.
func (t Type) Features() []string {
	var out []string
	for _, p := range t.All {
		if p.Feature != "" && !contains(out, p.Feature) {
			out = append(out, p.Feature)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// Placeholders are the words in resources and conditions that stand for names,
// with what they stand for.
func Placeholders() [][2]string {
	return [][2]string{
		{"ACCOUNT", "the account's number"},
		{"REGION", "the region"},
		{"GROUP_NAME", "the Auto Scaling group"},
		{"TEMPLATE_ID", "the launch template's id, `lt-…`"},
		{"PROFILE_NAME", "the instance profile that the template names, with its path"},
		{"INSTANCE_ROLE", "the role of that instance profile, with its path"},
		{"FUNCTION_NAME", "the function that is released"},
		{"CHECK_FUNCTION", "a function that a check invokes"},
		{"APPLICATION_NAME", "CodeDeploy's application"},
		{"DEPLOYMENT_GROUP", "its deployment group"},
		{"DEPLOY_ROLE", "the role of the deployment group"},
		{"BUCKET_NAME", "the bucket"},
		{"KEY_PREFIX", "what the keys begin with"},
		{"REPOSITORY_NAME", "the repository in Amazon ECR"},
		{"BASE_REPOSITORY", "the repository in Amazon ECR of the base image"},
		{"ROLE_TO_ASSUME", "the role in `assume_role`"},
	}
}

// Fill puts names in the place of placeholders; one without a name stays.
func Fill(pattern string, names map[string]string) string {
	for _, p := range Placeholders() {
		if name, ok := names[p[0]]; ok {
			pattern = strings.ReplaceAll(pattern, p[0], name)
		}
	}
	return pattern
}
