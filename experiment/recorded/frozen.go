package recorded

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// Frozen is all that a prediction may use: what was chosen from the runs of one
// and two instances.
type Frozen struct {
	// HostCores is what the host has for instances, nginx and generator.
	HostCores float64 `json:"host_cores"`
	// Digests are those of the profiles, by GOMAXPROCS.
	Digests map[string]string `json:"digests"`
	// Speeds are the machine's, by set, relative to the profile's.
	Speeds map[string]float64 `json:"speeds"`
	// DriftLogSD is the standard deviation of the logarithm of the speed from
	// repeat to repeat.
	DriftLogSD float64 `json:"drift_log_sd"`
	// Noise is the standard deviation of the logarithm of a figure from repeat to
	// repeat at the same CPU time per request, beyond that of replications, by load
	// and metric. It and the drift are known with so many degrees of freedom.
	Noise map[string]float64 `json:"noise"`
	DF    int                `json:"degrees_of_freedom"`
	// Deviance is what the choice left, for each profile.
	Deviance map[string]float64 `json:"deviance"`

	profiles map[string]*model.Profile
}

func key(threads int) string { return fmt.Sprintf("gomaxprocs-%d", threads) }

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

// freeze works out what follows from the profiles: how fast the machine was in
// the runs of each set, how much that drifts, and how repeats differ.
func (f *Frozen) freeze(ctx context.Context, predict experiment.Predictor, small []*Cell) error {
	f.label(small)
	at := make([]*prediction, len(small))
	for i, c := range small {
		var err error
		if at[i], err = f.mechanism(ctx, predict, c, 1); err != nil {
			return err
		}
	}
	f.freezeSpeeds(small, at)
	f.freezeNoise(small, at)
	return f.freezeDeviance(ctx, predict, small)
}

func (f *Frozen) freezeDeviance(ctx context.Context, predict experiment.Predictor, small []*Cell) error {
	f.Deviance = map[string]float64{}
	for _, threads := range []int{1, 2} {
		e, err := f.evidence(predict, threads, small)
		if err != nil {
			return err
		}
		if f.Deviance[key(threads)], err = e.Deviance(ctx, f.profile(threads)); err != nil {
			return err
		}
	}
	return nil
}

// label says where the profiles are from.
func (f *Frozen) label(small []*Cell) {
	for name, p := range f.profiles {
		p = clone(p)
		p.Name = "recorded-" + name
		p.About = "the real stack on two cores, by its recorded runs of one and two instances"
		p.Provenance = map[string]string{
			"method": "go run ./experiment/recorded/report choose",
			"runs":   fmt.Sprintf("%d of one and two instances, testdata/live", len(small)),
		}
		f.profiles[name] = p
	}
}

func (f *Frozen) freezeSpeeds(small []*Cell, at []*prediction) {
	bySet, byCell := map[string][]float64{}, map[string][]float64{}
	var order []string
	for i, c := range small {
		bySet[c.Set] = append(bySet[c.Set], at[i].speed)
		cell := fmt.Sprint(c.Set, c.Instances)
		if byCell[cell] == nil {
			order = append(order, cell)
		}
		byCell[cell] = append(byCell[cell], at[i].speed)
	}
	f.Speeds = map[string]float64{}
	for set, speeds := range bySet {
		f.Speeds[set], _ = experiment.Speed(speeds)
	}
	var repeats [][]float64
	for _, cell := range order {
		repeats = append(repeats, byCell[cell])
	}
	f.DriftLogSD = stats.LogSd(repeats...)
}

// freezeNoise compares the repeats of each cell with how replications of it differ.
func (f *Frozen) freezeNoise(small []*Cell, at []*prediction) {
	type noise struct {
		byCell   map[string][]float64
		expected []float64 // variances
	}
	all, seen := map[string]*noise{}, map[string]bool{}
	f.DF = 0
	for i, c := range small {
		cell := fmt.Sprint(c.Set, c.Instances)
		if seen[cell] {
			f.DF++
		}
		seen[cell] = true
		for _, r := range at[i].rows(experiment.Doubt{}) {
			n := all[noiseKey(c, r.Metric)]
			if n == nil {
				n = &noise{byCell: map[string][]float64{}}
				all[noiseKey(c, r.Metric)] = n
			}
			n.byCell[cell] = append(n.byCell[cell], atCost(r.Metric, r.Measured.Value, c.CPUMs()))
			sd := r.Chance / medianOfNormal
			n.expected = append(n.expected, sd*sd)
		}
	}
	f.Noise = map[string]float64{}
	for k, n := range all {
		var groups [][]float64
		for _, cell := range slices.Sorted(maps.Keys(n.byCell)) {
			groups = append(groups, n.byCell[cell])
		}
		sd, expected := stats.LogSd(groups...), stats.Median(n.expected)
		f.Noise[k] = math.Sqrt(max(0, sd*sd-expected))
	}
}

// atCost is a figure as it would be if a request cost a millisecond.
func atCost(metric string, value, cpuMs float64) float64 {
	if metric == "throughput" {
		return value * cpuMs
	}
	return value / cpuMs
}

func noiseKey(c *Cell, metric string) string {
	if c.Open() {
		return "open, " + metric
	}
	return "closed, " + metric
}

// doubt is that of a prediction of a run. The speed of the machine, where it is
// not taken from the run itself, is doubtful by how it drifts.
func (f *Frozen) doubt(setting Setting, c *Cell) experiment.Doubt {
	d := experiment.Doubt{Noise: map[string]float64{}, DF: f.DF}
	for _, metric := range reported {
		d.Noise[metric] = f.Noise[noiseKey(c, metric)]
	}
	if setting == Full {
		d.Demand = f.DriftLogSD
	}
	return d
}
