package accuracy

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// Frozen is all that a prediction may use: what was chosen from the runs of one
// and two instances.
type Frozen struct {
	// HostCores is what the host has for instances, nginx and generator.
	HostCores float64 `json:"host_cores"`
	// Digests are those of the profiles, by GOMAXPROCS and member.
	Digests map[string]string `json:"digests"`
	// Speeds are the machine's, by set, relative to the profile's.
	Speeds map[string]float64 `json:"speeds"`
	// DriftLogSD is the standard deviation of the logarithm of the speed from
	// repeat to repeat.
	DriftLogSD float64 `json:"drift_log_sd"`
	// Misfit is by how much the logarithm of a figure is off beyond the spread
	// of simulated runs (a standard deviation), by load and metric.
	Misfit map[string]float64 `json:"misfit"`
	// Badness is the objective that the choice left, for each profile.
	Badness map[string]float64 `json:"badness"`

	profiles map[string]*model.Profile
}

func key(threads int) string { return fmt.Sprintf("gomaxprocs-%d", threads) }

func memberKey(threads, i int) string { return fmt.Sprintf("%s-member-%d", key(threads), i+1) }

// members are the other constants that explain the runs about as well.
func (f *Frozen) members(threads int) []*model.Profile {
	var all []*model.Profile
	for i := range Members {
		all = append(all, f.profiles[memberKey(threads, i)])
	}
	return all
}

func (f *Frozen) profile(threads int) *model.Profile { return f.profiles[key(threads)] }

const frozenFile = "frozen.json"

// Write writes the frozen constants and their profiles into a folder.
func (f *Frozen) Write(dir string) error {
	f.Digests = map[string]string{}
	for name, p := range f.profiles {
		f.Digests[name] = p.Digest()
		if err := model.WriteProfile(filepath.Join(dir, name+".json"), p); err != nil {
			return err
		}
	}
	data, err := model.Encode(f)
	if err != nil {
		return err
	}
	return output.Write(output.File{Path: filepath.Join(dir, frozenFile), Data: data})
}

// ReadFrozen reads what Write wrote, and refuses profiles that have changed since.
func ReadFrozen(dir string) (*Frozen, error) {
	data, err := os.ReadFile(filepath.Join(dir, frozenFile))
	if err != nil {
		return nil, err
	}
	f := &Frozen{profiles: map[string]*model.Profile{}}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("%s: %w", frozenFile, err)
	}
	for name, digest := range f.Digests {
		p, err := model.LoadProfile(context.Background(), filepath.Join(dir, name+".json"))
		if err != nil {
			return nil, err
		}
		if p.Digest() != digest {
			return nil, fmt.Errorf("%s.json: digest %s, but %s was frozen: choose again", name, p.Digest(), digest)
		}
		f.profiles[name] = p
	}
	return f, nil
}

// drifting are so many speeds at even steps of probability of a lognormal
// distribution, out of order.
func drifting(speed, logSD float64, runs int) []float64 {
	speeds := make([]float64, runs)
	for i := range speeds {
		q := (float64(i*7%runs) + 0.5) / float64(runs) // 7 and runs have no common factor
		speeds[i] = speed * math.Exp(logSD*math.Sqrt2*math.Erfinv(2*q-1))
	}
	return speeds
}

// freeze works out what follows from the profiles: how fast the machine was in
// the runs of each set, how much that drifts, and how far off the model is.
func (f *Frozen) freeze(small []*recorded.Cell) error {
	f.label(small)
	at := make([]forecast, len(small))
	for i, c := range small {
		var err error
		if at[i], err = f.forecast(Mechanism, c); err != nil {
			return err
		}
	}
	f.freezeSpeeds(small, at)
	f.freezeMisfit(small, at)
	return f.freezeBadness(small)
}

func (f *Frozen) freezeBadness(small []*recorded.Cell) (err error) {
	f.Badness = map[string]float64{}
	for _, threads := range []int{1, 2} {
		if f.Badness[key(threads)], err = f.evidence(threads, small).badness(f.profile(threads)); err != nil {
			return err
		}
	}
	return nil
}

// label says where the profiles are from.
func (f *Frozen) label(small []*recorded.Cell) {
	for name, p := range f.profiles {
		p = clone(p)
		p.Name = "recorded-" + name
		p.About = "the real stack on two cores, by its recorded runs of one and two instances"
		p.Provenance = map[string]string{
			"method": "go run ./accuracy/report choose",
			"runs":   fmt.Sprintf("%d of one and two instances, testdata/live", len(small)),
		}
		f.profiles[name] = p
	}
}

func (f *Frozen) freezeSpeeds(small []*recorded.Cell, at []forecast) {
	logs := map[string][]float64{}   // by set
	groups := map[string][]float64{} // by set and size
	var order []string
	for i, c := range small {
		sum := 0.0
		for _, r := range at[i].runs {
			sum += math.Log(r.Speed)
		}
		mean := sum / Runs
		logs[c.Set] = append(logs[c.Set], mean)
		group := fmt.Sprint(c.Set, c.Instances)
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], math.Exp(mean))
	}
	f.Speeds = map[string]float64{}
	for set, l := range logs {
		mean, _ := stats.MeanSd(l)
		f.Speeds[set] = math.Exp(mean)
	}
	var repeats [][]float64
	for _, group := range order {
		repeats = append(repeats, groups[group])
	}
	f.DriftLogSD = stats.LogSd(repeats...)
}

// freezeMisfit compares how far the figures of the calibration runs are off
// with how far they would be if the model were right and its constants known no
// better than the members differ.
func (f *Frozen) freezeMisfit(small []*recorded.Cell, at []forecast) {
	off, expected, count := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for i, c := range small {
		predicted, measured := central(at[i].runs), c.Figures().Values()
		for m, metric := range recorded.Metrics {
			k := misfitKey(c, metric)
			d, sd := math.Log(predicted[m]/measured[m]), logSd(at[i].by, m)
			off[k], expected[k], count[k] = off[k]+d*d, expected[k]+sd*sd, count[k]+1
		}
	}
	f.Misfit = map[string]float64{}
	for k, n := range count {
		f.Misfit[k] = math.Sqrt(math.Max(0, off[k]-expected[k]) / n)
	}
}

func misfitKey(c *recorded.Cell, metric string) string {
	if c.Open() {
		return "open, " + metric
	}
	return "closed, " + metric
}
