package sim

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/nginx"
)

// stations are n alike instances behind nginx that costs nothing, each on a
// machine of its own.
func alike(n int, spec stationSpec, mean time.Duration, s model.Shape) *system {
	cfg := &system{seed: 1, buckets: 100, shape: newShape(s), proxyHost: none, generatorHost: none, readNs: int64(time.Minute), backlog: 511}
	cfg.proxy = nginx.Config{Workers: 1, WorkerConnections: 1 << 20}
	spec.host, spec.demandNs, spec.slow = none, float64(mean), 1
	for i := range n {
		cfg.stations = append(cfg.stations, spec)
		cfg.proxy.Peers = append(cfg.proxy.Peers, nginx.DefaultPeer(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)))
	}
	return cfg
}

func fifo() stationSpec { return stationSpec{servers: 1, speeds: plainSpeed(1)} }
func ps() stationSpec   { return stationSpec{speeds: plainSpeed(1)} }

// open gives the system a Poisson load of so much utilisation an instance.
func (c *system) open(rho float64) *system {
	c.arrivals = &arrivalSpec{gapNs: c.stations[0].demandNs / rho / float64(len(c.stations))}
	return c
}

// benchmark runs the system for b.N customers and reports customers a second
// of CPU time; short allows the fast path. Before that the system has had time
// to reach its steady state and to take the memory that it needs.
func benchmark(b *testing.B, cfg *system, perSecond float64, short bool) {
	b.ReportAllocs()
	cfg.timetable = []happening{{do: warmUpEnds}}
	cfg.horizonNs = maxTimeNs - 1
	e, err := newEngine(cfg, 0, short)
	if err != nil {
		b.Fatal(err)
	}
	at := int64(20e9)
	if most := int64(2e6 / perSecond * 1e9); at > most {
		at = most
	}
	advance := func() {
		if at >= maxTimeNs {
			b.Fatal("virtual time is used up")
		}
		if !e.run(at) {
			b.Fatal("the fast path was left")
		}
	}
	advance()
	before := e.log.offered
	b.ResetTimer()
	start := cpuSeconds(b)
	for e.log.offered-before < int64(b.N) {
		at += int64(float64(b.N)/perSecond*1e9/20) + 1e6
		advance()
	}
	n, took := float64(e.log.offered-before), cpuSeconds(b)-start
	b.ReportMetric(n/took, "customers/s")
	b.ReportMetric(took*1e9/n, "ns/customer")
}

// cpuSeconds is the CPU time that this process has used. Customers are counted
// against it, not against the wall clock, since others use these machines too.
func cpuSeconds(b testing.TB) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func exponential() model.Shape { return model.Shape{Kind: "exponential"} }

const serviceTime = 100 * time.Microsecond

func BenchmarkMM1(b *testing.B) {
	benchmark(b, alike(1, fifo(), serviceTime, exponential()).open(0.8), 8000, true)
}
func BenchmarkRoundRobin8(b *testing.B) {
	benchmark(b, alike(8, fifo(), serviceTime, exponential()).open(0.8), 64000, true)
}
func BenchmarkRoundRobin64(b *testing.B) {
	benchmark(b, alike(64, fifo(), serviceTime, exponential()).open(0.8), 64*8000, true)
}

func BenchmarkClosedPS(b *testing.B) {
	cfg := alike(8, ps(), serviceTime, exponential())
	cfg.clients, cfg.thinkRandom = 256, true
	cfg.thinkNs = float64(serviceTime) * 36
	benchmark(b, cfg, 65500, true)
}

// BenchmarkLimited is everything at once: eight stores with a CPU limit each, on
// one host of two cores that nginx and the load generator share with them, at
// three quarters of what the host can do.
func BenchmarkLimited(b *testing.B) {
	s := scenarios.Default()
	s.Instance.Keys, s.Instance.CPUs, s.Instance.Background = 1000, 0.25, "profile"
	s.Host.Cores, s.Host.Balancer, s.Host.Generator = 2, "shared", "shared"
	s.Load.Kind, s.Load.Arrivals, s.Load.Rate = "open", "poisson", 150
	benchmarkScenario(b, s, 8, s.Load.Rate)
}

// BenchmarkFleet is the built-in scenario of that name at its largest: a
// thousand stores on 125 hosts behind eight nginx workers.
func BenchmarkFleet(b *testing.B) {
	s, err := scenarios.Read(b.Context(), "fleet")
	if err != nil {
		b.Fatal(err)
	}
	benchmarkScenario(b, s, 1000, 1000*s.Load.RatePerInstance)
}

func benchmarkScenario(b *testing.B, s *scenarios.Scenario, n int, perSecond float64) {
	cfg, err := build(s, referenceProfile(b), n)
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, cfg, perSecond, true)
}

// BenchmarkScaleN is how the time for one customer grows with the number of
// instances, each on a host of its own: the fast path, and the general path through
// nginx's model, which is what any scenario takes in which something can fail.
func BenchmarkScaleN(b *testing.B) {
	for _, way := range []string{"short", "long"} {
		for _, n := range []int{1, 8, 64, 512, 4096} {
			b.Run(fmt.Sprintf("%s/%d", way, n), func(b *testing.B) {
				benchmark(b, alike(n, fifo(), serviceTime, exponential()).open(0.8), 8000*float64(n), way == "short")
			})
		}
	}
}
