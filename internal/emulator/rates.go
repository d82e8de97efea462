package emulator

import "time"

// Rate is a token bucket: what an account may ask for.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// WithRates refuses calls over a rate, for all regions alike. Keys are
// "service:Operation" or "service"; a call must pass both. AWS publishes few
// of its rates, so figures here are assumptions unless FACTS.md names their
// ground.
func WithRates(rates map[string]Rate) Option {
	return func(e *Emulator) { e.settings.rates = rates }
}

type bucket struct {
	tokens float64
	at     time.Time
}

// withinRate takes a token from each bucket that a call draws on. The caller
// holds mu.
func (e *Emulator) withinRate(service, operation string) bool {
	for _, key := range []string{service + ":" + operation, service} {
		rate, limited := e.settings.rates[key]
		if limited && !e.take(key, rate) {
			return false
		}
	}
	return true
}

func (e *Emulator) take(key string, rate Rate) bool {
	b := e.buckets[key]
	if b == nil {
		b = &bucket{tokens: rate.Burst, at: e.now}
		e.buckets[key] = b
	}
	b.tokens = min(rate.Burst, b.tokens+e.now.Sub(b.at).Seconds()*rate.PerSecond)
	b.at = e.now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
