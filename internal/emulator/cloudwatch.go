package emulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cloudwatchState is one region's CloudWatch.
type cloudwatchState struct {
	series map[string]*metricSeries // by seriesKey
}

func newCloudwatchState() *cloudwatchState {
	return &cloudwatchState{series: map[string]*metricSeries{}}
}

// percentile reads a percentile statistic's name, such as p99.9.
func percentile(statistic string) (float64, bool) {
	digits, ok := strings.CutPrefix(statistic, "p")
	p, err := strconv.ParseFloat(digits, 64)
	return p, ok && err == nil && p >= 0 && p <= 100
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
