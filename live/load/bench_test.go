package load

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// BenchmarkOpen sends at a rate that the generator can keep and reports its
// CPU time per request, that of the handler in the same process included, and
// how late requests left.
func BenchmarkOpen(b *testing.B) {
	c := service(b, func(http.ResponseWriter, *http.Request) {})
	plan := Poisson(1000, time.Second, 1)
	for b.Loop() {
		run, err := Open(context.Background(), c, plan)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(run.CPU.Microseconds())/float64(len(run.Records)), "cpu-µs/request")
		b.ReportMetric(float64(run.Lags().P99.Microseconds()), "lag-p99-µs")
	}
}

// BenchmarkClosed lets 16 clients ask as fast as they can.
func BenchmarkClosed(b *testing.B) {
	c := service(b, func(http.ResponseWriter, *http.Request) {})
	for b.Loop() {
		run, err := Closed(context.Background(), c, Clients{Count: 16}, time.Second)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(run.SentRps(), "requests/s")
		b.ReportMetric(float64(run.CPU.Microseconds())/float64(len(run.Records)), "cpu-µs/request")
	}
}
