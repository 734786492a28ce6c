package sim

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// The system of BenchmarkThreeTier: eight instances of four workers, each with a
// pool of three connections to one database of 16 workers. A request computes,
// calls the database and computes again, which are four steps: the database's own
// computing is one, too.
const (
	threeTierYAML = "instances: 8-8\nload: {rate: 1600}\n" +
		"service: {workers: 4, threads: 1, requests: {get: {steps: [cpu: {distribution: exponential, mean: 2ms}, call: db.q, cpu: {distribution: exponential, mean: 1ms}]}}}\n" +
		"tiers: {db: {workers: 16, threads: 16, pool: 3, operations: {q: {distribution: exponential, mean: 5ms}}}}\n"
	threeTierRate  = 1600
	threeTierSteps = 4
)

func BenchmarkThreeTier(b *testing.B) {
	s, err := scenarios.Parse("three-tier.yaml", []byte("balancer: {worker_connections: 100000, read_timeout: 1h}\n"+threeTierYAML))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkScenario(b, s, 8, threeTierRate)
	b.ReportMetric(threeTierSteps, "steps/customer")
}

// leanRequest is a request of leanTiers.
type leanRequest struct {
	start    int64
	instance int32
	second   bool // computes for the second time
}

// leanInstance is one of leanTiers: what waits for a worker, computes, and waits
// for a connection.
type leanInstance struct {
	leanPS
	working, connected int
	queue, pool        []int32
}

// leanTiers is the system of BenchmarkThreeTier: numbers of requests in slices,
// and a heap of departures of which those overtaken are skipped.
type leanTiers struct {
	heap      leanHeap
	requests  []leanRequest
	free      []int32
	instances [8]leanInstance
	database  []int32 // waits for a worker of it
	busy      int
	services  random.Stream
}

// Sources of events: a request is its own while the database works on it.
const (
	leanArrives  = 0
	leanComputes = 1
	leanDatabase = 1 << 30
)

func (l *leanTiers) plan(i int32, now int64) {
	s := &l.instances[i].leanPS
	s.version = (s.version + 1) & (1<<24 - 1)
	if len(s.jobs) > 0 {
		left := (s.jobs[s.first()].finish - s.attained) * float64(len(s.jobs))
		l.heap.push(leanEvent{now + int64(left), leanComputes + i + 8*s.version})
	}
}

func (l *leanTiers) compute(i, req int32, mean float64, now int64) {
	s := &l.instances[i].leanPS
	s.advance(now)
	s.jobs = append(s.jobs, leanJob{s.attained + l.services.Exponential()*mean, now, req})
	l.plan(i, now)
}

func (l *leanTiers) query(req int32, now int64) {
	if l.busy == 16 {
		l.database = append(l.database, req)
		return
	}
	l.busy++
	l.heap.push(leanEvent{now + int64(l.services.Exponential()*5e6), leanDatabase + req})
}

// leanTake takes the first of a queue.
func leanTake(q *[]int32) int32 {
	first := (*q)[0]
	copy(*q, (*q)[1:])
	*q = (*q)[:len(*q)-1]
	return first
}

func (l *leanTiers) arrive(i int32, now int64) {
	var req int32
	if n := len(l.free); n > 0 {
		req, l.free = l.free[n-1], l.free[:n-1]
	} else {
		req = int32(len(l.requests))
		l.requests = append(l.requests, leanRequest{})
	}
	l.requests[req] = leanRequest{start: now, instance: i}
	in := &l.instances[i]
	if in.working == 4 {
		in.queue = append(in.queue, req)
		return
	}
	in.working++
	l.compute(i, req, 2e6, now)
}

// queried is the end of a call.
func (l *leanTiers) queried(req int32, now int64) {
	l.busy--
	if len(l.database) > 0 {
		l.query(leanTake(&l.database), now)
	}
	i := l.requests[req].instance
	in := &l.instances[i]
	if len(in.pool) > 0 {
		l.query(leanTake(&in.pool), now)
	} else {
		in.connected--
	}
	l.requests[req].second = true
	l.compute(i, req, 1e6, now)
}

// computed is the end of a computation; done is the request that is answered.
func (l *leanTiers) computed(i int32, now int64) (done int32) {
	in := &l.instances[i]
	in.advance(now)
	k := in.first()
	req := in.jobs[k].client
	in.jobs[k] = in.jobs[len(in.jobs)-1]
	in.jobs = in.jobs[:len(in.jobs)-1]
	if len(in.jobs) == 0 {
		in.attained = 0
	}
	switch {
	case l.requests[req].second:
		if len(in.queue) > 0 {
			l.compute(i, leanTake(&in.queue), 2e6, now)
		} else {
			in.working--
			l.plan(i, now)
		}
		return req
	case in.connected == 3:
		in.pool = append(in.pool, req)
	default:
		in.connected++
		l.query(req, now)
	}
	l.plan(i, now)
	return none
}

func BenchmarkLeanThreeTier(b *testing.B) {
	arrivals := random.New(1, 0, "arrivals", 0)
	l := leanTiers{services: random.New(1, 0, "services", 0)}
	hist := hdrhistogram.New(1, latencyMax, latencyDigits)
	l.heap.push(leanEvent{0, leanArrives})
	turn, done := int32(0), 0
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuSeconds(b)
	for done < b.N {
		e := l.heap.pop()
		switch {
		case e.source == leanArrives:
			l.arrive(turn, e.at)
			turn = (turn + 1) % 8
			l.heap.push(leanEvent{e.at + int64(arrivals.Exponential()*1e9/threeTierRate), leanArrives})
		case e.source >= leanDatabase:
			l.queried(e.source-leanDatabase, e.at)
		default:
			i, version := (e.source-leanComputes)%8, (e.source-leanComputes)/8
			if version != l.instances[i].version {
				continue
			}
			if req := l.computed(i, e.at); req != none {
				_ = hist.RecordValue((e.at - l.requests[req].start) / latencyUnitNs)
				l.free = append(l.free, req)
				done++
			}
		}
	}
	took := cpuSeconds(b) - start
	b.ReportMetric(float64(done)/took, "customers/s")
	b.ReportMetric(took*1e9/float64(done), "ns/customer")
	b.ReportMetric(float64(hist.Mean()), "mean_us")
}
