package sim

import (
	"math"
	"sort"

	"github.com/k9mil/velocitas/scenarios"
)

// changes are the kinds of happenings by the names that a timetable has.
var changes = map[string]uint8{"slow": slowDown, "stop": stop, "pause": pause, "vanish": vanish, "fail": failAll, "start": start}

// buildTimetable takes over what happens, and to which station.
func (c *system) buildTimetable(s *scenarios.Scenario, n int) {
	for _, ch := range s.Timetable(n) {
		h := happening{atNs: int64(ch.At), do: changes[ch.Do], factor: ch.Factor}
		if ch.Tier == "" {
			h.instance = int32(ch.Instance - 1)
		} else {
			_, k := s.Tiers.Find(ch.Tier)
			h.station = int32(c.program.tiers[k].firstSite - c.program.instances + ch.Instance)
		}
		c.timetable = append(c.timetable, h)
	}
}

func (c *system) sortTimetable() {
	sort.SliceStable(c.timetable, func(i, j int) bool { return c.timetable[i].atNs < c.timetable[j].atNs })
}

// buildLoad describes who asks.
func (c *system) buildLoad(s *scenarios.Scenario, n int) {
	l := s.Load
	c.keepAlive = l.KeepAlive
	c.timeoutNs, c.retries, c.retryErrors, c.retryBudget = int64(l.Timeout), l.Retries, l.RetryErrors, float64(l.RetryBudget)
	back := float64(l.Backoff)
	for range l.Retries {
		c.backoffNs = append(c.backoffNs, int64(back))
		back = math.Min(float64(back*l.BackoffFactor), float64(maxTimeNs/4))
	}
	if l.Kind == "closed" {
		c.clients = l.ClientsAt(n)
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
	perS := l.RateAt(n)
	a.gapNs = 1e9 / perS
	if l.Shape != nil {
		a.shape, a.perNs = l.Shape, perS/1e9
	}
}
