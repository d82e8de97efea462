package autoscaling

// Healthy are the healthy percentages that a release of the group uses, given
// what it leaves open.
func (g Group) Healthy(low, high *int32) (least, most int) {
	low, high = healthyRange(g, low, high)
	if low != nil {
		least = int(*low)
	}
	if most = 100; high != nil {
		most = int(*high)
	}
	return least, most
}
