package recorded

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/k9mil/velocitas/model/stats"
)

// Summary is the error of one figure over the runs of a set, or over all sets.
type Summary struct {
	Setting Setting `json:"setting"`
	Set     string  `json:"set"` // "all" for all together
	Metric  string  `json:"metric"`
	Rows    int     `json:"rows"`
	// Median and Worst are relative errors.
	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
	// Noise is the median relative difference of two recorded runs alike; 0
	// where there was one only.
	Noise float64 `json:"noise"`
	// Chance is the median error that there would be if the model were right.
	Chance float64 `json:"chance"`
	// Likely is how probable it is that the median error of a model that is right
	// is as small as asked; 0 where nothing is asked.
	Likely float64 `json:"likely,omitempty"`
	// Inside counts the runs whose measured value lies in the predicted interval.
	Inside int `json:"inside"`
	// Baselines are the median errors of the others.
	Baselines map[string]float64 `json:"baselines"`
}

// All is the set of a summary over all sets.
const All = "all"

// Summarise sums rows up, by setting, set and metric, and over all sets.
func Summarise(rows []Row, cells []*Cell) []Summary {
	var sets []string
	for _, r := range rows {
		if !slices.Contains(sets, r.Set) {
			sets = append(sets, r.Set)
		}
	}
	slices.Sort(sets)
	var out []Summary
	for _, setting := range Settings {
		for _, metric := range reported {
			for _, set := range append(sets, All) {
				of := filter(rows, func(r Row) bool {
					return r.Setting == setting && r.Metric == metric && (set == All || r.Set == set)
				})
				if len(of) == 0 {
					continue
				}
				s := summarise(of)
				s.Setting, s.Set, s.Metric = setting, set, metric
				s.Noise = noiseFloor(setting, rows, cells, set, metric)
				if most := s.most(); most > 0 {
					s.Likely = round(likely(of, most))
				}
				out = append(out, s)
			}
		}
	}
	return out
}

func filter(rows []Row, want func(Row) bool) []Row {
	var of []Row
	for _, r := range rows {
		if want(r) {
			of = append(of, r)
		}
	}
	return of
}

func summarise(rows []Row) Summary {
	s := Summary{Rows: len(rows), Baselines: map[string]float64{}}
	var errs, chances []float64
	others := map[string][]float64{}
	for _, r := range rows {
		errs, chances = append(errs, math.Abs(r.Error)), append(chances, r.Chance)
		if r.Inside {
			s.Inside++
		}
		for _, b := range r.Baselines {
			others[b.Method] = append(others[b.Method], math.Abs(b.Error))
		}
	}
	s.Chance = round(stats.Median(chances))
	s.Median, s.Worst = round(stats.Median(errs)), round(slices.Max(errs))
	for method, errs := range others {
		s.Baselines[method] = round(stats.Median(errs))
	}
	return s
}

// likely is the probability that the median error over some runs is at most so
// much if the model is right and the runs are independent: in 10,000 draws of a
// normal error for each of them.
func likely(rows []Row, most float64) float64 {
	const draws = 10_000
	rng := rand.New(rand.NewPCG(1, uint64(len(rows))))
	errs := make([]float64, len(rows))
	within := 0.0
	for range draws {
		for i, r := range rows {
			errs[i] = math.Abs(r.Chance / medianOfNormal * rng.NormFloat64())
		}
		if stats.Median(errs) <= most {
			within++
		}
	}
	return within / draws
}

// medianOfNormal is the median size of a standard normal variable.
const medianOfNormal = 0.6745

// round keeps a tenth of a percent.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }
