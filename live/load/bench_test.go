package load

import (
	"context"
	"testing"
	"time"
)

// BenchmarkOpen sends at a rate that the generator can keep and reports its
// CPU time per request and how late requests left.
func BenchmarkOpen(b *testing.B) {
	c := Config{URL: trivial(b), KeepAlive: true, Timeout: 5 * time.Second}
	plan := Poisson(2000, time.Second, 1)
	for b.Loop() {
		run, err := Open(context.Background(), c, plan)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(cpuPerRequest(run), "cpu-µs/request")
		b.ReportMetric(float64(run.Lags().P50.Microseconds()), "late-p50-µs")
		b.ReportMetric(float64(run.Lags().P99.Microseconds()), "late-p99-µs")
	}
}

// BenchmarkClosed lets 16 clients ask as fast as they can, on connections that
// they keep and on a new one for each request.
func BenchmarkClosed(b *testing.B) {
	for _, name := range []string{"kept", "new"} {
		b.Run(name, func(b *testing.B) {
			c := Config{URL: trivial(b), KeepAlive: name == "kept", Timeout: 5 * time.Second}
			for b.Loop() {
				run, err := Closed(context.Background(), c, Clients{Count: 16}, time.Second)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(run.SentRps(), "requests/s")
				b.ReportMetric(cpuPerRequest(run), "cpu-µs/request")
			}
		})
	}
}

func cpuPerRequest(r *Run) float64 {
	return float64(r.CPU.Nanoseconds()) / 1e3 / float64(len(r.Records))
}
