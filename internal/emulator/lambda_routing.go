package emulator

// checkRouting applies the rules for what an alias may point to: one version,
// or two published ones with the same role and the same dead-letter queue. The
// model has seen to it that weights are of version numbers and from 0.0 to 1.0.
func (c *call) checkRouting(a *functionAlias) error {
	f := a.function
	main := f.version(a.version)
	if main == nil {
		return functionNotFound(f.arn + ":" + a.version)
	}
	if len(a.weights) > 1 {
		return refuse("InvalidParameterValueException",
			"Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for number := range a.weights { // one at most
		if a.weights.number(number) == 1 && c.switches.WeightOneRefused {
			return refuse("InvalidParameterValueException",
				"The weight of the additional version %s must be less than 1.0", number)
		}
		if a.weights.number(number) == 0 && c.switches.WeightZeroRefused {
			return refuse("InvalidParameterValueException",
				"The weight of the additional version %s must be greater than 0.0", number)
		}
		if number == a.version {
			return refuse("InvalidParameterValueException", "Invalid function version %s. Function version %s is "+
				"already included in routing configuration.", number, number)
		}
		if a.version == latestVersion {
			return refuse("InvalidParameterValueException",
				"$LATEST is not supported for an alias pointing to more than 1 version")
		}
		additional := f.version(number)
		if additional == nil {
			return functionNotFound(f.arn + ":" + number)
		}
		if err := sameInvoker(main, additional); err != nil {
			return err
		}
		if f.provisioned[a.name] != nil && c.switches.WeightsRefusedWhenProvisioned {
			return errWeightsProvisioned()
		}
	}
	return nil
}

func errWeightsProvisioned() error {
	return refuse("InvalidParameterValueException", "Alias with weights can not be used with Provisioned Concurrency")
}

// sameInvoker: requests of one alias must run with one role and fail into one
// dead-letter queue, or none.
func sameInvoker(a, b *functionVersion) error {
	if a.role() != b.role() {
		return refuse("InvalidParameterValueException", "Versions %s and %s have different execution roles: "+
			"an alias can point to two versions only when both have the same execution role", a.number, b.number)
	}
	if a.deadLetterTarget() != b.deadLetterTarget() {
		return refuse("InvalidParameterValueException", "Versions %s and %s have different dead-letter queues: "+
			"an alias can point to two versions only when both have the same dead-letter queue, or none",
			a.number, b.number)
	}
	return nil
}

// pick chooses the version for the next invocation. AWS chooses by chance;
// here the additional version's turns are spread evenly, so that n
// invocations give it n times its weight to within one, the same every time.
func (a *functionAlias) pick() string {
	for number := range a.weights { // one at most
		const slack = 1e-9 // ten times 0.1 is a whole turn
		a.turns += a.weights.number(number)
		if a.turns+slack >= 1 {
			a.turns--
			return number
		}
	}
	return a.version
}
