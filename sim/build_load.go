package sim

import (
	"math"
	"sort"

	"github.com/k9mil/velocitas/scenarios"
)

// buildTimetable puts the scenario's events in order; one that ends by itself
// is two.
func (c *system) buildTimetable(s *scenarios.Scenario) {
	kinds := map[string]uint8{"slow": slowDown, "stop": stop, "restart": stop, "pause": pause, "vanish": vanish, "start": start}
	add := func(ev *scenarios.Event, instance, station int) {
		h := happening{atNs: int64(ev.At), do: kinds[ev.Do], instance: int32(instance), station: int32(station), factor: ev.Factor}
		c.timetable = append(c.timetable, h)
		if ev.For > 0 {
			h.atNs, h.do = int64(ev.At+ev.For), start
			c.timetable = append(c.timetable, h)
		}
	}
	for i := range s.Events {
		ev := &s.Events[i]
		if ev.Tier == "" {
			add(ev, ev.Instance-1, 0)
			continue
		}
		t, k := s.Tiers.Find(ev.Tier)
		first := c.program.tiers[k].firstSite - c.program.instances
		for n := 1; n <= t.Instances; n++ {
			if ev.Concerns(ev.Tier, n) {
				add(ev, 0, first+n)
			}
		}
	}
	c.sortTimetable()
}

func (c *system) sortTimetable() {
	sort.SliceStable(c.timetable, func(i, j int) bool { return c.timetable[i].atNs < c.timetable[j].atNs })
}

// buildLoad describes who asks.
func (c *system) buildLoad(s *scenarios.Scenario, n int) {
	l := s.Load
	c.keepAlive = l.KeepAlive
	c.timeoutNs, c.retries, c.retryErrors = int64(l.Timeout), l.Retries, l.RetryErrors
	back := float64(l.Backoff)
	for range l.Retries {
		c.backoffNs = append(c.backoffNs, int64(back))
		back = math.Min(float64(back*l.BackoffFactor), float64(maxTimeNs/4))
	}
	if l.Kind == "closed" {
		c.clients = l.Clients + l.ClientsPerInstance*n
		c.thinkNs, c.thinkRandom = float64(l.Think), l.ThinkDistribution == "exponential"
		return
	}
	a := &arrivalSpec{constant: l.Arrivals == "constant"}
	c.arrivals = a
	if l.Arrivals == "trace" {
		inTime := sort.SearchFloat64s(l.TraceS, s.Duration.Std().Seconds()+1)
		a.trace = make([]int64, inTime)
		for i, at := range l.TraceS[:inTime] {
			a.trace[i] = int64(wholeNs(float64(at * 1e9)))
		}
		c.shared += int64(inTime) * numberBytes
		return
	}
	perS := l.Rate + float64(l.RatePerInstance*float64(n))
	a.gapNs = 1e9 / perS
	if l.Shape != nil {
		a.shape, a.perNs = l.Shape, perS/1e9
	}
}
