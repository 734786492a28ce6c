package experiment

import (
	"runtime"

	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// AsRun is the scenario as a stack on this machine really runs it, which is what
// a prediction has to be of: this host's cores, shared by instances, nginx and
// generator, the CPU limits that are in force, and stores that have been
// written to, each a different amount, since sizes are measured in turn. A run
// too short for that makes them empty again.
func AsRun(s *scenarios.Scenario, members []stack.Member) *scenarios.Scenario {
	a := s.Clone()
	a.Speed = 1
	a.Instance.Store = "used"
	a.Host = scenarios.Host{Count: 1, Cores: float64(runtime.NumCPU()), Balancer: "shared", Generator: "shared"}
	if len(members) == 0 {
		return a
	}
	// Overrides may have changed single instances; the first that none of them
	// names has the common limit.
	for i, m := range members {
		if !overridden(a.Overrides, i+1) {
			a.Instance.CPUs = m.CPUs
			break
		}
	}
	for i := range a.Overrides {
		o := &a.Overrides[i]
		if o.CPUs == nil || len(o.Instances) == 0 {
			continue
		}
		if first := o.Instances[0]; first <= len(members) {
			inForce := members[first-1].CPUs
			o.CPUs = &inForce
		}
	}
	return a
}

// overridden tells whether an override changes the CPU limit of instance i.
func overridden(list []scenarios.Override, i int) bool {
	for _, o := range list {
		if o.CPUs != nil && o.Instances.Has(i) {
			return true
		}
	}
	return false
}

// coresLeft is what other programs leave of the host, by the median over the
// blocks of the calibrated sizes. A tenth at least, lest nothing be left.
func coresLeft(cores float64, r *Result) float64 {
	var others []float64
	for _, n := range r.Calibrated {
		for _, b := range r.Blocks.Clean(n) {
			others = append(others, b.OthersCores())
		}
	}
	if len(others) == 0 {
		return cores
	}
	return max(cores/10, cores-stats.Median(others))
}
