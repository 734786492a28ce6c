package sim

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/sim/random"
)

// The leanest loops that we could write, with nothing but a 4-ary heap of
// (time, source), queues of arrival times and a histogram. They run beside the
// benchmarks of the simulator, since only the ratio of the two says anything
// on a machine whose speed drifts.

type leanEvent struct {
	at     int64
	source int32
}

type leanHeap []leanEvent

func (h *leanHeap) push(e leanEvent) {
	*h = append(*h, e)
	q := *h
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 4
		if q[up].at <= e.at {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = e
}

func (h *leanHeap) pop() leanEvent {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	*h = q
	if len(q) == 0 {
		return top
	}
	i := 0
	for {
		first := 4*i + 1
		if first >= len(q) {
			break
		}
		least := first
		for j := first + 1; j < min(first+4, len(q)); j++ {
			if q[j].at < q[least].at {
				least = j
			}
		}
		if q[least].at >= last.at {
			break
		}
		q[i] = q[least]
		i = least
	}
	q[i] = last
	return top
}

// leanFIFO is Poisson arrivals in turn to n single-server stations.
func leanFIFO(b *testing.B, n int) {
	arrivals, services := random.New(1, 0, "arrivals", 0), random.New(1, 0, "services", 0)
	hist := hdrhistogram.New(1, latencyMax, latencyDigits)
	mean := float64(serviceTime)
	gap := mean / 0.8 / float64(n)
	queues := make([]leanQueue, n)
	var heap leanHeap
	heap.push(leanEvent{0, int32(n)})
	turn, done := 0, 0
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuSeconds(b)
	for done < b.N {
		e := heap.pop()
		if int(e.source) == n {
			q := &queues[turn]
			q.push(e.at)
			if q.n == 1 {
				heap.push(leanEvent{e.at + int64(services.Exponential()*mean), int32(turn)})
			}
			if turn++; turn == n {
				turn = 0
			}
			heap.push(leanEvent{e.at + int64(arrivals.Exponential()*gap), int32(n)})
			continue
		}
		q := &queues[e.source]
		_ = hist.RecordValue((e.at - q.pop()) / latencyUnitNs)
		done++
		if q.n > 0 {
			heap.push(leanEvent{e.at + int64(services.Exponential()*mean), e.source})
		}
	}
	b.ReportMetric(float64(done)/(cpuSeconds(b)-start), "customers/s")
}

// leanQueue is a ring of arrival times.
type leanQueue struct {
	at      [1024]int64
	head, n int
}

func (q *leanQueue) push(at int64) { q.at[(q.head+q.n)&1023] = at; q.n++ }
func (q *leanQueue) pop() int64 {
	at := q.at[q.head]
	q.head = (q.head + 1) & 1023
	q.n--
	return at
}

func BenchmarkLeanMM1(b *testing.B)          { leanFIFO(b, 1) }
func BenchmarkLeanRoundRobin8(b *testing.B)  { leanFIFO(b, 8) }
func BenchmarkLeanRoundRobin64(b *testing.B) { leanFIFO(b, 64) }

// leanJob is a customer in a processor-sharing station of the lean loop.
type leanJob struct {
	finish float64
	since  int64
	client int32
}

// leanPS is a processor-sharing station in virtual time. Its departure events
// carry a version, and those of an old one are skipped when they come up.
type leanPS struct {
	jobs     []leanJob
	attained float64
	last     int64
	version  int32
}

func (s *leanPS) advance(now int64) {
	if n := len(s.jobs); n > 0 {
		s.attained += float64(now-s.last) / float64(n)
	}
	s.last = now
}

// next is the station's next departure and the index of who departs.
func (s *leanPS) first() int {
	least := 0
	for i := range s.jobs {
		if s.jobs[i].finish < s.jobs[least].finish {
			least = i
		}
	}
	return least
}

// BenchmarkLeanClosedPS is 256 thinking clients in turn to 8 stations.
func BenchmarkLeanClosedPS(b *testing.B) {
	const clients, n = 256, 8
	thinks, services := random.New(1, 0, "thinks", 0), random.New(1, 0, "services", 0)
	hist := hdrhistogram.New(1, latencyMax, latencyDigits)
	mean, think := float64(serviceTime), 36*float64(serviceTime)
	stations := make([]leanPS, n)
	var heap leanHeap
	for c := range clients {
		heap.push(leanEvent{int64(thinks.Exponential() * think), int32(c)})
	}
	plan := func(i int, now int64) {
		s := &stations[i]
		s.version++
		if len(s.jobs) > 0 {
			left := (s.jobs[s.first()].finish - s.attained) * float64(len(s.jobs))
			heap.push(leanEvent{now + int64(left), clients + int32(i) + n*s.version})
		}
	}
	turn, done := 0, 0
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuSeconds(b)
	for done < b.N {
		e := heap.pop()
		if e.source < clients {
			s := &stations[turn]
			s.advance(e.at)
			s.jobs = append(s.jobs, leanJob{s.attained + services.Exponential()*mean, e.at, e.source})
			plan(turn, e.at)
			turn = (turn + 1) % n
			continue
		}
		i := int(e.source-clients) % n
		s := &stations[i]
		if (e.source-clients)/n != s.version {
			continue
		}
		s.advance(e.at)
		j := s.first()
		job := s.jobs[j]
		s.jobs[j] = s.jobs[len(s.jobs)-1]
		s.jobs = s.jobs[:len(s.jobs)-1]
		if len(s.jobs) == 0 {
			s.attained = 0
		}
		_ = hist.RecordValue((e.at - job.since) / latencyUnitNs)
		done++
		heap.push(leanEvent{e.at + int64(thinks.Exponential()*think), job.client})
		plan(i, e.at)
		if s.version > 1<<27 {
			b.Fatal("versions are used up")
		}
	}
	b.ReportMetric(float64(done)/(cpuSeconds(b)-start), "customers/s")
}
