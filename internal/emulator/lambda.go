package emulator

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// lambdaState is one region's Lambda.
type lambdaState struct {
	functions map[string]*lambdaFunction
	times     FunctionTimes
	runner    functionRunner
}

// FunctionTimes says how long Lambda takes for what it does after it has
// answered. AWS publishes no figures; these are of the usual size.
type FunctionTimes struct {
	Create       time.Duration // a new function is Pending
	Update       time.Duration // LastUpdateStatus is InProgress
	Publish      time.Duration // a new version is Pending
	PublishImage time.Duration // the same, for a container image
	SnapStart    time.Duration // the same, when a snapshot is taken
	Provision    time.Duration // provisioned concurrency is IN_PROGRESS
}

func defaultFunctionTimes() FunctionTimes {
	return FunctionTimes{
		Create:       3 * time.Second,
		Update:       3 * time.Second,
		Publish:      2 * time.Second,
		PublishImage: 20 * time.Second,
		SnapStart:    90 * time.Second,
		Provision:    60 * time.Second,
	}
}

func newLambdaState() *lambdaState {
	return &lambdaState{
		functions: map[string]*lambdaFunction{},
		times:     defaultFunctionTimes(),
		runner:    behaviourRunner{},
	}
}

// lambdaFunction is a function with all its versions and aliases.
type lambdaFunction struct {
	name        string
	arn         string
	latest      *functionVersion
	versions    []*functionVersion // published, oldest first
	published   int                // the last number given; numbers are never reused
	aliases     map[string]*functionAlias
	provisioned map[string]*provisionedConcurrency // by version or alias
	reserved    *int64
	tags        values
	mappings    []values // event source mappings, as they are listed
	failures    []FunctionFailure
	behaviours  map[string]FunctionBehaviour // by version, alias or code digest
}

func lambdaOperations() map[string]operation {
	return map[string]operation{
		"CreateFunction":              (*call).createFunction,
		"GetFunction":                 (*call).getFunction,
		"GetFunctionConfiguration":    (*call).getFunctionConfiguration,
		"DeleteFunction":              (*call).deleteFunction,
		"UpdateFunctionCode":          (*call).updateFunctionCode,
		"UpdateFunctionConfiguration": (*call).updateFunctionConfiguration,
		"PublishVersion":              (*call).publishVersion,
		"ListVersionsByFunction":      (*call).listVersionsByFunction,
		"ListFunctions":               (*call).listFunctions,
		"CreateAlias":                 (*call).createAlias,
		"GetAlias":                    (*call).getAlias,
		"UpdateAlias":                 (*call).updateAlias,
		"DeleteAlias":                 (*call).deleteAlias,
		"ListAliases":                 (*call).listAliases,
		"Invoke":                      (*call).invoke,

		"PutProvisionedConcurrencyConfig":    (*call).putProvisionedConcurrencyConfig,
		"GetProvisionedConcurrencyConfig":    (*call).getProvisionedConcurrencyConfig,
		"DeleteProvisionedConcurrencyConfig": (*call).deleteProvisionedConcurrencyConfig,
		"ListProvisionedConcurrencyConfigs":  (*call).listProvisionedConcurrencyConfigs,

		"PutFunctionConcurrency":    (*call).putFunctionConcurrency,
		"GetFunctionConcurrency":    (*call).getFunctionConcurrency,
		"DeleteFunctionConcurrency": (*call).deleteFunctionConcurrency,

		"ListEventSourceMappings": (*call).listEventSourceMappings,
		"ListTags":                (*call).listFunctionTags,
		"TagResource":             (*call).tagFunction,
	}
}

// functionName is the pattern of the API's model, taken apart: a name, a
// partial ARN or an ARN, each with or without a qualifier.
var functionNamePattern = regexp.MustCompile(
	`^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d:)?(?:\d{12}:)?(?:function:)?` +
		`([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$`)

// functionReference reads FunctionName and Qualifier. The qualifier is empty
// when neither has one.
func functionReference(in values) (name, qualifier string, err error) {
	m := functionNamePattern.FindStringSubmatch(in.str("FunctionName"))
	if m == nil {
		return "", "", refuse("ValidationException",
			"1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: %s", in.str("FunctionName"), functionNamePattern)
	}
	name, qualifier = m[1], m[2]
	if given := in.str("Qualifier"); given != "" {
		if qualifier != "" && qualifier != given {
			return "", "", refuse("InvalidParameterValueException",
				"The derived qualifier from the function name does not match the specified qualifier.")
		}
		qualifier = given
	}
	return name, qualifier, nil
}

// function finds the function that an operation on all of it names.
func (c *call) function(in values) (*lambdaFunction, error) {
	name, qualifier, err := functionReference(in)
	if err != nil {
		return nil, err
	}
	if qualifier != "" && qualifier != latestVersion {
		return nil, refuse("InvalidParameterValueException",
			"Current operation does not support versions other than $LATEST. "+
				"Please set the version to $LATEST or do not set a version in your request.")
	}
	return c.functionNamed(name, "")
}

func (c *call) functionNamed(name, qualifier string) (*lambdaFunction, error) {
	if f := c.region.lambda.functions[name]; f != nil {
		return f, nil
	}
	arn := c.functionARN(name)
	if qualifier != "" {
		arn += ":" + qualifier
	}
	return nil, functionNotFound(arn)
}

func functionNotFound(arn string) error {
	return refuse("ResourceNotFoundException", "Function not found: %s", arn)
}

func (c *call) functionARN(name string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", c.region.name, c.account, name)
}

// version is a published version or $LATEST, or nil.
func (f *lambdaFunction) version(number string) *functionVersion {
	if number == latestVersion {
		return f.latest
	}
	for _, v := range f.versions {
		if v.number == number {
			return v
		}
	}
	return nil
}

func (f *lambdaFunction) aliasNames() []string { return slices.Sorted(maps.Keys(f.aliases)) }

// isVersionNumber tells versions from aliases, whose names are never all digits.
func isVersionNumber(qualifier string) bool {
	return qualifier != "" && strings.Trim(qualifier, "0123456789") == ""
}

// revisionID is a new revision. Any change of a function, version or alias,
// a change of its state too, gives it another one.
func (e *Emulator) revisionID() string { return e.uuid() }

// uuid is an identifier of that form.
func (e *Emulator) uuid() string {
	h := e.hex(32)
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[24:], h[:4], h[4:8], h[8:12], h[12:24])
}

// functionTime is how Lambda writes LastModified.
func functionTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+0000") }

// lambdaPage cuts one page out of n rows: at most MaxItems and never more
// than 50, which is what AWS returns however many are asked for.
func lambdaPage(in values, n int) (from, to int, next string, err error) {
	limit := 50
	if in.has("MaxItems") {
		limit = min(limit, in.integer("MaxItems"))
	}
	if marker := in.str("Marker"); marker != "" {
		if _, scanErr := fmt.Sscanf(marker, "after-%d", &from); scanErr != nil || from > n {
			return 0, 0, "", refuse("InvalidParameterValueException", "Invalid pagination token: %s", marker)
		}
	}
	to = min(from+limit, n)
	if to < n {
		next = fmt.Sprintf("after-%d", to)
	}
	return from, to, next, nil
}
