package foreign

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Stated is what the compose file and the service's own configuration say.
type Stated struct {
	Cores   float64 `json:"cores"`   // of the host that everything shares
	Workers int     `json:"workers"` // requests that an instance works on at a time, 0 for any number
	// Loop is an event loop: one request computes at a time, until it is done.
	Loop  bool `json:"loop"`
	Pool  int  `json:"pool"`  // connections to the tier, of each instance; 0 is any number
	Calls int  `json:"calls"` // of the tier, by a request
	// Like is the service that this one is a variant of, and which its model is
	// calibrated on; "" is itself.
	Like string `json:"like"`
}

// Law is the CPU time of a request in ms: Base × (1 + Extra × idle).
type Law struct{ Base, Extra float64 }

func (l Law) at(idle float64) float64 { return l.Base * (1 + l.Extra*idle) }

// Class is what is known of a class of requests.
type Class struct {
	Name  string
	Share float64
	// Weight is the CPU time of each kind of container, relative to the mix's mean.
	Weight map[string]float64
	// Spread is the sigma of the lognormal that the CPU time of a request has.
	Spread float64
	// WaitP50 and WaitP95, ms, are of waiting for what uses no CPU; 0 is none seen.
	WaitP50, WaitP95 float64
}

// Model is a service as its accounts show it.
type Model struct {
	Service string
	Stated  Stated
	CPUs    map[string]float64
	Tier    string
	Classes []Class
	CPU     map[string]Law
	// Taken is how many of the host's cores go to what is not in the stack.
	Taken float64
	// Drift is the standard deviation of the logarithm of a run's CPU time that a
	// prediction must expect, calibration included; T its quantile for 95 %.
	Drift, T float64
	// Misfit is the root mean square of ln(measured/predicted) in the blocks that
	// it was calibrated on, each with its own CPU time: throughput, p50, p95, p99.
	Misfit [4]float64
	// Cold is what instances compute more where they were idle.
	Cold Cold
	// Speed is how the machine's own varies.
	Speed  Speed
	warmMs map[string]float64 // CPU time of instances in the blocks, where none was idle
	// Before is the part of an instance's CPU time that comes before it calls or
	// waits.
	Before float64
}

// Between runs of the same thing minutes apart, the CPU time of a request moves
// by some 8 %: that much is expected of any machine, with the weight of so many
// runs, before the blocks say more.
const (
	driftExpected = 0.08
	driftWeight   = 6
)

// Calibrate makes a model of saturated blocks (Set closed) with one and two
// instances, and of light ones, one for each class. Blocks of other sizes and
// kinds are not looked at.
func Calibrate(ctx context.Context, blocks []Block, stated Stated) (*Model, error) {
	var full, light []Block
	for _, b := range blocks {
		switch {
		case b.Set == "light":
			light = append(light, b)
		case b.calibrates():
			full = append(full, b)
		}
	}
	if len(full) == 0 || len(light) == 0 {
		return nil, fmt.Errorf("wants closed loads at one or two instances and a light load of each class; has %d and %d", len(full), len(light))
	}
	m := &Model{Service: full[0].Service, Stated: stated, CPUs: full[0].CPUs, Tier: full[0].Tier(), CPU: map[string]Law{}}
	if err := m.split(full[0], light); err != nil {
		return nil, err
	}
	for kind := range full[0].CPUMs {
		m.CPU[kind] = m.law(kind, full, light)
	}
	var seconds [][]second
	for _, b := range full {
		seconds = append(seconds, b.seconds)
	}
	m.Speed = m.speedOf(seconds)
	m.Taken = taken(append(slices.Clone(full), light...))
	for i := range m.Classes {
		m.waits(&m.Classes[i], light)
	}
	m.Before = 0.5
	if err := m.warm(ctx, full, light, 3); err != nil {
		return nil, err
	}
	m.spread(full)
	return m, m.shape(ctx, full, light)
}

// calibrates tells whether a block is a saturated one that models are made of.
func (b *Block) calibrates() bool { return b.Set == "closed" && b.Instances <= 2 }

// split divides the CPU time of the mix among its classes, in proportion to what
// each costs alone.
func (m *Model) split(mixed Block, light []Block) error {
	classes, err := mixed.classes()
	if err != nil {
		return err
	}
	for _, s := range classes {
		m.Classes = append(m.Classes, Class{Name: s.class, Share: s.of, Weight: map[string]float64{}})
	}
	for kind := range mixed.CPUMs {
		mean := 0.0
		for i := range m.Classes {
			c := &m.Classes[i]
			w := meanOf(light, c.Name, func(b Block) float64 { return b.CPUMs[kind] })
			if math.IsNaN(w) {
				return fmt.Errorf("no light load of class %q: two minutes of it with one request at a time would tell what it costs", c.Name)
			}
			c.Weight[kind] = w
			mean += w * c.Share
		}
		for i := range m.Classes {
			m.Classes[i].Weight[kind] /= mean
		}
	}
	return nil
}

// meanOf is the mean of a figure over the light blocks of a class, NaN for none.
func meanOf(light []Block, class string, of func(Block) float64) float64 {
	sum, n := 0.0, 0.0
	for _, b := range light {
		if b.Class == class {
			sum += of(b)
			n++
		}
	}
	return sum / n
}

// law fits the CPU time of a kind of container: its base from the saturated
// blocks, whose instances are never idle, and what comes on top from the light ones.
func (m *Model) law(kind string, full, light []Block) Law {
	base, idle, alone := 0.0, 0.0, 0.0
	for _, b := range full {
		base += math.Log(b.CPUMs[kind]) / float64(len(full))
	}
	base = math.Exp(base)
	for _, c := range m.Classes {
		alone += c.Share * meanOf(light, c.Name, func(b Block) float64 { return b.CPUMs[kind] })
		idle += c.Share * meanOf(light, c.Name, func(b Block) float64 {
			return math.Min(1-b.busy(), 1-b.hostBusy(m.Stated.Cores))
		})
	}
	return Law{Base: base, Extra: math.Max(0, (alone/base-1)/idle)}
}

// taken is the least that others than the stack used of the host, in cores: what
// they have beyond it goes to who needs it more.
func taken(blocks []Block) float64 {
	least := math.Inf(1)
	for _, b := range blocks {
		least = math.Min(least, (b.Probe.MeanMs*b.Probe.N/1000+b.OthersS)/b.WindowS)
	}
	return math.Max(0, least)
}

// spread estimates how far the CPU time of a run lies from the model's.
func (m *Model) spread(full []Block) {
	sum := driftWeight * driftExpected * driftExpected
	for _, b := range full {
		d := math.Log(m.warmMs[b.key()] / m.CPU["web"].Base)
		sum += d * d
	}
	n := float64(len(full))
	free := driftWeight + n - 1
	m.Drift = math.Sqrt(sum / free * (1 + 1/n))
	m.T = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: free}.Quantile(0.975)
}

// waits takes from the response times of one request at a time what CPU time does
// not explain. Where that is less than half of the CPU time it is no wait.
func (m *Model) waits(c *Class, light []Block) {
	cpu := meanOf(light, c.Name, func(b Block) float64 {
		sum := 0.0
		for _, kind := range slices.Sorted(maps.Keys(b.CPUMs)) { // in order, for the same bits
			if kind != "generator" { // most of it is before and after
				sum += b.CPUMs[kind]
			}
		}
		return sum
	})
	p50 := meanOf(light, c.Name, func(b Block) float64 { return b.Measured.P50 })
	p95 := meanOf(light, c.Name, func(b Block) float64 { return b.Measured.P95 })
	if p50 > 1.5*cpu {
		c.WaitP50, c.WaitP95 = p50-cpu, p95-cpu
		return
	}
	c.Spread = math.Log(p95/p50) / 1.645
}

// shape looks for what no account says, but the saturated blocks' response times
// do: how much CPU time comes before the wait, and how much it varies from request
// to request (part of what varies at light load is the machine's, and waits hide it).
func (m *Model) shape(ctx context.Context, full, light []Block) error {
	best := *m
	if err := best.fit(ctx, full); err != nil {
		return err
	}
	try := func(change func(*Model)) error {
		other := best
		other.Classes = slices.Clone(best.Classes)
		change(&other)
		other.CPU = maps.Clone(best.CPU)
		if err := other.warm(ctx, full, light, 1); err != nil {
			return err
		}
		err := other.fit(ctx, full)
		if err == nil && other.loss() < best.loss() {
			best = other
		}
		return err
	}
	for _, before := range []float64{0.1, 0.25, 0.75, 0.9} {
		if err := try(func(o *Model) { o.Before = before }); err != nil {
			return err
		}
	}
	for _, spread := range []float64{0, 0.2, 0.4, 0.6, 0.8} {
		if err := try(func(o *Model) {
			for i := range o.Classes {
				o.Classes[i].Spread = spread
			}
		}); err != nil {
			return err
		}
	}
	for _, afterMs := range []float64{5, 80} {
		if err := try(func(o *Model) { o.Cold.AfterMs = afterMs }); err != nil {
			return err
		}
	}
	*m = best
	if err := m.warm(ctx, full, light, 3); err != nil {
		return err
	}
	m.spread(full)
	return m.fit(ctx, full)
}

// loss is how badly the saturated blocks are explained. Throughput with a known
// CPU time is sure to a hundredth, response times to a tenth or so.
func (m *Model) loss() float64 {
	sum := 0.0
	for i, f := range m.Misfit {
		f /= []float64{0.01, 0.08, 0.08, 0.08}[i]
		sum += f * f
	}
	return sum
}

// fit notes how far the model is off where it was calibrated, with the CPU time of
// each block itself.
func (m *Model) fit(ctx context.Context, full []Block) error {
	m.Misfit = [4]float64{}
	for _, b := range full {
		p, err := m.match(ctx, b)
		if err != nil {
			return err
		}
		for i, f := range b.figures() {
			d := math.Log(f / p.Figures[i])
			m.Misfit[i] += d * d / float64(len(full))
		}
	}
	for i := range m.Misfit {
		m.Misfit[i] = math.Sqrt(m.Misfit[i])
	}
	return nil
}

// figures are throughput, p50, p95 and p99.
func (b *Block) figures() [4]float64 {
	return [4]float64{b.Measured.Throughput, b.Measured.P50, b.Measured.P95, b.Measured.P99}
}
