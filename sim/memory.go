package sim

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/k9mil/velocitas/internal/strict"
)

// DefaultMemory is what a prediction may hold where [Input] does not say, bytes.
const DefaultMemory = int64(2e9)

// livePart is the part of that which what is in use may take: the rest is for
// the program itself and what its garbage collector has not yet taken back.
const livePart = 0.7

// errFull is that a replication holds as much as it may.
var errFull = errors.New("sim: the replication holds as much as it may")

// What things take, in bytes. Slices that grow have on average half as much room
// again as they use.
var (
	requestBytes = sizeOf[request]()
	jobBytes     = sizeOf[job]()
	stationBytes = sizeOf[station]() + sizeOf[stationSpec]() + 256 // with nginx's peer and its name
	taskBytes    = sizeOf[task]() * 3 / 2
	queueBytes   = sizeOf[queue]() + 4
	swingBytes   = 2 * sizeOf[swinger]() * 3 / 2
)

const (
	numberBytes = 8
	// latencyBytes and timelineBytes are the histograms of a replication.
	latencyBytes  = 240 << 10
	timelineBytes = timelineBuckets * 26 << 10
)

func sizeOf[T any]() int64 { return int64(reflect.TypeFor[T]().Size()) }

// need is a part of what a replication holds from its start to its end.
type need struct {
	bytes     int64
	key, what string // which key of the scenario makes it so large, and how
}

// needs are the parts that can become large.
func (c *system) needs() []need {
	n := int64(len(c.stations))
	var tasks, queues int64
	for i, cores := range c.hosts {
		if cores > 0 && (int64(i) < n || i == 0) {
			queues += (cores + microCores - 1) / microCores
		}
	}
	for _, s := range c.stations {
		if s.host != none && c.hosts[s.host] > 0 {
			tasks += int64(s.speeds.mostTasks())
		}
	}
	sources := int64(2)
	for sources < n+int64(c.proxy.Workers)+int64(c.clients)+256 {
		sources *= 2
	}
	return []need{
		{n * (stationBytes + swingBytes), "instances", fmt.Sprintf("%d instances", n)},
		{tasks * taskBytes, "instance.threads", fmt.Sprintf("%d threads of %d instances", tasks, n)},
		{queues * queueBytes, "host.cores", fmt.Sprintf("%d cores of %d hosts", queues, min(n, int64(len(c.hosts))))},
		{int64(c.clients)*(requestBytes+numberBytes) + 2*sources*numberBytes, "load.clients", fmt.Sprintf("%d clients", c.clients)},
		{latencyBytes + c.keptBytes(), "duration", "the histograms"},
	}
}

// leastBytes is what a replication holds at least.
func (c *system) leastBytes() int64 {
	sum := int64(0)
	for _, part := range c.needs() {
		sum += part.bytes
	}
	return sum
}

// keptBytes is what is kept of a replication that is over.
func (c *system) keptBytes() int64 {
	kept := latencyBytes + int64(len(c.stations))*5*numberBytes + int64(c.buckets)*3*numberBytes
	if c.withTime {
		kept += timelineBytes
	}
	return kept
}

// liveBytes is what all replications together may hold.
func (c *system) liveBytes() int64 {
	memory := c.memory
	if memory == 0 {
		memory = DefaultMemory
	}
	return int64(livePart*float64(memory)) - c.shared
}

// checkMemory refuses a system of which so many replications cannot be held.
func (c *system) checkMemory(replications int) error {
	live := c.liveBytes()
	kept := int64(replications) * c.keptBytes()
	if all := kept + c.leastBytes(); all > live {
		largest := need{kept, "replications", fmt.Sprintf("what is kept of %d replications", replications)}
		for _, part := range append(c.needs(), need{c.shared, "balancer.policy", "what the balancer's policy has to know"}) {
			if part.bytes > largest.bytes {
				largest = part
			}
		}
		return &strict.Error{File: c.name, Key: largest.key, Problem: fmt.Sprintf("%s would take %s of memory, %s of it for %s; of what is allowed there are %s for that: lower it, or allow more (%s)",
			instances(len(c.stations)), size(all+c.shared), size(largest.bytes), largest.what, size(live+c.shared), moreMemory(all+c.shared))}
	}
	return nil
}

// full is the error of a replication that came to hold more than there is.
func (c *system) full(share int64) error {
	lower := "the rate, the duration or the share of what fails"
	if c.clients > 0 {
		lower = "the clients or the duration"
	}
	return fmt.Errorf("%s: with %s a replication came to hold more than %s of memory, nearly all of it requests that wait; lower %s, or allow more (%s)",
		c.name, instances(len(c.stations)), size(share), lower, moreMemory(2*c.liveBytes()))
}

// moreMemory is the flag for so much in use.
func moreMemory(live int64) string {
	return fmt.Sprintf("--memory %dGB", int64(float64(live)/livePart/1e9)+1)
}

// instances is a number of them in words.
func instances(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}

// size is a number of bytes for people.
func size(bytes int64) string {
	if bytes >= 1e9 {
		return fmt.Sprintf("%.3g GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.3g MB", float64(bytes)/1e6)
}

// held is what the replication holds now.
func (e *engine) held() int64 {
	sum := e.least + int64(len(e.requests.blocks))*blockSize*requestBytes + e.proxy.Bytes()
	if e.express != nil {
		sum += int64(cap(e.express.requests)) * sizeOf[quick]()
	}
	for i := range e.stations {
		s := &e.stations[i]
		sum += int64(cap(s.service))*jobBytes + int64(len(s.waiting.buf)+len(s.polling.pending.buf))*4
	}
	return sum + int64(cap(e.lost))*4 + e.programBytes()
}
