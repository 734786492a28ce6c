package recorded

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

const (
	// choosing is how many replications of each run a choice of constants takes,
	// predicting how many a prediction does.
	choosing   = 24
	predicting = 100
)

// Choose makes the profiles, from runs of one and two instances only, which the
// caller reads with [ReadCalibration]: each by [experiment.Choose] from start, as
// the command makes its own. The steps go to log.
func Choose(ctx context.Context, predict experiment.Predictor, small []*Cell, start *model.Profile, log io.Writer) (*Frozen, error) {
	if err := onlySmall(small); err != nil {
		return nil, err
	}
	f := &Frozen{profiles: map[string]*model.Profile{}}
	p, err := f.frontCosts(ctx, predict, small, start)
	if err != nil {
		return nil, err
	}
	for _, threads := range []int{1, 2} {
		if threads == 2 {
			p = ofTwoThreads(p)
		}
		e, err := f.evidence(predict, threads, small)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(log, "GOMAXPROCS=%d\n", threads)
		choice, err := experiment.Choose(ctx, e, p, func(parameter string, deviance float64) {
			fmt.Fprintf(log, "  %-36s %.1f\n", parameter, deviance)
		})
		if err != nil {
			return nil, err
		}
		p = choice.Profile
		f.profiles[key(threads)] = p
	}
	return f, f.freeze(ctx, predict, small)
}

// Refreeze works out anew, for a simulator that has changed, what follows from
// profiles that stay as they were chosen.
func (f *Frozen) Refreeze(ctx context.Context, predict experiment.Predictor, small []*Cell) error {
	if err := onlySmall(small); err != nil {
		return err
	}
	return f.freeze(ctx, predict, small)
}

func onlySmall(cells []*Cell) error {
	for _, c := range cells {
		if c.Instances > CalibrationSizes {
			return fmt.Errorf("%s: a calibration sees up to %d instances", c.Name(), CalibrationSizes)
		}
	}
	return nil
}

// evidence is what the profile of a GOMAXPROCS is chosen by.
func (f *Frozen) evidence(predict experiment.Predictor, threads int, small []*Cell) (*experiment.Evidence, error) {
	e := &experiment.Evidence{Predict: predict}
	for _, c := range small {
		if c.GoMaxProcs != threads {
			continue
		}
		s, err := c.Sample(f.HostCores, choosing)
		if err != nil {
			return nil, err
		}
		e.Samples = append(e.Samples, s)
	}
	return e, nil
}

// ofTwoThreads is where the choice for GOMAXPROCS=2 begins: two threads look
// at the network in time, and a flush has one of them for itself.
func ofTwoThreads(one *model.Profile) *model.Profile {
	p := clone(one)
	p.Instance.Threads, p.Instance.PollNs, p.Instance.Background.Share = 2, 0, 0.5
	for i := range p.Instance.Speed {
		if row := &p.Instance.Speed[i]; row.Inside > 1 {
			row.Cores = 1.3
		}
	}
	return p
}

func clone(p *model.Profile) *model.Profile {
	q := *p
	q.Instance.Demand = append([]model.KeyCost(nil), p.Instance.Demand...)
	q.Instance.Speed = append([]model.SpeedRow(nil), p.Instance.Speed...)
	q.Provenance = maps.Clone(p.Provenance)
	return &q
}

// frontCosts works out what nginx and the generator take, and what is left of
// the host: the host's busy time less that of the instances and nginx is so
// much per CPU second of the instances, the generator, and so much per second,
// everything else (least squares of the relative residuals).
func (f *Frozen) frontCosts(ctx context.Context, predict experiment.Predictor, small []*Cell, start *model.Profile) (*model.Profile, error) {
	var loaded []*Cell
	for _, c := range small {
		if c.GoMaxProcs == 1 && c.Keys == 1000 && !c.Open() && !c.Thinks() {
			loaded = append(loaded, c)
		}
	}
	var aa, ab, bb, ar, br float64
	var nginx []float64
	for _, c := range loaded {
		rest := c.HostBusyS - c.InstancesCPUS - c.NginxCPUS
		a, b := c.InstancesCPUS/rest, c.WallS/rest
		aa, ab, bb, ar, br = aa+a*a, ab+a*b, bb+b*b, ar+a, br+b
		nginx = append(nginx, c.NginxCPUS/c.InstancesCPUS)
	}
	det := aa*bb - ab*ab
	generator, idle := (ar*bb-ab*br)/det, (aa*br-ab*ar)/det
	f.HostCores = math.Round((hostCores-idle)*1000) / 1000
	e, err := f.evidence(predict, 1, loaded)
	if err != nil {
		return nil, err
	}
	speeds, err := e.Speeds(ctx, start)
	if err != nil {
		return nil, err
	}
	var costs []float64 // of a request, at speed 1
	for i, c := range loaded {
		costs = append(costs, speeds[i]*c.CPUMs()*1e6)
	}
	p := clone(start)
	p.Balancer.DemandNs = int64(math.Round(stats.Median(nginx) * stats.Median(costs)))
	p.Generator.DemandNs = int64(math.Round(generator * stats.Median(costs)))
	return p, nil
}

// hostCores is what the machine of the recorded runs has.
const hostCores = 2
