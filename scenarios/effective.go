package scenarios

import (
	"cmp"
	"slices"
	"time"
)

// EffectiveInstance is one instance with all overrides that name it applied.
type EffectiveInstance struct {
	CPUs        float64 // the CPU limit in cores; 0 is none
	Slow        float64 // factor on every demand; 1 is none
	Weight      int
	MaxFails    int
	FailTimeout Duration
	MaxConns    int // 0 is no bound
	Backup      bool
	Down        bool
}

// InstanceAt is instance i, counted from 1. It does not depend on how many
// there are.
func (s *Scenario) InstanceAt(i int) EffectiveInstance {
	return Overridden(s.Instance.CPUs, s.Balancer, s.Overrides, i)
}

// InstancesAt are the instances that there are when there are n, in order.
func (s *Scenario) InstancesAt(n int) []EffectiveInstance {
	all := make([]EffectiveInstance, n)
	for i := range all {
		all[i] = s.common()
	}
	for k := range s.Overrides {
		for _, i := range s.Overrides[k].Instances {
			if i > n {
				break
			}
			all[i-1].override(&s.Overrides[k])
		}
	}
	return all
}

// Overridden is instance i, counted from 1, of instances that have a CPU limit
// of so many cores and what the balancer says, unless the overrides differ.
func Overridden(cpus float64, b Balancer, overrides []Override, i int) EffectiveInstance {
	e := common(cpus, b)
	for k := range overrides {
		if overrides[k].Instances.Has(i) {
			e.override(&overrides[k])
		}
	}
	return e
}

// common is an instance that no override names.
func (s *Scenario) common() EffectiveInstance { return common(s.Instance.CPUs, s.Balancer) }

func common(cpus float64, b Balancer) EffectiveInstance {
	return EffectiveInstance{CPUs: cpus, Slow: 1, Weight: 1, MaxFails: b.MaxFails, FailTimeout: b.FailTimeout, MaxConns: b.MaxConns}
}

// override applies what o states.
func (e *EffectiveInstance) override(o *Override) {
	if o.CPUs != nil {
		e.CPUs = *o.CPUs
	}
	if o.MaxFails != nil {
		e.MaxFails = *o.MaxFails
	}
	e.Slow = cmp.Or(o.Slow, e.Slow)
	e.Weight = cmp.Or(o.Weight, e.Weight)
	e.FailTimeout = cmp.Or(o.FailTimeout, e.FailTimeout)
	e.MaxConns = cmp.Or(o.MaxConns, e.MaxConns)
	e.Backup = e.Backup || o.Backup
	e.Down = e.Down || o.Down
}

// RateAt is the rate of an open load on n instances, in requests per second and
// before its shape; 0 for a trace and for a closed load.
func (l *Load) RateAt(n int) float64 { return l.Rate + float64(l.RatePerInstance*float64(n)) }

// ClientsAt is how many clients a closed load has on n instances.
func (l *Load) ClientsAt(n int) int { return l.Clients + l.ClientsPerInstance*n }

// Change is one line of the timetable: what is done at a time, to instance
// Instance or to that station of a tier, counted from 1.
type Change struct {
	At       time.Duration
	Tier     string // "" for an instance
	Instance int
	Do       string // slow, stop, pause, vanish, fail or start
	Factor   float64
}

// Timetable is what happens to n instances and to the stations of all tiers, in
// order. An event that ends by itself is two changes, and one of a whole tier is
// one for each station.
func (s *Scenario) Timetable(n int) []Change {
	var all []Change
	for i := range s.Events {
		e := &s.Events[i]
		if e.Tier == "" && e.Instance > n {
			continue
		}
		for _, number := range s.concerned(e) {
			c := Change{At: e.At.Std(), Tier: e.Tier, Instance: number, Do: e.Do, Factor: e.Factor}
			if c.Do == "restart" {
				c.Do = "stop"
			}
			all = append(all, c)
			if e.For > 0 {
				all = append(all, Change{At: (e.At + e.For).Std(), Tier: e.Tier, Instance: number, Do: "start"})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return cmp.Compare(a.At, b.At) })
	if s.Service == nil || s.Service.Start == nil {
		return all
	}
	return s.Service.Start.delay(all)
}

// concerned are the numbers of the stations that an event is about.
func (s *Scenario) concerned(e *Event) []int {
	if e.Tier == "" || e.Instance > 0 {
		return []int{e.Instance}
	}
	t, _ := s.Tiers.Find(e.Tier)
	all := make([]int, t.Instances)
	for i := range all {
		all[i] = i + 1
	}
	return all
}
