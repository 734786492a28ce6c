package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Reserve is how many times the planned rate a generator must reach against a
// handler that does nothing before it may measure.
const Reserve = 5

// Capability is what the generator reached against a handler that does nothing.
type Capability struct {
	WantedRps, SentRps float64
	Lags               Lags
	// CPUPerRequest is this process's, the handler included.
	CPUPerRequest time.Duration
}

// Check sends Reserve times the rate to a handler in this process for so long
// and returns an error when the generator falls behind. Connection settings
// are taken from the configuration, its URL is not.
func Check(ctx context.Context, c Config, rate float64, during time.Duration) (Capability, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Capability{}, fmt.Errorf("load: check: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	go server.Serve(listener)
	defer server.Close()

	c.URL = "http://" + listener.Addr().String() + "/"
	// A generator that is far too slow is not waited for.
	limited, cancel := context.WithTimeout(ctx, 2*during)
	defer cancel()
	run, err := Open(limited, c, Constant(Reserve*rate, during))
	if run == nil || ctx.Err() != nil {
		return Capability{}, err
	}
	got := Capability{WantedRps: Reserve * rate, SentRps: run.SentRps(), Lags: run.Lags(),
		CPUPerRequest: run.CPU / time.Duration(max(1, len(run.Records)))}
	if sent := got.SentRps; sent < c.bound().Rate*got.WantedRps {
		return got, fmt.Errorf("load: the generator reaches %.4g requests/s, %d times the planned rate is %.4g: plan less, or generate elsewhere", sent, Reserve, got.WantedRps)
	}
	return got, nil
}
