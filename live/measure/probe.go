package measure

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"time"

	"github.com/k9mil/velocitas/live/load/cputime"
)

// Probe is a fixed piece of work on one thread: it hashes, and inserts into a
// table that is larger than the caches near the core. What it takes tells the
// speed of the machine at the moment, and nothing about the system measured.
type Probe struct {
	block [64 << 10]byte
	table []uint64
}

// The work of one probe: 50 to 100 ms on machines of the 2020s.
const (
	probeHashes  = 400
	probeInserts = 1_500_000
	probeTable   = 1 << 21 // slots, a power of two: 16 MiB
)

// ProbeTime is what one probe took: CPU time of its thread, and wall time, in
// which it may have waited for a core.
type ProbeTime struct {
	CPU  time.Duration `json:"cpu_ns"`
	Wall time.Duration `json:"wall_ns"`
}

// NewProbe makes a probe and does its work once, so that its memory is there.
func NewProbe() *Probe {
	p := &Probe{table: make([]uint64, probeTable)}
	p.work()
	return p
}

// Time does the work once and says what it took.
func (p *Probe) Time() ProbeTime {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cpu, wall := cputime.Thread(), time.Now()
	p.work()
	return ProbeTime{CPU: cputime.Thread() - cpu, Wall: time.Since(wall)}
}

// work is the same every time; its answer is checked by a test.
func (p *Probe) work() uint64 {
	clear(p.block[:])
	for range probeHashes {
		sum := sha256.Sum256(p.block[:])
		copy(p.block[:], sum[:])
	}
	clear(p.table)
	key := binary.LittleEndian.Uint64(p.block[:])
	for range probeInserts {
		// xorshift64: every key once, in no order.
		key ^= key << 13
		key ^= key >> 7
		key ^= key << 17
		slot := key & (probeTable - 1)
		for p.table[slot] != 0 {
			slot = (slot + 1) & (probeTable - 1)
		}
		p.table[slot] = key
	}
	return key
}
