package calibrate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/k9mil/velocitas/live/measure"
)

// Idle is how many cores an instance burns on average while nothing is asked
// of it. Nothing may be asked of the system meanwhile.
func Idle(ctx context.Context, s measure.System, during time.Duration) (float64, error) {
	before, err := s.Counters(ctx)
	if err != nil {
		return 0, fmt.Errorf("calibrate: idle: %w", err)
	}
	if err := wait(ctx, during); err != nil {
		return 0, err
	}
	after, err := s.Counters(ctx)
	if err != nil {
		return 0, fmt.Errorf("calibrate: idle: %w", err)
	}
	if len(after.Instances) == 0 {
		return 0, errors.New("calibrate: idle: no instance")
	}
	var spent int64
	for _, u := range after.Sub(before).Instances {
		spent += u.CPUNs
	}
	took := after.At.Sub(before.At)
	return float64(spent) / float64(took.Nanoseconds()) / float64(len(after.Instances)), nil
}

// dials is how many connections Connect opens.
const dials = 51

// Connect is the median time of a new TCP connection to an address.
func Connect(ctx context.Context, address string) (time.Duration, error) {
	var took []time.Duration
	var dialer net.Dialer
	for range dials {
		began := time.Now()
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return 0, fmt.Errorf("calibrate: connect: %w", err)
		}
		took = append(took, time.Since(began))
		conn.Close()
	}
	slices.Sort(took)
	return took[dials/2], nil
}
