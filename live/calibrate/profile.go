package calibrate

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/k9mil/velocitas/badger/store"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// profile puts together what was timed.
func (t *timings) profile(own background, cold coldness, o Options, probe time.Duration) *model.Profile {
	p := &model.Profile{
		Schema: model.ProfileSchema,
		Name:   "store-" + time.Now().UTC().Format("20060102-150405"),
		About:  "the in-memory Badger in one process, without HTTP; nginx and the generator were not there and cost nothing",
		Provenance: map[string]string{
			"method":   fmt.Sprintf("velocitas calibrate: CPU time of the process over inserts, %d flushes, %d rounds", own.flushes, o.Rounds),
			"date":     time.Now().UTC().Format(time.RFC3339),
			"probe_ms": fmt.Sprintf("%.2f", probe.Seconds()*1e3),
			"cores":    fmt.Sprint(runtime.NumCPU()),
			"arch":     runtime.GOARCH,
			"go":       runtime.Version(),
			"badger":   moduleVersion("github.com/dgraph-io/badger/v4"),
		},
	}
	p.Instance = model.InstanceCost{
		Demand: []model.KeyCost{
			{Keys: requestKeys, DemandNs: t.demandNs(alone)},
			{Keys: manyKeys, DemandNs: t.demandNs(many)},
		},
		Distribution: quantileShape(slices.Sorted(slices.Values(t.alone))),
		Speed:        t.speedTable(o.Threads),
		Background:   own.model(stretchKeys, o.Threads, cold),
		WakeNs:       t.wakeNs(),
		PollNs:       pollNs(o.Threads),
		IdleCores:    t.idle,
		Threads:      o.Threads,
		BatchFactor:  t.against(batch, alone),
	}
	p.Range = model.Range{InstancesMax: 1, InsideMax: slices.Max(concurrencies), KeysMin: requestKeys, KeysMax: manyKeys,
		CPUsMin: float64(o.Threads), CPUsMax: float64(o.Threads)}
	return p
}

// demandNs is the median CPU time of a request over the rounds.
func (t *timings) demandNs(k kind) int64 { return int64(max(1, stats.Median(t.cpuNs[k]))) }

// wakeNs is what a request costs more after a rest.
func (t *timings) wakeNs() int64 {
	return int64(max(0, t.against(rested, alone)-1) * stats.Median(t.cpuNs[alone]))
}

// pollNs is how long a busy instance may take to notice a connection. With one
// thread the requests' goroutines hand over to the store's at every key, so
// the thread is never without work and does not look at the network; the Go
// runtime's monitor does for it when nobody has for 10 ms (sysmon in
// runtime/proc.go). It is known, not measured.
func pollNs(threads int) int64 {
	if threads == 1 {
		return 10e6
	}
	return 0
}

// against is the median over rounds of what kind k costs, relative to another
// kind in the same round.
func (t *timings) against(k, other kind) float64 {
	ratios := make([]float64, len(t.cpuNs[k]))
	for round := range ratios {
		ratios[round] = t.cpuNs[k][round] / t.cpuNs[other][round]
	}
	return min(1000, max(0.001, stats.Median(ratios)))
}

// speedTable has a row for each concurrency.
func (t *timings) speedTable(threads int) []model.SpeedRow {
	var table []model.SpeedRow
	for _, inside := range concurrencies {
		k := together(inside)
		efficiency := 1.0
		if inside > 1 {
			efficiency = 1 / t.against(k, alone)
		}
		// Others on the machine only ever take cores away, so the best round
		// is the one in which nobody held it back.
		table = append(table, model.SpeedRow{Inside: inside, Efficiency: efficiency, Cores: min(slices.Max(t.cores[k]), float64(threads))})
	}
	return table
}

// model is the background work as a profile has it, from a trace with so many
// keys in a stretch.
func (b background) model(keys, threads int, cold coldness) model.Background {
	everyKeys := b.flushEvery * float64(keys)
	bytesPerKey := int(math.Round(store.MemTableBytes / everyKeys))
	return model.Background{
		BytesPerKey:     bytesPerKey,
		FlushEveryBytes: int64(math.Round(everyKeys * float64(bytesPerKey))),
		// In the trace a flush came every cycleS, and cost what that adds.
		FlushDemandNs:      int64(max(0, b.flushNs-min(cold.perSNs*b.cycleS, cold.mostNs))),
		ColdNsPerS:         int64(cold.perSNs),
		ColdMostNs:         int64(cold.mostNs),
		FirstNs:            int64(b.firstNs),
		CompactEveryFlush:  b.compactEvery,
		CompactionDemandNs: int64(b.compactNs),
		// With one thread a flush runs before the requests, which hand over to
		// the store at every key; with more it has one of them for itself.
		Share: 1 / float64(threads),
	}
}

// moduleVersion is that of a module in this binary.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == path {
				return dep.Version
			}
		}
	}
	return "unknown"
}
