package store

import (
	"syscall"
	"testing"
)

func cpuMs(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}

// The CPU time of a request, background work of the store included, in both
// modes and for the sizes that the scenarios use.
func BenchmarkInsert(b *testing.B) {
	for _, mode := range []Mode{Transactions, Batch} {
		for name, keys := range map[string]int{"1000": 1_000, "10000": 10_000} {
			b.Run(mode.String()+"/"+name, func(b *testing.B) {
				s := open(b)
				b.ReportAllocs()
				start, cpu := 0, cpuMs(b)
				for b.Loop() {
					insert(b, s, start, keys, mode)
					start = (start + 3_331) % KeySpace
				}
				b.ReportMetric((cpuMs(b)-cpu)/float64(b.N), "cpu-ms/op")
			})
		}
	}
}

// What a store of the simulator costs: open, one request, digest, close.
func BenchmarkStore(b *testing.B) {
	for name, keys := range map[string]int{"0": 0, "1000": 1_000, "10000": 10_000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			cpu := cpuMs(b)
			for b.Loop() {
				s, err := Open()
				if err != nil {
					b.Fatal(err)
				}
				if keys > 0 {
					insert(b, s, 0, keys, Transactions)
				}
				digest(b, s)
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpuMs(b)-cpu)/float64(b.N), "cpu-ms/op")
		})
	}
}

// Reading all of a full store.
func BenchmarkDigest(b *testing.B) {
	s := open(b)
	insert(b, s, 0, KeySpace, Batch)
	for b.Loop() {
		digest(b, s)
	}
}
