package lambdaalias

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Routing says where an alias sends its requests: a share to Other, the rest
// to Version. The zero value is an alias that does not exist.
type Routing struct {
	Version string // the alias's FunctionVersion
	Other   string // the additional version; empty when there is none
	Weight  float64
	// Revision changes with every change of the alias.
	Revision string
}

// Exists tells whether the alias exists.
func (r Routing) Exists() bool { return r.Version != "" }

// Whole tells that version has all requests, and that nothing else is named.
func (r Routing) Whole(version string) bool { return r.Version == version && r.Other == "" }

// Share is the version's share in percent.
func (r Routing) Share(version string) float64 {
	percent := math.Round(r.Weight*1e6) / 1e4 // 0.29 is 29, not 28.999…
	switch {
	case version == "":
		return 0
	case r.Other == version:
		return percent
	case r.Version == version:
		return 100 - percent
	}
	return 0
}

// Live is the share in percent of each version that has one.
func (r Routing) Live() map[string]float64 {
	live := map[string]float64{}
	for _, version := range []string{r.Version, r.Other} {
		if share := r.Share(version); share > 0 {
			live[version] = share
		}
	}
	return live
}

// String tells it in words.
func (r Routing) String() string {
	switch {
	case !r.Exists():
		return "nothing"
	case r.Other == "":
		return "version " + r.Version
	}
	return fmt.Sprintf("version %s (%s %%) and version %s (%s %%)",
		r.Version, number(r.Share(r.Version)), r.Other, number(r.Share(r.Other)))
}

func number(percent float64) string { return strconv.FormatFloat(percent, 'f', -1, 64) }

// equal compares all but the revision.
func (r Routing) equal(o Routing) bool {
	return r.Version == o.Version && r.Other == o.Other && math.Abs(r.Weight-o.Weight) < 1e-6
}

// routing reads AWS's answer. An alias has at most one additional version.
func routing(version, revision *string, config *types.AliasRoutingConfiguration) Routing {
	r := Routing{Version: aws.ToString(version), Revision: aws.ToString(revision)}
	if config == nil {
		return r
	}
	for _, other := range slices.Sorted(maps.Keys(config.AdditionalVersionWeights)) {
		r.Other, r.Weight = other, config.AdditionalVersionWeights[other]
	}
	return r
}

// config is what AWS is asked for; no weights are an empty map, which clears
// them, where leaving them out keeps them.
func (r Routing) config() *types.AliasRoutingConfiguration {
	weights := map[string]float64{}
	if r.Other != "" {
		weights[r.Other] = r.Weight
	}
	return &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}
}
