package experiment

import (
	"maps"
	"math"
	"slices"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/model"
)

// parameter is a constant of a profile that CPU times over requests leave open,
// or several that belong together.
type parameter struct {
	name string
	// open tells whether nothing has measured it yet; nil is always.
	open func(p *model.Profile) bool
	// others are profiles that differ from p in this parameter only.
	others func(p *model.Profile) []*model.Profile
}

// parameters are all that are chosen by simulation, in the order in which they
// are tried. What an instance asked by itself has shown (its own work apart from
// its size, how demands differ, what waking costs, how the speed of a core
// swings) is not tried.
//
// A swing within a second is a core's: loops that share a core meet the same
// one. What an instance has of its own lasts longer. An overrun of a CPU limit
// is noticed at a tick of the kernel, 4 ms at most.
var parameters = []parameter{
	{"what a compaction costs", nil, factors(func(p *model.Profile, f float64) {
		b := &p.Instance.Background
		b.CompactionDemandNs = times(b.CompactionDemandNs, f)
	})},
	{"what a flush costs", nil, factors(func(p *model.Profile, f float64) {
		b := &p.Instance.Background
		b.FlushDemandNs, b.ColdNsPerS, b.ColdMostNs = times(b.FlushDemandNs, f), times(b.ColdNsPerS, f), times(b.ColdMostNs, f)
	})},
	{"what a flush costs at once", unseen, factors(func(p *model.Profile, f float64) {
		b := &p.Instance.Background
		b.FlushDemandNs = times(b.FlushDemandNs, f)
	})},
	{"what a flush costs after a rest", unseen, factors(func(p *model.Profile, f float64) {
		b := &p.Instance.Background
		b.ColdMostNs = times(b.ColdMostNs, f)
	})},
	{"what the first flush costs", unseen, factors(func(p *model.Profile, f float64) {
		b := &p.Instance.Background
		b.FirstNs = times(b.FirstNs, f)
	})},
	{"how the speed of a core swings", func(p *model.Profile) bool { return p.Provenance[calibrate.FromVariogram] == "" },
		swings([]float64{0.05, 0.1, 0.15, 0.2, 0.25, 0.3}, []int64{1e8, 2e8, 4e8}, func(p *model.Profile) *model.Swing { return &p.Instance.CoreSwing })},
	{"how instances differ", nil,
		swings([]float64{0.03, 0.05, 0.07, 0.1}, []int64{calibrate.Lasting.TauNs}, func(p *model.Profile) *model.Swing { return &p.Instance.Swing })},
	{"by how much a CPU limit is overrun", nil, values(func(p *model.Profile) *int64 { return &p.Instance.OverrunNs }, 0, 1e6, 2e6, 3e6, 4e6)},
	{"how demands differ", func(p *model.Profile) bool { return unseen(p) && p.Instance.Distribution.Kind == "lognormal" },
		values(func(p *model.Profile) *float64 { return &p.Instance.Distribution.CV }, 0.05, 0.1, 0.15, 0.2, 0.3)},
	{"what waking costs", unseen, factors(func(p *model.Profile, f float64) { p.Instance.WakeNs = times(p.Instance.WakeNs, f) })},
	{"how many cores requests use", twoUnseen, func(p *model.Profile) []*model.Profile {
		return each(p, []float64{1, 1.1, 1.2, 1.3, 1.5, 1.75, 2}, func(q *model.Profile, cores float64) {
			for i := range q.Instance.Speed {
				if row := &q.Instance.Speed[i]; row.Inside > 1 {
					row.Cores = cores
				}
			}
		})
	}},
	{"what share of a thread a flush has", twoUnseen, values(func(p *model.Profile) *float64 { return &p.Instance.Background.Share }, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)},
}

// unseen tells whether no instance by itself has shown what it costs.
func unseen(p *model.Profile) bool { return p.Provenance[calibrate.FromInstance] == "" }

// twoUnseen is unseen with more than one thread.
func twoUnseen(p *model.Profile) bool { return unseen(p) && p.Instance.Threads > 1 }

// factors tries other costs, within a half.
func factors(change func(p *model.Profile, factor float64)) func(*model.Profile) []*model.Profile {
	return func(p *model.Profile) []*model.Profile {
		return each(p, []float64{0.65, 0.8, 0.9, 1.1, 1.25, 1.5}, change)
	}
}

// values tries each of some values.
func values[T any](at func(p *model.Profile) *T, list ...T) func(*model.Profile) []*model.Profile {
	return func(p *model.Profile) []*model.Profile {
		return each(p, list, func(q *model.Profile, v T) { *at(q) = v })
	}
}

// swings tries no variation of speed, and each of some lasting each of some times.
func swings(sds []float64, lastNs []int64, at func(p *model.Profile) *model.Swing) func(*model.Profile) []*model.Profile {
	return func(p *model.Profile) []*model.Profile {
		others := each(p, []float64{0}, func(q *model.Profile, sd float64) { at(q).LogSD = sd })
		for _, ns := range lastNs {
			others = append(others, each(p, sds, func(q *model.Profile, sd float64) { at(q).LogSD, at(q).TauNs = sd, ns })...)
		}
		return others
	}
}

func times(ns int64, f float64) int64 { return int64(math.Round(float64(ns) * f)) }

// each makes a profile out of p for every value.
func each[T any](p *model.Profile, list []T, set func(q *model.Profile, value T)) []*model.Profile {
	var others []*model.Profile
	for _, v := range list {
		q := *p
		q.Instance.Demand, q.Instance.Speed = slices.Clone(p.Instance.Demand), slices.Clone(p.Instance.Speed)
		q.Provenance = maps.Clone(p.Provenance)
		set(&q, v)
		others = append(others, &q)
	}
	return others
}
