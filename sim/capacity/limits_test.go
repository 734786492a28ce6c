package capacity

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim"
	"github.com/k9mil/velocitas/sim/random"
)

// bound is a system whose limit is known by construction.
type bound struct {
	want model.Limit
	yaml string
}

// draw is a number between two, from a stream.
func draw(rnd *random.Stream, lo, hi float64) float64 { return lo + rnd.Float64()*(hi-lo) }

// part is a scenario's pieces: what is drawn for all kinds of limit. Capacities
// are requests per second of what each part could do by itself.
type part struct {
	n       int
	demandS float64 // of a request in an instance
	rnd     *random.Stream
}

// clients keep any system busy: a closed load without thinking.
func (p part) clients() string {
	return fmt.Sprintf("load: {clients_per_instance: %d}\n", 6+p.rnd.Uint64n(20))
}

func (p part) demand(law string) string {
	return fmt.Sprintf("demand: {distribution: %s, mean: %.0fus}", law, p.demandS*1e6)
}

func law(rnd *random.Stream) string {
	return []string{"constant", "exponential"}[rnd.Uint64n(2)]
}

// nginx has a cost that lets it carry so many times what instances do.
func (p part) nginx(times, instanceRps float64) string {
	return fmt.Sprintf("balancer: {cost: %.0fns, connect: 0s}\n", 1e9/(times*instanceRps*float64(p.n)))
}

// known draws a system of a kind. The part that limits can do at most nine
// tenths of what the next one can; everything else is at random.
func known(kind int, rnd *random.Stream) bound {
	p := part{n: 1 + int(rnd.Uint64n(4)), demandS: draw(rnd, 0.002, 0.02), rnd: rnd}
	head := fmt.Sprintf("instances: %d-%d\nduration: 20s\nreplications: 3\nprecision: 0\n", p.n, p.n)
	one := 1 / p.demandS
	free := p.nginx(draw(rnd, 1.1, 10), one)
	switch kind {
	case 0: // the CPU limit is below the one thread
		cpus := draw(rnd, 0.1, 0.9)
		return bound{model.LimitCPULimit, head + p.clients() + free +
			fmt.Sprintf("instance: {%s, cpus: %.3f}\n", p.demand(law(rnd)), cpus)}
	case 1: // one request at a time, or one thread, and no CPU limit
		how := []string{"discipline: fifo", "discipline: ps", "discipline: ps, cpus: 2"}[rnd.Uint64n(3)]
		return bound{model.LimitInstance, head + p.clients() + free +
			fmt.Sprintf("instance: {%s, %s}\n", p.demand(law(rnd)), how)}
	case 2: // the host has at most nine tenths of the cores that instances could use
		p.n++
		head = fmt.Sprintf("instances: %d-%d\nduration: 20s\nreplications: 3\nprecision: 0\n", p.n, p.n)
		return bound{model.LimitHost, head + p.clients() + free +
			fmt.Sprintf("instance: {%s}\nhost: {cores: %.2f}\n", p.demand(law(rnd)), draw(rnd, 0.3, 0.9)*float64(p.n))}
	case 3: // nginx can do at most nine tenths of what instances can
		return bound{model.LimitBalancer, head + p.clients() + p.nginx(draw(rnd, 0.2, 0.9), one) +
			fmt.Sprintf("instance: {%s}\n", p.demand(law(rnd)))}
	case 4: // an open load of at most nine tenths of what instances can do
		return bound{model.LimitLoad, head + free +
			fmt.Sprintf("load: {rate_per_instance: %.3f}\ninstance: {%s}\n", draw(rnd, 0.1, 0.85)*one, p.demand(law(rnd)))}
	case 5: // clients that think so long that together they ask for half at most
		clients := 1 + rnd.Uint64n(5)
		think := float64(clients)/(draw(rnd, 0.1, 0.5)*one) - p.demandS
		return bound{model.LimitLoad, head + free +
			fmt.Sprintf("load: {clients_per_instance: %d, think: %.0fus}\ninstance: {%s}\n", clients, think*1e6, p.demand(law(rnd)))}
	case 6: // nginx has connections for a few requests only, and latency needs more
		inside := 2 + rnd.Uint64n(4) // a client's and an instance's connection each
		slow := "instance: {demand: {distribution: constant, mean: 200ms}, discipline: fifo, servers: 100}\n"
		rate := draw(rnd, 2, 5) * float64(inside) / 0.2
		return bound{model.LimitWorkerConnections, head + fmt.Sprintf("load: {rate: %.2f}\nbalancer: {cost: 0s, connect: 0s, worker_connections: %d}\n", rate, 2*inside+2) + slow}
	case 7: // an overloaded open system, with the same words as a closed one
		free = p.nginx(draw(rnd, 5, 20), one) // it has to take in all that is offered
		return bound{model.LimitInstance, head + strings.Replace(free, "}", ", worker_connections: 1000000}", 1) +
			fmt.Sprintf("load: {rate_per_instance: %.3f}\ninstance: {%s, discipline: fifo}\n", draw(rnd, 1.1, 3)*one, p.demand(law(rnd)))}
	case 8: // the store's one writer: four threads, of which writing uses one
		return bound{model.LimitWriter, head + p.clients() + "balancer: {cost: 10us}\n" +
			fmt.Sprintf("instance: {keys: %d, threads: 4, background: none}\n", 200+rnd.Uint64n(2000))}
	default: // instances answer 503 to all but a few, and nothing is busy
		inside := 1 + rnd.Uint64n(3)
		rate := draw(rnd, 2, 5) * float64(inside) / 0.2
		return bound{model.LimitMaxInside, head + fmt.Sprintf("load: {rate_per_instance: %.2f}\nbalancer: {cost: 0s, connect: 0s}\n", rate) +
			fmt.Sprintf("instance: {demand: {distribution: constant, mean: 200ms}, discipline: fifo, servers: 100, max_inside: %d}\n", inside)}
	}
}

const (
	boundKinds   = 10
	boundSystems = 200
)

// Of 200 random systems with a known bottleneck at least 95 % are named right.
func TestLimitsAreNamed(t *testing.T) {
	rnd := random.New(1, 0, "systems", 0)
	right := 0
	for i := range boundSystems {
		b := known(i%boundKinds, &rnd)
		in := input(t, b.yaml)
		c, err := sim.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		p := c.Points[0]
		if p.Limit == b.want {
			right++
			continue
		}
		u := p.Utilisation
		t.Logf("%s named %s (%s): instances %.2f nginx %.2f host %.2f errors %v\n%s", b.want, p.Limit, p.Verdict,
			u.Instances.Value, u.Balancer.Value, u.Host.Value, p.Errors.ByStatus, b.yaml)
	}
	t.Logf("%d of %d named right", right, boundSystems)
	if least := boundSystems * 95 / 100; right < least {
		t.Errorf("%d of %d are named right, want %d", right, boundSystems, least)
	}
}

// Limits that the systems above do not have.
func TestLimitsOfUnequalParts(t *testing.T) {
	for _, c := range []struct {
		why, yaml string
		want      model.Limit
	}{
		{"nginx may open one connection to each instance, and answers 502 to the rest",
			"load: {rate: 30}\nbalancer: {max_conns: 1, cost: 0s, connect: 0s}\ninstance: {demand: 200ms, discipline: fifo, servers: 100}\n", model.LimitMaxConns},
		{"one instance has a CPU limit, and the round robin sends all clients there",
			"load: {clients_per_instance: 8}\nbalancer: {cost: 0s, connect: 0s}\ninstance: {demand: 10ms}\noverrides: [{instances: 3, cpus: 0.1}]\n", model.LimitCPULimit},
		{"all instances are stopped: no connections are short, there are none",
			"load: {rate: 30}\ninstance: {demand: 10ms}\nevents: [{at: 1s, instance: 1, do: stop}, {at: 1s, instance: 2, do: stop}, {at: 1s, instance: 3, do: stop}]\n", model.LimitFailures},
	} {
		in := input(t, "instances: 3-3\nduration: 20s\nreplications: 3\nprecision: 0\n"+c.yaml)
		curve, err := sim.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if p := curve.Points[0]; p.Limit != c.want {
			t.Errorf("%s: named %s, want %s (errors %v)", c.why, p.Limit, c.want, p.Errors.ByStatus)
		}
	}
}
