package accuracy

import (
	"fmt"
	"io"
	"math"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// knob is a constant that the choice turns, or two that belong together.
type knob struct {
	name string
	// others are profiles that differ from p in this knob only.
	others func(p *model.Profile) []*model.Profile
}

// factors are tried on a cost.
var factors = []float64{0.7, 0.87, 1.15, 1.4}

func cost(name string, at func(p *model.Profile) *int64) knob {
	return knob{name, func(p *model.Profile) []*model.Profile {
		var others []*model.Profile
		for _, f := range factors {
			q := clone(p)
			*at(q) = int64(math.Round(f * float64(*at(p))))
			others = append(others, q)
		}
		return others
	}}
}

// value tries the values given.
func value[T any](name string, at func(p *model.Profile) *T, values ...T) knob {
	return knob{name, func(p *model.Profile) []*model.Profile {
		var others []*model.Profile
		for _, v := range values {
			q := clone(p)
			*at(q) = v
			others = append(others, q)
		}
		return others
	}}
}

// swing is a variation of speed: none, or one of these, and which of these times
// it lasts.
func swing(name string, at func(p *model.Profile) *model.Swing, lastsNs []int64, sds ...float64) knob {
	return knob{name, func(p *model.Profile) []*model.Profile {
		var others []*model.Profile
		for _, v := range append([]float64{0}, sds...) {
			for _, ns := range lastsNs {
				q := clone(p)
				at(q).LogSD, at(q).TauNs = v, ns
				others = append(others, q)
				if v == 0 {
					break // then it does not matter how long
				}
			}
		}
		return others
	}}
}

func core(p *model.Profile) *model.Swing { return &p.Instance.CoreSwing }

func background(p *model.Profile) *model.Background { return &p.Instance.Background }

// crowd changes the rows of the speed table with several requests inside.
func crowd(name string, set func(row *model.SpeedRow, value float64), values ...float64) knob {
	return knob{name, func(p *model.Profile) []*model.Profile {
		var others []*model.Profile
		for _, v := range values {
			q := clone(p)
			for i := range q.Instance.Speed {
				if row := &q.Instance.Speed[i]; row.Inside > 1 {
					set(row, v)
				}
			}
			others = append(others, q)
		}
		return others
	}}
}

var (
	flush   = cost("flush", func(p *model.Profile) *int64 { return &background(p).FlushDemandNs })
	rest    = cost("flush, per second since the last", func(p *model.Profile) *int64 { return &background(p).ColdNsPerS })
	rested  = cost("flush, most for that", func(p *model.Profile) *int64 { return &background(p).ColdMostNs })
	compact = cost("compaction", func(p *model.Profile) *int64 { return &background(p).CompactionDemandNs })
	first   = cost("first flush", func(p *model.Profile) *int64 { return &background(p).FirstNs })
	wake    = cost("wake", func(p *model.Profile) *int64 { return &p.Instance.WakeNs })
)

// oneThread are the constants that runs with GOMAXPROCS=1 decide. What is
// known otherwise is not among them: the poll of the Go runtime, the bytes
// between flushes, that a flush runs before the requests, and what 10,000 keys
// cost against 1,000 (CPU time). A swing within a second is a core's: loops that
// share a core meet the same one, and a slower machine is a noisier one
// (docs/mechanisms.md). What an instance has of its own lasts longer; more than
// 0.05 is not tried, since costs of real instances do not differ by more in 8 s.
var oneThread = []knob{
	swing("core swing", core, []int64{1e8, 2e8, 4e8}, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35),
	value("best speed", func(p *model.Profile) *float64 { return &core(p).BestSpeed }, 0, 1.15, 1.2, 1.25, 1.3, 1.4),
	swing("swing", func(p *model.Profile) *model.Swing { return &p.Instance.Swing }, []int64{8e8, 32e8, 128e8}, 0.01, 0.02, 0.03, 0.04, 0.05),
	flush, rest, rested, compact, first,
	value("overrun", func(p *model.Profile) *int64 { return &p.Instance.OverrunNs }, 0, 1e6, 2e6, 3e6, 4e6), // 4 ms is a tick
	value("cv", func(p *model.Profile) *float64 { return &p.Instance.Distribution.CV }, 0.05, 0.1, 0.15, 0.2, 0.3),
	wake,
}

// twoThreads are those that differ with GOMAXPROCS=2; the rest is taken over.
var twoThreads = []knob{
	crowd("cores", func(row *model.SpeedRow, cores float64) { row.Cores = cores }, 1, 1.1, 1.2, 1.3, 1.5, 1.75, 2),
	value("share", func(p *model.Profile) *float64 { return &background(p).Share }, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
	flush, rested, compact, first, wake,
}

const (
	// choosingRuns are the simulated runs of each recorded one, memberRuns those
	// of a member: what fewer leave open adds to how members differ.
	choosingRuns = 36
	memberRuns   = 8
	// gain is how much badness must fall for a constant to be changed: less
	// is the noise of choosingRuns runs.
	gain = 1
)

// Choose picks the constants by a rule, from runs of one and two instances
// only, which the caller reads with recorded.ReadCalibration. From start it goes
// through the constants in turn, tries the values listed and keeps the one that
// explains the runs best, until a whole pass changes nothing. The steps go to
// log.
func Choose(small []*recorded.Cell, start *model.Profile, log io.Writer) (*Frozen, error) {
	if err := onlySmall(small); err != nil {
		return nil, err
	}
	f := &Frozen{profiles: map[string]*model.Profile{}}
	f.profiles[key(1)], f.profiles[key(2)] = start, start
	if err := f.frontCosts(small); err != nil {
		return nil, err
	}
	all := func(threads int) evidence { return f.evidence(threads, small) }
	var err error
	if f.profiles[key(1)], f.profiles[key(2)], err = turnBoth(all, f.profile(1), log); err != nil {
		return nil, err
	}
	return f, f.Doubt(small, log)
}

// turnBoth chooses the constants of one thread, and then those that differ with
// two, by the evidence for each.
func turnBoth(by func(threads int) evidence, start *model.Profile, log io.Writer) (one, two *model.Profile, err error) {
	if one, err = by(1).turn(oneThread, start, log); err != nil {
		return nil, nil, err
	}
	two, err = by(2).turn(twoThreads, ofTwoThreads(one), log)
	return one, two, err
}

// Members is how many other sets of constants say how well the recorded runs
// tell them.
const Members = 5

// Doubt chooses the members: each by one more pass of the same rule, from the
// constants that are chosen, with weights of the recorded runs and random
// numbers of its own. With exponential weights the likeliest constants are about
// a draw from their posterior distribution (the weighted likelihood bootstrap;
// Newton and Raftery, J. R. Statist. Soc. B 56, 1994). Then it works out what
// follows from all.
func (f *Frozen) Doubt(small []*recorded.Cell, log io.Writer) error {
	if err := onlySmall(small); err != nil {
		return err
	}
	for i := range Members {
		fmt.Fprintf(log, "member %d\n", i+1)
		weighted := func(threads int) evidence { return f.evidence(threads, small).weighted(i) }
		one, two, err := turnBoth(weighted, f.profile(1), log)
		if err != nil {
			return err
		}
		f.profiles[memberKey(1, i)], f.profiles[memberKey(2, i)] = one, two
	}
	return f.freeze(small)
}

// Refreeze works out anew, for a simulator that has changed, what follows from
// profiles that stay as they were chosen.
func (f *Frozen) Refreeze(small []*recorded.Cell) error {
	if err := onlySmall(small); err != nil {
		return err
	}
	return f.freeze(small)
}

func onlySmall(cells []*recorded.Cell) error {
	for _, c := range cells {
		if c.Instances > recorded.CalibrationSizes {
			return fmt.Errorf("%s: a calibration sees up to %d instances", c.Name(), recorded.CalibrationSizes)
		}
	}
	return nil
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

// turn turns the knobs of one profile.
func (e evidence) turn(knobs []knob, p *model.Profile, log io.Writer) (*model.Profile, error) {
	best, err := e.badness(p)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "GOMAXPROCS=%d: badness %.1f to begin with\n", p.Instance.Threads, best)
	for range e.passes {
		before := best
		for _, k := range knobs {
			for _, q := range k.others(p) {
				b, err := e.badness(q)
				if err != nil {
					return nil, err
				}
				if b < best-gain {
					best, p = b, q
				}
			}
			fmt.Fprintf(log, "  %-33s %.1f\n", k.name, best)
		}
		if best > before-gain {
			break
		}
	}
	return p, nil
}

func clone(p *model.Profile) *model.Profile {
	q := *p
	q.Instance.Demand = append([]model.KeyCost(nil), p.Instance.Demand...)
	q.Instance.Speed = append([]model.SpeedRow(nil), p.Instance.Speed...)
	q.Provenance = map[string]string{}
	for k, v := range p.Provenance {
		q.Provenance[k] = v
	}
	return &q
}

// frontCosts works out what nginx and the generator take, and what is left of
// the host: the host's busy time less that of the instances and nginx is so
// much per CPU second of the instances, the generator, and so much per second,
// everything else (least squares of the relative residuals).
func (f *Frozen) frontCosts(small []*recorded.Cell) error {
	var loaded []*recorded.Cell
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
	var costs []float64 // of a request, at speed 1
	p := f.profile(1)
	for _, c := range loaded {
		runs, err := f.predict(Mechanism, c)
		if err != nil {
			return err
		}
		for _, r := range runs {
			costs = append(costs, r.Speed*c.CPUMs()*1e6)
		}
	}
	p = clone(p)
	p.Balancer.DemandNs = int64(math.Round(stats.Median(nginx) * stats.Median(costs)))
	p.Generator.DemandNs = int64(math.Round(generator * stats.Median(costs)))
	f.profiles[key(1)] = p
	return nil
}

// hostCores is what the machine of the recorded runs has.
const hostCores = 2
