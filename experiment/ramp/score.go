package ramp

import (
	"math"

	"github.com/k9mil/velocitas/model/stats"
)

// Plan is the load of a test: a rate that rises evenly, then stays.
type Plan struct {
	Start, Final float64 // 1/s
	RampSeconds  int
}

// Rate is the planned rate in a second.
func (p Plan) Rate(t int) float64 {
	return p.Start + float64((p.Final-p.Start)*float64(min(t, p.RampSeconds))/float64(p.RampSeconds))
}

// Score is how well forecasts made at one instant agree with how the tests of
// some systems ended.
type Score struct {
	Systems, Collapse int // of them collapsed in the end
	Stand, StandWrong int // were said to stand; of them collapsed
	Open, OpenFell    int // could not be told; of them collapsed
	// Late collapses began after the instant; of the first Inside at a rate no
	// lower than what was said to be carried.
	Late, Inside int
	AUC          []Area // of each ranking
}

// Area is the area under the curve of true against false alarms: the chance that
// of one system that collapses and one that stands the first ranks higher. SE is
// its standard error (Hanley and McNeil 1982).
type Area struct {
	Name      string
	Value, SE float64
}

// Group are the systems that a score is over, by what is seen of them so far.
type Group struct {
	Name string
	Has  func(Forecast) bool
}

// Groups are all systems, those not collapsed yet, and those in which
// nothing shows yet.
var Groups = []Group{
	{"all", func(Forecast) bool { return true }},
	{"not collapsed yet", func(f Forecast) bool { return f.Verdict != Collapsed }},
	{"p95 at most 50 ms, errors 0.1 %", func(f Forecast) bool { return f.P95Ms <= 50 && f.Errors <= 0.001 }},
}

// Score forecasts each system of a group from the seconds up to an instant.
func (set *Set) Score(plan Plan, t int, g Group) Score {
	s := Score{}
	ranks := map[string][2][]float64{} // of those that stand, and of those that collapse
	for i := range set.Systems {
		one := &set.Systems[i]
		f, truth := one.After(t, plan.Final), set.Truth[one.ID]
		if !g.Has(f) {
			continue
		}
		s.count(f, truth, plan, t)
		for _, r := range rankings {
			both := ranks[r.name]
			k := 0
			if truth.Collapsed {
				k = 1
			}
			both[k] = append(both[k], r.of(one, f, t))
			ranks[r.name] = both
		}
	}
	for _, r := range rankings {
		s.AUC = append(s.AUC, area(r.name, ranks[r.name][0], ranks[r.name][1]))
	}
	return s
}

func (s *Score) count(f Forecast, truth Truth, plan Plan, t int) {
	fell := 0
	if truth.Collapsed {
		fell = 1
	}
	s.Systems++
	s.Collapse += fell
	switch f.Verdict {
	case Stands:
		s.Stand++
		s.StandWrong += fell
	case Open:
		s.Open++
		s.OpenFell += fell
	}
	if truth.Collapsed && truth.Onset > t {
		s.Late++
		if f.Verdict != Collapsed && plan.Rate(truth.Onset) >= f.Carries {
			s.Inside++
		}
	}
}

// rankings put systems in order, the likelier to collapse the higher.
var rankings = []struct {
	name string
	of   func(*System, Forecast, int) float64
}{
	{"bound by the CPU limits", func(_ *System, f Forecast, _ int) float64 { return errorsFirst(f, f.Rank) }},
	{"response time alone (p50)", func(s *System, _ Forecast, t int) float64 {
		return s.median(t, func(one Second) float64 { return one.P50 })
	}},
	{"errors, then p99", func(s *System, f Forecast, t int) float64 {
		return errorsFirst(f, s.median(t, func(one Second) float64 { return one.P99 }))
	}},
}

// errorsFirst ranks those with errors above all others.
func errorsFirst(f Forecast, otherwise float64) float64 {
	if f.Errors > collapseErrors {
		return math.MaxFloat64 * f.Errors
	}
	return math.Min(otherwise, math.MaxFloat64*collapseErrors)
}

// median of a figure over the seconds that a forecast is made of; the largest
// number where there was no answer.
func (s *System) median(t int, of func(Second) float64) float64 {
	var xs []float64
	for _, one := range s.window(t-windowSeconds+1, t) {
		if x := of(one); !math.IsNaN(x) {
			xs = append(xs, x)
		}
	}
	if len(xs) == 0 {
		return math.MaxFloat64
	}
	return stats.Median(xs)
}

func area(name string, stand, fall []float64) Area {
	wins := 0.0
	for _, f := range fall {
		for _, s := range stand {
			switch {
			case f > s:
				wins++
			case f == s:
				wins += 0.5
			}
		}
	}
	n, m := float64(len(fall)), float64(len(stand))
	a := wins / (n * m)
	q1, q2 := a/(2-a), 2*a*a/(1+a)
	return Area{name, a, math.Sqrt((a*(1-a) + (n-1)*(q1-a*a) + (m-1)*(q2-a*a)) / (n * m))}
}
