package calibrate

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Source is what a profile of the whole stack is made from.
type Source struct {
	// Run is a measurement of at least Sizes under Scenario. The profile's
	// speed 1 is the mean speed of the machine over all of it, to which the
	// run's own estimates refer too.
	Run      *measure.Result
	Scenario *scenarios.Scenario
	// Sizes are the numbers of instances to calibrate with; no other is looked at.
	Sizes []int
	// Store is a profile of the store on this machine, made by [Store]. It
	// gives what CPU time over requests cannot tell apart: the speed table and
	// what a batch costs.
	Store *model.Profile
	// Alone has the store's own work, the distribution of the demand and what
	// waking costs from an instance itself, see [AskAlone]; nil leaves those of
	// Store.
	Alone *Alone
	// IdleCores is what an instance burns while nothing is asked of it, see
	// [Idle]; ConnectNs the time of a new connection to one, see [Connect]; After
	// the part of the generator's work that follows an answer, see [After].
	IdleCores float64
	ConnectNs int64
	After     float64
	// Fingerprint goes into the provenance.
	Fingerprint map[string]string
}

// FromInstance is the key in a profile's provenance that says that the store's
// own work in it was read off an instance.
const FromInstance = "own_work"

// FromVariogram is the key in a profile's provenance that says that the swing of
// the speed in it was measured.
const FromVariogram = "swing"

// FromRun makes the profile: demand is the CPU time of the instances over the
// requests that they answered (the service demand law), less what the store's
// own work and idling took, at the speed of a request alone.
func FromRun(s Source) (*model.Profile, error) {
	blocks, err := s.blocks()
	if err != nil {
		return nil, err
	}
	sum := s.addUp(blocks)
	speed := s.speed()
	keys := s.Scenario.Instance.Keys
	own, wake, resume := s.ownWork(sum, efficiency(speed, sum.inside))
	ownShare := ownNs(own, keys, sum.rateRps)
	demand := (sum.cpuNs - ownShare - wake*sum.woken - resume*sum.stopped) * efficiency(speed, sum.inside)
	if demand <= 0 {
		return nil, fmt.Errorf("calibrate: a request took %.3g ms of CPU time, less than the store's own work for it (%.3g ms): the store's profile is of another machine, or the run is too short",
			sum.cpuNs/1e6, ownShare/1e6)
	}
	p := &model.Profile{
		Schema:     model.ProfileSchema,
		Name:       "live-" + time.Now().UTC().Format("20060102-150405"),
		About:      fmt.Sprintf("measured under %q with %s instances behind nginx", s.Scenario.Name, joined(s.Sizes)),
		Provenance: s.provenance(sum, len(blocks)),
		Balancer:   model.BalancerCost{DemandNs: int64(sum.balancerNs), ConnectNs: s.ConnectNs},
		Generator:  model.GeneratorCost{DemandNs: int64(sum.generatorNs), After: s.After},
		Range:      s.covers(blocks),
	}
	p.Instance = s.Store.Instance
	p.Instance.Demand = []model.KeyCost{{Keys: keys, DemandNs: int64(math.Round(demand))}}
	p.Instance.Background = own
	p.Instance.WakeNs, p.Instance.ResumeNs = int64(wake), int64(resume)
	p.Instance.IdleCores = s.IdleCores
	p.Instance.Speed = speed
	if s.Alone != nil {
		p.Instance.Distribution, p.Instance.FullHost = s.Alone.Shape, s.Alone.FullHost
		p.Instance.Swing, p.Instance.CoreSwing = Lasting, s.Alone.Swing
		if s.Alone.Swing.LogSD > 0 {
			p.Provenance[FromVariogram] = "variogram of the CPU time of requests alone in an instance"
		}
		p.Provenance["distribution"] = "CPU time of requests alone in an instance"
		p.Provenance[FromInstance] = fmt.Sprintf("CPU time around %d flushes in an instance", s.Alone.Flushes)
	}
	sd := math.Hypot(p.Instance.Swing.LogSD, p.Instance.CoreSwing.LogSD)
	scaleCosts(&p.Instance, math.Exp(-sd*sd))
	return p, nil
}

// Lasting is how instances differ until the two smallest sizes say otherwise. What
// a trace shows within seconds is its core's, since loops that share a core meet
// the same swing; what lasts no trace of one instance can tell from the machine's
// drift. So much the recorded runs of another machine chose (docs/research/accuracy.md).
var Lasting = model.Swing{LogSD: 0.05, TauNs: 12_800_000_000}

// scaleCosts multiplies all costs of an instance in CPU time. Those measured are
// means over a swinging speed: with a lognormal speed of mean 1 whose logarithm
// has standard deviation sd, they are exp(sd²) times those at speed 1.
func scaleCosts(in *model.InstanceCost, by float64) {
	in.Background = scaled(in.Background, by)
	for _, ns := range []*int64{&in.Demand[0].DemandNs, &in.WakeNs, &in.ResumeNs} {
		*ns = int64(math.Round(by * float64(*ns)))
	}
}

// blocks are the clean ones of the sizes.
func (s Source) blocks() ([]*measure.Block, error) {
	switch {
	case s.Run == nil || s.Scenario == nil:
		return nil, errors.New("calibrate: no run to calibrate with")
	case s.Store == nil:
		return nil, errors.New("calibrate: no profile of the store: make one first")
	case s.Scenario.Instance.Threads > 0 && s.Scenario.Instance.Threads != s.Store.Instance.Threads:
		return nil, fmt.Errorf("calibrate: the store was timed with %d threads, the instances ran with %d: want the same",
			s.Store.Instance.Threads, s.Scenario.Instance.Threads)
	}
	var blocks []*measure.Block
	for _, n := range s.Sizes {
		clean := s.Run.Clean(n)
		if len(clean) == 0 {
			return nil, fmt.Errorf("calibrate: no block with %d instances counts: measure them again", n)
		}
		blocks = append(blocks, clean...)
	}
	if len(blocks) == 0 {
		return nil, errors.New("calibrate: no sizes: want for example 1 and 2")
	}
	return blocks, nil
}

// totals are means over all requests, at the run's mean speed.
type totals struct {
	cpuNs, balancerNs, generatorNs float64 // per request
	inside                         float64 // requests in an instance
	woken                          float64 // share of requests that found it idle
	stopped                        float64 // how often a limit stopped it, per request
	rateRps                        float64 // of requests to an instance
	probeMs                        float64
	requests                       int
}

// addUp takes sums before ratios, so that every request counts alike.
func (s Source) addUp(blocks []*measure.Block) totals {
	var t totals
	var inside, wakes, rates []float64
	for _, b := range blocks {
		factor := s.Run.Drift.CPUFactor(b)
		idle := s.IdleCores * b.Run.Took.Seconds() * 1e9 * float64(b.Instances)
		t.cpuNs += factor * max(0, float64(b.CPUNs())-idle)
		t.balancerNs += factor * float64(b.Whole.Balancer.CPUNs)
		t.generatorNs += factor * float64(b.Run.CPU.Nanoseconds()+b.Whole.ProxyCPUNs)
		t.requests += b.Answered()
		t.stopped += float64(b.Stopped())
		inside = append(inside, b.InSystem()/float64(b.Instances))
		wakes = append(wakes, woken(b))
		rates = append(rates, float64(b.Answered())/b.Run.Took.Seconds()/float64(b.Instances))
	}
	n := float64(max(1, t.requests))
	t.cpuNs, t.balancerNs, t.generatorNs = t.cpuNs/n, t.balancerNs/n, t.generatorNs/n
	t.stopped /= n
	t.rateRps = mean(rates)
	t.inside, t.woken, t.probeMs = mean(inside), mean(wakes), s.Run.Drift.MeanMs
	return t
}

// ownWork is the store's own work and what waking and going on after a limit
// cost, as an instance showed it or else the store by itself, by how much slower
// the machine was in the run.
func (s Source) ownWork(sum totals, efficiency float64) (own model.Background, wakeNs, resumeNs float64) {
	store := s.Store.Instance
	own, wakeNs, resumeNs, quietNs := store.Background, float64(store.WakeNs), float64(store.ResumeNs), 0.0
	if s.Alone != nil {
		own, wakeNs, resumeNs, quietNs = s.Alone.Background, float64(s.Alone.WakeNs), float64(s.Alone.ResumeNs), s.Alone.QuietNs
	} else if s.Store.Provenance[FromInstance] != "" {
		quietNs = s.Store.Instance.DemandNs(s.Scenario.Instance.Keys, s.Scenario.Instance.Write == "batch")
	}
	slower := s.slower(sum.probeMs)
	if quietNs > 0 {
		// The same requests tell better than the probe, which is short. They were
		// slower by as much as all of a request is: its demand and these costs.
		costs := ownNs(own, s.Scenario.Instance.Keys, sum.rateRps) + wakeNs*sum.woken + resumeNs*sum.stopped
		slower = sum.cpuNs / (quietNs/efficiency + costs)
	}
	return scaled(own, slower), slower * wakeNs, slower * resumeNs
}

// slower is by how much costs grew from when the store was timed to the run, by
// the probe.
func (s Source) slower(probeMs float64) float64 {
	then, err := strconv.ParseFloat(s.Store.Provenance["probe_ms"], 64)
	if err != nil || then <= 0 || probeMs <= 0 {
		return 1
	}
	return probeMs / then
}

// speed is the speed table of the store, with an instance's own efficiency.
func (s Source) speed() []model.SpeedRow {
	table := slices.Clone(s.Store.Instance.Speed)
	if s.Alone != nil && len(s.Alone.Efficiency) == len(table) {
		for i := range table {
			table[i].Efficiency = s.Alone.Efficiency[i]
		}
	}
	return table
}

// scaled is the store's own work at another speed of the machine.
func scaled(b model.Background, by float64) model.Background {
	for _, ns := range []*int64{&b.FlushDemandNs, &b.CompactionDemandNs, &b.ColdNsPerS, &b.ColdMostNs, &b.FirstNs} {
		*ns = int64(by * float64(*ns))
	}
	return b
}

// woken is the share of a block's requests that found their instance idle.
func woken(b *measure.Block) float64 {
	busyUntil := make(map[string]time.Duration)
	idle := 0
	for _, r := range b.Run.Records {
		if r.Sent >= busyUntil[r.Instance] {
			idle++
		}
		end := r.Intended + r.Latency
		if b.Run.Clients > 0 {
			end = r.Sent + r.Latency
		}
		busyUntil[r.Instance] = max(busyUntil[r.Instance], end)
	}
	return float64(idle) / float64(max(1, len(b.Run.Records)))
}

// ownNs is the store's own work for one request on average, at a rate of
// requests to the instance.
func ownNs(b model.Background, keys int, rateRps float64) float64 {
	if b.FlushEveryBytes == 0 {
		return 0
	}
	everyS := float64(b.FlushEveryBytes) / float64(keys*b.BytesPerKey) / rateRps
	work := float64(b.FlushDemandNs) + min(float64(b.ColdMostNs), float64(b.ColdNsPerS)*everyS)
	if b.CompactEveryFlush > 0 {
		work += float64(b.CompactionDemandNs) / float64(b.CompactEveryFlush)
	}
	return work * float64(keys*b.BytesPerKey) / float64(b.FlushEveryBytes)
}

// efficiency is that of the speed table with so many requests inside.
func efficiency(table []model.SpeedRow, inside float64) float64 {
	for i, row := range table {
		if inside > float64(row.Inside) {
			continue
		}
		if i == 0 {
			return row.Efficiency
		}
		before := table[i-1]
		part := (inside - float64(before.Inside)) / float64(row.Inside-before.Inside)
		return before.Efficiency + part*(row.Efficiency-before.Efficiency)
	}
	return table[len(table)-1].Efficiency
}

// provenance says where the profile is from.
func (s Source) provenance(t totals, blocks int) map[string]string {
	p := map[string]string{
		"method":       "CPU time of instances and nginx over the requests answered; speed table and store's own work from " + s.Store.Name,
		"date":         time.Now().UTC().Format(time.RFC3339),
		"store":        s.Store.Digest(),
		"sizes":        joined(s.Sizes),
		"blocks":       fmt.Sprint(blocks),
		"requests":     fmt.Sprint(t.requests),
		"inside":       fmt.Sprintf("%.2f", t.inside),
		"probe_ms":     fmt.Sprintf("%.2f", t.probeMs),
		"distribution": "CPU time of inserts alone in the store",
	}
	for _, key := range []string{FromInstance, FromVariogram} {
		if from, ok := s.Store.Provenance[key]; ok {
			p[key] = from
		}
	}
	maps.Copy(p, s.Fingerprint)
	return p
}

// covers is the range of what was measured.
func (s Source) covers(blocks []*measure.Block) model.Range {
	keys := s.Scenario.Instance.Keys
	r := model.Range{InstancesMax: slices.Max(s.Sizes), InsideMax: 1, KeysMin: keys, KeysMax: keys, CPUsMin: math.Inf(1)}
	for _, row := range s.Store.Instance.Speed {
		r.InsideMax = max(r.InsideMax, row.Inside)
	}
	for _, b := range blocks {
		for _, m := range b.Members {
			cpus := m.CPUs
			if cpus == 0 {
				cpus = float64(s.Store.Instance.Threads)
			}
			r.CPUsMin, r.CPUsMax = min(r.CPUsMin, cpus), max(r.CPUsMax, cpus)
		}
	}
	return r
}

func joined(sizes []int) string {
	text := make([]string, len(sizes))
	for i, n := range sizes {
		text[i] = strconv.Itoa(n)
	}
	return strings.Join(text, ", ")
}
