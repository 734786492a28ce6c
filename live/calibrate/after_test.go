package calibrate

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
)

// Four answers of 2 ms, of which nginx and two instances work for 1.2 ms, leave
// 0.8 ms that the generator and a proxy were waited for.
func TestPartAfterAnswer(t *testing.T) {
	const ms = time.Millisecond
	answered := func(latencies ...time.Duration) (records []load.Record) {
		for _, l := range latencies {
			records = append(records, load.Record{Latency: l, Status: http.StatusOK})
		}
		return records
	}
	used := func(proxyMs int64) stack.Counters {
		return stack.Counters{Balancer: stack.Usage{CPUNs: 16e5}, Instances: []stack.Usage{{CPUNs: 12e5}, {CPUNs: 20e5}}, ProxyCPUNs: proxyMs * 1e6}
	}
	four := answered(2*ms, 2*ms, 1*ms, 90*ms) // one that a limit stopped tells nothing
	refused := append(answered(2*ms, 2*ms, 2*ms), load.Record{Latency: 1, Status: http.StatusServiceUnavailable})
	for _, row := range []struct {
		why     string
		records []load.Record
		cpu     time.Duration
		proxyMs int64
		want    float64
	}{
		{"half of 1.6 ms was waited for", four, 64 * ms / 10, 0, 0.5},
		{"a fifth of 1 ms was not, with the proxy's", four, 2 * ms, 2, 0.2},
		{"an instance's part comes after, too", answered(ms, ms, ms, ms), 4 * ms, 0, 1},
		{"longer than all work, so something else took time", answered(9*ms, 9*ms, 9*ms, 9*ms), 4 * ms, 0, 0},
		{"one was refused", refused, 64 * ms / 10, 0, 0.5},
		{"nobody was answered", refused[3:], 4 * ms, 0, 0},
		{"CPU time is not known", four, 0, 0, 0},
	} {
		got := partAfterAnswer(&load.Run{Records: row.records, CPU: row.cpu}, used(row.proxyMs))
		if diff := got - row.want; diff < -1e-9 || diff > 1e-9 {
			t.Errorf("%s: %v, want %v", row.why, got, row.want)
		}
	}
}

// counted is a system whose counters are read, or cannot be.
type counted struct {
	burning
	reads int
	err   error
}

func (c *counted) Counters(ctx context.Context) (stack.Counters, error) {
	c.reads++
	now, _ := c.burning.Counters(ctx)
	return now, c.err
}

// It asks where it is told to, as often as it says, and needs the counters.
func TestAfter(t *testing.T) {
	asked := make(chan string, 10_000)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.URL.Path:
		default:
		}
	}))
	defer server.Close()
	target := load.Config{URL: server.URL + "/healthz", KeepAlive: true}
	system := &counted{burning: burning{began: time.Now()}}
	part, err := After(t.Context(), system, target, 1)
	if err != nil || part < 0 || part > 1 || system.reads != 2*afterTries || len(asked) != afterTries*fewestPerS || <-asked != "/healthz" {
		t.Errorf("%v, %v after %d readings and %d requests; want 0 to 1 after %d and %d", part, err, system.reads, len(asked), 2*afterTries, afterTries*fewestPerS)
	}
	system.err = errors.New("gone")
	if _, err := After(t.Context(), system, target, 0); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("counters that cannot be read: %v", err)
	}
}
