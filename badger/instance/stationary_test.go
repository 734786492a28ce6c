package instance

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/k9mil/velocitas/badger/store"
)

// load sends n requests from 4 clients, each as soon as its last is answered.
func load(t testing.TB, url string, n int) {
	var sent atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for sent.Add(1) <= int64(n) {
				if response, body := ask(t, "GET", url, ""); response.StatusCode != 200 {
					t.Errorf("%s: %s", response.Status, body)
				}
			}
		})
	}
	wg.Wait()
}

func liveHeapMB() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// What a request finds does not depend on how many came before it: the store's
// keys and tables, the heap, the kept durations and the page all stay below a
// bound, over nine memtables' worth of keys. That the CPU time per request
// stays too is for BenchmarkAge: no test here depends on the clock.
func TestNothingGrows(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	var heapMB [3]float64
	var pageBytes [3]int
	for third := range heapMB {
		load(t, url+"/?keys=6000&write=batch", 60)
		heapMB[third] = liveHeapMB()
		_, page := ask(t, "GET", url+"/?keys=6000&write=batch", "")
		pageBytes[third] = len(page)
		if keys, _, err := inst.store.Digest(); err != nil || keys > store.KeySpace {
			t.Errorf("%d keys, %v", keys, err)
		}
		// Writers stall at 15 level-0 tables, each smaller than a memtable.
		if tables := inst.store.TableBytes(); tables > 16*store.MemTableBytes {
			t.Errorf("tables of %d bytes", tables)
		}
	}
	t.Logf("live heap %.0f MB, page %d bytes", heapMB, pageBytes)
	// How many memtables and tables are there just now makes a difference of
	// some tens of MB.
	if heapMB[2] > 150 || heapMB[2] > heapMB[0]+60 {
		t.Errorf("live heap %.0f MB after each third", heapMB)
	}
	if pageBytes[2] > pageBytes[0]+5_000 {
		t.Errorf("pages of %d bytes", pageBytes)
	}
}

// BenchmarkAge loads one instance for as long as -benchtime says, a request
// of 1,000 keys an operation, and compares thirds of the run: CPU time per
// request, that of a fixed probe beside it, and live heap. The probe sees the
// machine's drift but not the instance's age. For an hour:
//
//	GOMAXPROCS=1 go test ./badger/instance -run '^$' -bench Age -benchtime 600000x -timeout 0
func BenchmarkAge(b *testing.B) {
	_, url := start(b, testConfig(), nil)
	load(b, url+"/?keys=1000", 1_000)
	var requestMs, probeMs, heapMB [3]float64
	b.ResetTimer()
	n := max(b.N/300, 1)
	for third := range 3 {
		for range 100 {
			begin := processCPUSeconds()
			load(b, url+"/?keys=1000", n)
			loaded := processCPUSeconds()
			probe()
			requestMs[third] += (loaded - begin) * 1e3 / float64(100*n)
			probeMs[third] += (processCPUSeconds() - loaded) * 1e3 / 100
		}
		heapMB[third] = liveHeapMB()
	}
	for third, name := range []string{"first", "middle", "last"} {
		b.ReportMetric(requestMs[third], name+"-cpu-ms/op")
		b.ReportMetric(probeMs[third], name+"-probe-ms")
		b.ReportMetric(heapMB[third], name+"-MB")
	}
}

var probed uint64

// probe is a fixed amount of work on some megabytes of memory.
func probe() {
	random := rand.New(rand.NewPCG(1, 2))
	seen := make(map[uint64]uint64)
	for range 100_000 {
		seen[random.Uint64N(50_000)]++
	}
	probed += seen[7]
}
