package emulator

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// dimensions are a metric's, by name.
type dimensions map[string]string

// metricSeries is one metric: a namespace, a name and a set of dimensions.
type metricSeries struct {
	namespace  string
	name       string
	dimensions dimensions
	buckets    []*metricBucket // by time, oldest first
}

// metricBucket holds the samples of a minute, or of a second for metrics of
// high resolution.
type metricBucket struct {
	at       time.Time
	unit     string
	sum      float64
	count    float64
	min, max float64
	samples  []metricSample // for percentiles; a statistic set has none
}

type metricSample struct{ value, count float64 }

func seriesKey(namespace, name string, dims dimensions) string {
	var b strings.Builder
	b.WriteString(namespace + "\x00" + name)
	for _, k := range sortedKeys(dims) {
		b.WriteString("\x00" + k + "\x01" + dims[k])
	}
	return b.String()
}

// observe records one value of a metric that an emulated service publishes.
func (r *region) observe(namespace, name string, dims dimensions, value float64, unit string) {
	s := r.cloudwatch.seriesOf(namespace, name, dims)
	s.bucket(r.emulator.now.Truncate(time.Minute), unit).add(value, 1)
}

// seriesOf finds a metric, or makes it.
func (s *cloudwatchState) seriesOf(namespace, name string, dims dimensions) *metricSeries {
	key := seriesKey(namespace, name, dims)
	series := s.series[key]
	if series == nil {
		series = &metricSeries{namespace: namespace, name: name, dimensions: maps.Clone(dims)}
		s.series[key] = series
	}
	return series
}

// bucket finds the series' bucket of that moment and unit, or makes it.
func (m *metricSeries) bucket(at time.Time, unit string) *metricBucket {
	i, _ := slices.BinarySearchFunc(m.buckets, at, func(b *metricBucket, t time.Time) int { return b.at.Compare(t) })
	for j := i; j < len(m.buckets) && m.buckets[j].at.Equal(at); j++ {
		if m.buckets[j].unit == unit {
			return m.buckets[j]
		}
	}
	b := &metricBucket{at: at, unit: unit}
	m.buckets = slices.Insert(m.buckets, i, b)
	return b
}

func (b *metricBucket) add(value, count float64) {
	b.merge(value*count, count, value, value)
	b.samples = append(b.samples, metricSample{value, count})
}

func (b *metricBucket) merge(sum, count, low, high float64) {
	if b.count == 0 {
		b.min, b.max = low, high
	}
	b.sum += sum
	b.count += count
	b.min, b.max = min(b.min, low), max(b.max, high)
}

// between adds up what the series has in [from, to), of one unit unless that
// is empty. It is nil when there is nothing.
func (m *metricSeries) between(from, to time.Time, unit string) *metricBucket {
	if m == nil {
		return nil
	}
	i, _ := slices.BinarySearchFunc(m.buckets, from, func(b *metricBucket, t time.Time) int { return b.at.Compare(t) })
	var out *metricBucket
	for ; i < len(m.buckets) && m.buckets[i].at.Before(to); i++ {
		b := m.buckets[i]
		if unit != "" && b.unit != unit {
			continue
		}
		if out == nil {
			out = &metricBucket{at: from, unit: b.unit}
		}
		out.merge(b.sum, b.count, b.min, b.max)
		out.samples = append(out.samples, b.samples...)
	}
	return out
}

// statistic is one of a bucket's: SampleCount, Average, Sum, Minimum, Maximum
// or a percentile such as p99 or p99.9.
func (b *metricBucket) statistic(name string) (float64, bool) {
	switch name {
	case "SampleCount":
		return b.count, true
	case "Average":
		return b.sum / b.count, true
	case "Sum":
		return b.sum, true
	case "Minimum":
		return b.min, true
	case "Maximum":
		return b.max, true
	}
	p, ok := percentile(name)
	if !ok || len(b.samples) == 0 {
		return 0, false
	}
	sorted := slices.SortedFunc(slices.Values(b.samples), func(x, y metricSample) int { return cmp.Compare(x.value, y.value) })
	total := 0.0
	for _, s := range sorted {
		total += s.count
	}
	seen := 0.0
	for _, s := range sorted {
		if seen += s.count; seen >= total*p/100 {
			return s.value, true
		}
	}
	return sorted[len(sorted)-1].value, true
}
