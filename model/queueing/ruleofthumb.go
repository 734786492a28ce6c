package queueing

import "math"

// RuleOfThumb is the number of instances by which people size a service: the
// load over what one instance does, at a target utilisation in (0, 1], rounded
// up. It knows nothing of waiting.
func RuleOfThumb(loadRps, instanceRps, target float64) int {
	require(loadRps >= 0 && instanceRps > 0 && target > 0 && target <= 1,
		"no rule of thumb for load %v, capacity %v, target %v", loadRps, instanceRps, target)
	return int(math.Ceil(loadRps / instanceRps / target))
}
