package capacity

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// room is left to speeds that vary where a capacity is compared with a load.
const room = 1.05

// may is the largest share of requests that may fail: a request that fails is
// later than any bound. 1 is no bound at all.
func may(objectives []Objective) float64 {
	share := 1.0
	for _, o := range objectives {
		switch q := o.Metric.quantile(); {
		case o.Metric == Errors:
			share = min(share, o.Limit)
		case q > 0:
			share = min(share, 1-q)
		}
	}
	return share
}

// beyond tells whether a load is more than a part can do, beyond doubt and what
// may fail.
func (s *search) beyond(load, capacityRps float64) bool {
	return room*capacityRps < load*(1-s.mayFail())
}

// never says why no number of instances can keep the objectives, as far as that is
// clear without a search: because of what all instances share, or since a request
// that is alone misses them. It is "" otherwise; then helps is nothing either.
func (s *search) never(ctx context.Context, in sim.Input) (why string, helps []string, err error) {
	load := s.heaviestRps()
	for _, o := range s.q.Objectives {
		if o.Metric == Throughput && o.Limit > s.q.RateRps {
			return fmt.Sprintf("no more than %s/s arrive, and so none are answered beyond that", short(s.q.RateRps)),
				[]string{"a higher rate, or a throughput below it"}, nil
		}
	}
	many, err := sim.NewSample(ctx, in, s.q.Max)
	if err != nil {
		return "", nil, err
	}
	sc := s.q.In.Scenario
	if c := many.NginxRps(); s.beyond(load, c) {
		workers := int(math.Ceil(load / c * float64(sc.Balancer.Workers) / thumbTarget))
		return fmt.Sprintf("nginx is the limit: its %s can do %s requests a second at most, of %s", plural(sc.Balancer.Workers, "worker"), short(c), short(load)),
			[]string{fmt.Sprintf("more of nginx's workers (balancer.workers: %d would be busy to 70 %%)", workers)}, nil
	}
	if c := many.HostRps(); s.beyond(load, c) {
		return fmt.Sprintf("%s the limit: %s can do %s requests a second at most, of %s", hosts(sc.Host), coresOf(sc.Host), short(c), short(load)),
			[]string{fmt.Sprintf("more hosts or cores (%s cores in all would be busy to 70 %%)", short(load/c*sc.Host.Cores*float64(max(1, sc.Host.Count))/thumbTarget))}, nil
	}
	for _, b := range sim.ServiceBounds(sc) {
		if c := b.Rps(s.q.Max, s.mayFail()); !b.Instance && room*c < load {
			why, helps := shares(&b, c, load)
			return why, helps, nil
		}
	}
	return s.neverAlone(ctx)
}

// shares says that something that all instances share is the limit, and what would
// help.
func shares(b *sim.ServiceBound, rps, load float64) (why string, helps []string) {
	held := milliseconds(b.MeanNs / 1e6)
	if b.Unit == "" {
		return fmt.Sprintf("%s is the limit: a request holds it for %s or more, and so %s requests a second can pass at most, of %s", b.What, held, short(rps), short(load)),
			[]string{"to hold it for less time, or a lock of each instance where that will do"}
	}
	has := number(b.Has) + " " + b.Unit
	if b.Has != 1 {
		has += "s"
	}
	return fmt.Sprintf("%s is the limit: its %s, of which a request takes %s, can do %s requests a second at most, of %s", b.What, has, held, short(rps), short(load)),
		[]string{fmt.Sprintf("more of it (%s: %s in all would be busy to 70 %%)", b.Key, short(load/rps*b.Has/thumbTarget)), "to ask less of it: fewer or cheaper calls, a cache"}
}

// mayFail is the share of requests that may fail.
func (s *search) mayFail() float64 { return may(s.q.Objectives) }

func hosts(h scenarios.Host) string {
	if h.Count > 1 {
		return "the hosts are"
	}
	return "the host is"
}

func coresOf(h scenarios.Host) string {
	text := number(h.Cores) + " cores"
	if h.Count > 1 {
		text = fmt.Sprintf("%d times %s", h.Count, text)
	}
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// neverAlone asks whether requests that meet no other miss an objective.
func (s *search) neverAlone(ctx context.Context) (string, []string, error) {
	for _, o := range s.q.Objectives {
		if o.Metric == Throughput {
			continue
		}
		worst, err := s.alone(ctx, s.q.In, o)
		if err != nil {
			return "", nil, err
		}
		if worst == nil {
			continue
		}
		why := fmt.Sprintf("one request alone takes %s (%s)", milliseconds(o.Of(&worst.point).Value), o.Metric)
		if o.Metric == Errors || math.IsInf(o.Of(&worst.point).Value, 1) {
			why = fmt.Sprintf("of requests that meet no other %s %% fail",
				number(rounded(100*worst.point.Errors.Rate.Value, 3)))
		}
		helps, err := s.helpsAlone(ctx, o, &worst.point)
		return why, helps, err
	}
	return "", nil, nil
}

// alone lets a single client ask, with pauses, and then an instance be busy to a
// third, in case a busy one is faster than one that just woke. It returns the
// trial that misses by least if all do, of all sizes that differ, else nil.
func (s *search) alone(ctx context.Context, in sim.Input, o Objective) (best *trial, err error) {
	pause := max(5/s.oneRps, 2*in.Scenario.Instance.Period.Std().Seconds())
	for _, n := range s.differ() {
		for _, busy := range []float64{0, 0.3} {
			one, seconds := in, 0.0
			one.Stores = nil
			one.Scenario = in.Scenario.Clone()
			if busy > 0 {
				if one, err = at(in, busy*s.oneRps); err != nil {
					return nil, err
				}
				seconds = 1000 / (busy * s.oneRps)
			} else {
				err = one.Scenario.Set(scenarios.Setting{Key: "load.clients", Value: "1", From: "one request alone"},
					scenarios.Setting{Key: "load.think", Value: time.Duration(pause * 1e9).String(), From: "one request alone"},
					scenarios.Setting{Key: "load.think_distribution", Value: "exponential", From: "one request alone"})
				if err != nil {
					return nil, err
				}
				seconds = 1000 * (pause + 1/s.oneRps)
			}
			one.Scenario.Instances = scenarios.Sizes{n}
			one.Scenario.WarmUp = scenarios.WarmUp{}
			one.Scenario.Duration = scenarios.Duration(max(0.01, min(seconds, 4*3600)) * float64(time.Second))
			t := &trial{in: one, instances: n, objectives: []Objective{o}}
			if err := t.until(ctx, parts[0], 20, s.progress); err != nil {
				return nil, err
			}
			t.release()
			if kept, sure := t.average(); kept || !sure {
				return nil, nil
			}
			if best == nil || o.Of(&t.point).Value < o.Of(&best.point).Value {
				best = t
			}
		}
	}
	return best, nil
}

// differ are numbers of instances that stand for all as far as a request alone
// can tell: one, and where instances differ those up to the first that does not.
func (s *search) differ() []int {
	last := 0
	for _, o := range s.q.In.Scenario.Overrides {
		for _, i := range o.Instances {
			last = max(last, i)
		}
	}
	all := []int{1}
	if last > 0 {
		for n := 2; n <= min(last+1, s.q.Max, 16); n++ {
			all = append(all, n)
		}
	}
	return all
}

// helpsAlone is what would let a request that is alone keep an objective.
func (s *search) helpsAlone(ctx context.Context, o Objective, point *model.Point) ([]string, error) {
	if o.Metric == Errors || math.IsInf(o.Of(point).Value, 1) {
		return []string{"whatever makes requests fail that are alone: look at load.timeout, balancer.read_timeout and overrides"}, nil
	}
	for _, times := range []float64{2, 4, 8} {
		if s.q.In.Scenario.Instance.CPUs == 0 {
			break
		}
		in, value := s.q.In, number(times*s.q.In.Scenario.Instance.CPUs)
		in.Scenario = in.Scenario.Clone()
		if in.Scenario.Set(scenarios.Setting{Key: "instance.cpus", Value: value, From: "instance.cpus"}) != nil {
			break
		}
		worst, err := s.alone(ctx, in, o)
		if err != nil {
			return nil, err
		}
		if worst == nil {
			return []string{"a CPU limit that lets a request through (instance.cpus: " + value + ")"}, nil
		}
	}
	return []string{"a request that takes less time by itself: less work, or a faster machine"}, nil
}

// setting is something of a scenario that might help.
type setting struct{ key, value, words string }

// settings are what else than the number of instances could be changed: of what
// instances share first, then of the instances themselves.
func settings(s *scenarios.Scenario) []setting {
	var all []setting
	b, h := s.Balancer, s.Host
	for _, row := range s.Tiers {
		t, key, tier := &row.Is, "tiers."+row.Name+".", " tier "+row.Name
		if t.CPUs > 0 {
			all = append(all, setting{key + "cpus", number(2 * t.CPUs), "a higher CPU limit for" + tier})
		}
		if t.Cores > 0 {
			all = append(all, setting{key + "cores", number(2 * t.Cores), "more cores for" + tier})
		}
		if t.Workers > 0 {
			all = append(all, setting{key + "workers", fmt.Sprint(2 * t.Workers), "more workers in" + tier})
		}
		if t.Pool > 0 {
			all = append(all, setting{key + "pool", fmt.Sprint(2 * t.Pool), "larger pools for" + tier})
		}
	}
	if s.Service != nil && s.Service.Workers > 0 {
		all = append(all, setting{"service.workers", fmt.Sprint(2 * s.Service.Workers), "more workers in each instance"})
	}
	if h.Cores > 0 {
		all = append(all, setting{"host.cores", number(2 * h.Cores), "more cores a host"}, setting{"host.count", number(float64(2 * max(1, h.Count))), "more hosts"})
		if h.Balancer == "shared" {
			all = append(all, setting{"host.balancer", "own", "a machine of its own for nginx"})
		}
		if h.Generator == "shared" {
			all = append(all, setting{"host.generator", "own", "a machine of its own for the load generator"})
		}
	}
	if b.Workers > 1 && !b.Zone {
		all = append(all, setting{"balancer.zone", "true", "a zone, so that nginx's workers share their turns"})
	}
	all = append(all, setting{"balancer.workers", fmt.Sprint(2 * max(1, b.Workers)), "more of nginx's workers"},
		setting{"balancer.worker_connections", fmt.Sprint(4 * b.WorkerConnections), "more connections for each of nginx's workers"})
	if b.Policy != "least_conn" {
		all = append(all, setting{"balancer.policy", "least_conn", "a balancer that looks at the load"})
	}
	if c := s.Instance.CPUs; c > 0 {
		all = append(all, setting{"instance.cpus", number(2 * c), "a higher CPU limit for each instance"})
	}
	if s.Instance.Discipline == "fifo" {
		all = append(all, setting{"instance.servers", fmt.Sprint(2 * max(1, s.Instance.Servers)), "more requests at a time in each instance"})
	}
	return all
}

// helps tries, one by one, what of the scenario could be changed so that n
// instances keep the objectives, and names what does.
func (s *search) helps(ctx context.Context, n int) ([]string, error) {
	var all []string
	for _, set := range settings(s.q.In.Scenario) {
		q := s.q
		q.In.Scenario = q.In.Scenario.Clone()
		if q.In.Scenario.Set(scenarios.Setting{Key: set.key, Value: set.value, From: set.key}) != nil {
			continue // it cannot be so here
		}
		other := &search{q: q, window: s.window, oneRps: s.oneRps}
		if other.q.Replications = s.q.Replications; other.q.Replications == 0 {
			other.q.Replications = replicationsLeast
		}
		other.made = s.made
		ok, err := other.keeps(ctx, n)
		if err != nil {
			return nil, err
		}
		s.made = other.made
		if ok {
			all = append(all, fmt.Sprintf("%s (%s: %s)", set.words, set.key, set.value))
		}
	}
	return slices.Clip(all), nil
}
