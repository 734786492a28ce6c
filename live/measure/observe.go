package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
)

// Records are those of requests that were due in the window.
func (b *Block) Records() []load.Record {
	first, last := 0, len(b.Run.Records)
	for first < last && b.Run.Records[first].Intended < b.Settle {
		first++
	}
	for last > first && b.Run.Records[last-1].Intended >= b.End {
		last--
	}
	return b.Run.Records[first:last]
}

// start is the instant from which the record's latency counts.
func start(r load.Record, closed bool) time.Duration {
	if closed {
		return r.Sent
	}
	return r.Intended
}

// throughputRps counts the answers within the window.
func (b *Block) throughputRps() float64 {
	var n int
	for _, r := range b.Run.Records {
		end := start(r, b.Run.Clients > 0) + r.Latency
		if r.Status.Answered() && end >= b.Settle && end < b.End {
			n++
		}
	}
	return float64(n) / (b.End - b.Settle).Seconds()
}

// offeredRps counts the requests that were due within the window.
func (b *Block) offeredRps() float64 {
	return float64(len(b.Records())) / (b.End - b.Settle).Seconds()
}

// CPUNs is the CPU time of the instances in use, from the empty system to the
// empty system, and Answered the requests that they answered for it.
func (b *Block) CPUNs() int64 {
	return b.sum(func(u stack.Usage) int64 { return u.CPUNs })
}

// Stopped counts the periods in which their CPU limit stopped these instances.
func (b *Block) Stopped() int64 {
	return b.sum(func(u stack.Usage) int64 { return u.ThrottledPeriods })
}

func (b *Block) sum(of func(stack.Usage) int64) int64 {
	var all int64
	for i := range b.Members {
		if i < len(b.Whole.Instances) {
			all += of(b.Whole.Instances[i])
		}
	}
	return all
}

// Answered counts the answered requests of the whole block.
func (b *Block) Answered() int {
	var answered int
	for _, r := range b.Run.Records {
		if r.Status.Answered() {
			answered++
		}
	}
	return answered
}

// cpuNsPerRequest is the one over the other.
func (b *Block) cpuNsPerRequest() float64 {
	return float64(b.CPUNs()) / float64(max(1, b.Answered()))
}

// InSystem is the mean number of requests between client and answer in the
// window.
func (b *Block) InSystem() float64 { return b.inSystem(1)[0] }

// histogram holds the window's latencies times a factor.
func (b *Block) histogram(factor float64) *hdrhistogram.Histogram {
	h := load.NewHistogram()
	for _, r := range b.Records() {
		if r.Status.Answered() {
			// What is out of range was cut to it.
			_ = h.RecordValue(load.Microseconds(time.Duration(factor * float64(r.Latency))))
		}
	}
	return h
}

// inSystem is the mean number of requests between client and answer in each of
// so many equal stretches of the window.
func (b *Block) inSystem(stretches int) []float64 {
	means := make([]float64, stretches)
	width := (b.End - b.Settle).Seconds() / float64(stretches)
	for _, r := range b.Run.Records {
		from := (start(r, b.Run.Clients > 0) - b.Settle).Seconds() / width
		to := from + r.Latency.Seconds()/width
		for i := max(0, int(from)); i < stretches && float64(i) < to; i++ {
			means[i] += max(0, min(to, float64(i+1))-max(from, float64(i)))
		}
	}
	return means
}

// use is the share of its capacity that each part used in the window.
type use struct {
	instances, balancer, host float64
	throttled                 float64 // share of periods
	others                    float64 // share of the host that none of us used
	limited                   bool    // whether the instances have a CPU limit
}

func (b *Block) use(c Config) use {
	took := b.WindowTook.Seconds() * 1e9
	if took <= 0 {
		return use{}
	}
	var u use
	var spent, capacity float64
	var periods, throttled int64
	for i, m := range b.Members {
		if i >= len(b.Window.Instances) {
			break
		}
		part := b.Window.Instances[i]
		spent += float64(part.CPUNs)
		capacity += took * c.limitOf(m.CPUs)
		periods += part.Periods
		throttled += part.ThrottledPeriods
		u.limited = u.limited || m.CPUs > 0
	}
	if capacity > 0 {
		u.instances = spent / capacity
	}
	if periods > 0 {
		u.throttled = float64(throttled) / float64(periods)
	}
	u.balancer = float64(b.Window.Balancer.CPUNs) / (took * float64(max(1, c.Scenario.Balancer.Workers)))
	u.host = float64(b.Host.Busy) / (took * cores())
	u.others = b.OthersCores() / cores()
	return u
}

// OthersCores is how many cores of the host in the window were busy with what
// is none of ours: other programs, and the kernel's work for nobody.
func (b *Block) OthersCores() float64 {
	if b.WindowTook <= 0 {
		return 0
	}
	return max(0, float64(b.Host.Busy)-b.ours()) / float64(b.WindowTook)
}

// ours is the CPU time of instances, balancer, proxies and generator in the
// window. The generator's is known for the whole run and taken as even.
func (b *Block) ours() float64 {
	spent := b.Window.Balancer.CPUNs + b.Window.ProxyCPUNs
	for _, u := range b.Window.Instances {
		spent += u.CPUNs
	}
	generator := float64(b.Run.CPU) * b.WindowTook.Seconds() / max(b.Run.Took, b.End).Seconds()
	return float64(spent) + generator
}
