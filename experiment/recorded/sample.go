package recorded

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
)

// HorizonS is when the load ended, in whole seconds since it began.
func (c *Cell) HorizonS() float64 {
	last := 0.0
	for _, r := range c.Records {
		last = math.Max(last, r.Intended.Seconds())
	}
	return math.Round(last)
}

// Block is the run as a block of a measurement. The CPU time of all instances is
// taken as shared evenly; nothing was probed, and only whole runs have accounts.
func (c *Cell) Block() *measure.Block {
	end := time.Duration(c.HorizonS() * float64(time.Second))
	b := &measure.Block{
		Round: c.Repeat, Instances: c.Instances, Settle: WarmUpS * time.Second, End: end,
		Run:   &load.Run{Records: slices.Clone(c.Records), Clients: c.Clients(), PlannedFor: end, Took: time.Duration(c.WallS * float64(time.Second))},
		Whole: stack.Counters{Balancer: stack.Usage{CPUNs: int64(1e9 * c.NginxCPUS)}},
	}
	slices.SortStableFunc(b.Run.Records, func(a, b load.Record) int { return int(a.Intended - b.Intended) })
	for _, name := range c.names() {
		n := int64(c.Instances)
		b.Members = append(b.Members, stack.Member{Name: name, CPUs: c.CPUs})
		b.Whole.Instances = append(b.Whole.Instances, stack.Usage{
			CPUNs: int64(1e9*c.InstancesCPUS) / n, Periods: c.Periods / n, ThrottledPeriods: c.ThrottledPeriods / n, ThrottledNs: int64(1e9*c.ThrottledS) / n})
	}
	return b
}

// names are those of the instances, as they answered.
func (c *Cell) names() []string {
	var names []string
	for _, r := range c.Records {
		if r.Instance != "" && !slices.Contains(names, r.Instance) {
			names = append(names, r.Instance)
		}
	}
	slices.Sort(names)
	for len(names) < c.Instances {
		names = append(names, "") // was never asked
	}
	return names[:c.Instances]
}

// Arrivals are the instants at which requests were due, in seconds.
func (c *Cell) Arrivals() []float64 {
	at := make([]float64, len(c.Records))
	for i, r := range c.Records {
		at[i] = r.Intended.Seconds()
	}
	slices.Sort(at)
	return at
}

// cpuMs is the CPU time of the instances over the requests that they had answered
// when the load ended, in milliseconds: of what was inside by then half has been
// worked on, on average.
func (c *Cell) cpuMs() float64 {
	end, answered := c.HorizonS(), 0.0
	for _, r := range c.Records {
		if r.Intended.Seconds()+r.Latency.Seconds() < end {
			answered++
		}
	}
	inside := float64(len(c.Records)) - answered
	return c.CPUMs() * (answered + inside/2) / answered
}

// Sample is the run as an experiment has it, with so many replications of its
// prediction. Accounts of CPU time have the warm-up in them.
func (c *Cell) Sample(hostCores float64, replications int) (*experiment.Sample, error) {
	s, err := scenarioOf(c, hostCores, replications)
	if err != nil {
		return nil, err
	}
	point := c.Block().Point(s)
	account := s.Clone()
	account.WarmUp = scenarios.WarmUp{}
	account.Replications = min(replications, accountReplications)
	account.MaxReplications = account.Replications
	return &experiment.Sample{Measured: &point, CPUMs: c.cpuMs(), Scenario: s, Account: account}, nil
}

// accountReplications are enough for the mean CPU time of a request.
const accountReplications = 20

// scenarioOf is the scenario that a recorded run ran under.
func scenarioOf(c *Cell, hostCores float64, replications int) (*scenarios.Scenario, error) {
	s := scenarios.Default()
	s.Name = c.Name()
	s.Instances = scenarios.Sizes{c.Instances}
	s.Duration = seconds(c.HorizonS())
	s.WarmUp = scenarios.WarmUp{For: seconds(WarmUpS)}
	s.Replications, s.MaxReplications, s.Precision = replications, replications, 0
	s.Load = loadOf(c)
	s.Instance.Keys, s.Instance.CPUs, s.Instance.Threads = c.Keys, c.CPUs, c.GoMaxProcs
	s.Instance.Background = "profile"
	s.Instance.Store = "empty" // recording began with instances that had just been started
	s.Host = scenarios.Host{Count: 1, Cores: hostCores, Balancer: "shared", Generator: "shared"}
	return s, s.Validate()
}

func loadOf(c *Cell) scenarios.Load {
	l := scenarios.Load{Networks: 1, HashKeys: 1}
	if c.Open() {
		l.Kind, l.Arrivals, l.TraceS = "open", "trace", c.Arrivals()
		return l
	}
	l.Kind, l.Clients = "closed", c.Clients()
	if c.Thinks() {
		_, think, _ := strings.Cut(c.Load, "-think ")
		if d, err := time.ParseDuration(think); err == nil {
			l.Think, l.ThinkDistribution = scenarios.Duration(d), "exponential"
		}
	}
	return l
}

func seconds(s float64) scenarios.Duration { return scenarios.Duration(s * float64(time.Second)) }
