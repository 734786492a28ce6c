package sim

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim/nginx"
)

// stations are n alike instances behind nginx that costs nothing, each on a
// machine of its own.
func alike(n int, spec stationSpec, mean time.Duration, s model.Shape) *system {
	cfg := &system{seed: 1, buckets: 100, shape: newShape(s), proxyHost: none, generatorHost: none, readNs: int64(time.Minute), backlog: 511}
	cfg.proxy = nginx.Config{Workers: 1, WorkerConnections: 1 << 20}
	spec.host = none
	for i := range n {
		cfg.stations = append(cfg.stations, spec)
		cfg.demandNs = append(cfg.demandNs, float64(mean))
		cfg.slow = append(cfg.slow, 1)
		cfg.proxy.Peers = append(cfg.proxy.Peers, nginx.DefaultPeer(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)))
	}
	cfg.demandNs = append(cfg.demandNs, 0, 0)
	return cfg
}

func fifo() stationSpec { return stationSpec{servers: 1, speeds: plainSpeed(1)} }
func ps() stationSpec   { return stationSpec{speeds: plainSpeed(1)} }

// open gives the system a Poisson load of so much utilisation an instance.
func (s *system) open(rho float64) *system {
	s.arrivals = &arrivalSpec{gapNs: s.demandNs[0] / rho / float64(len(s.stations))}
	return s
}

// benchmark runs the system for b.N customers and reports customers a second.
func benchmark(b *testing.B, cfg *system, perSecond float64) {
	b.ReportAllocs()
	cfg.timetable = []happening{{do: warmUpEnds}}
	warm := int64(20e9)
	cfg.horizonNs = maxTimeNs - 1
	e, err := newEngine(cfg, 0, true)
	if err != nil {
		b.Fatal(err)
	}
	if !e.run(warm) {
		b.Fatal("the short way was left")
	}
	before := e.log.offered
	b.ResetTimer()
	start := cpuSeconds(b)
	at := warm
	for e.log.offered-before < int64(b.N) {
		at += int64(float64(b.N)/perSecond*1e9/20) + 1e6
		if at >= maxTimeNs {
			b.Fatal("virtual time is used up")
		}
		if !e.run(at) {
			b.Fatal("the short way was left")
		}
	}
	b.ReportMetric(float64(e.log.offered-before)/(cpuSeconds(b)-start), "customers/s")
}

// cpuSeconds is the CPU time that this process has used. Customers are counted
// against it, not against the wall clock, since others use these machines too.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func exponential() model.Shape { return model.Shape{Kind: "exponential"} }

const serviceTime = 100 * time.Microsecond

func BenchmarkMM1(b *testing.B) {
	benchmark(b, alike(1, fifo(), serviceTime, exponential()).open(0.8), 8000)
}
func BenchmarkRoundRobin8(b *testing.B) {
	benchmark(b, alike(8, fifo(), serviceTime, exponential()).open(0.8), 64000)
}
func BenchmarkRoundRobin64(b *testing.B) {
	benchmark(b, alike(64, fifo(), serviceTime, exponential()).open(0.8), 64*8000)
}

func BenchmarkClosedPS(b *testing.B) {
	cfg := alike(8, ps(), serviceTime, exponential())
	cfg.clients, cfg.thinkRandom = 256, true
	cfg.thinkNs = float64(serviceTime) * 36
	benchmark(b, cfg, 65500)
}
