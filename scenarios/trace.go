package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"

	"github.com/k9mil/velocitas/evidence"
	"github.com/k9mil/velocitas/internal/strict"
)

// What a trace may hold: bytes of its file, and arrivals.
const (
	traceMost    = 128 << 20
	arrivalsMost = evidence.ArrivalsMost
)

// Stamps from here on count from 1970, in seconds; those from epochMsS on cannot
// be seconds, since that would be the year 5138.
const (
	epochS   = 1e8 // 1973
	epochMsS = 1e11
)

// readTrace reads arrival instants, in seconds, one a line and in ascending order.
// They count from the start of load or, if they are stamps since 1970, from the
// first. Empty lines and those that begin with # are skipped.
//
// An access log or a load generator's result with single requests does, too.
func readTrace(ctx context.Context, file string) ([]float64, error) {
	if arrivals, known, err := recordedArrivals(ctx, file); known {
		return arrivals, err
	}
	data, err := strict.ReadFile(ctx, file, traceMost)
	if err != nil {
		return nil, err
	}
	return parseTrace(ctx, file, data)
}

// recordedArrivals are the arrivals in a file that others wrote of requests; known
// is false where it is none.
func recordedArrivals(ctx context.Context, file string) (arrivals []float64, known bool, err error) {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return nil, false, nil
	}
	s, err := evidence.Open(file)
	if err != nil {
		return nil, false, nil // whatever is wrong with it, reading it as a trace says so
	}
	defer s.Close()
	if _, known := s.Recognised(); !known {
		return nil, false, nil
	}
	r, err := evidence.Read(ctx, s, evidence.Options{Arrivals: true})
	switch {
	case err != nil:
		return nil, true, err
	case len(r.Arrivals) == 0:
		return nil, true, &strict.Error{File: file, Problem: "is a " + r.Format.Name + ", which does not say when requests came"}
	case r.ArrivalsCut:
		return nil, true, &strict.Error{File: file, Problem: fmt.Sprintf("holds more than the %d arrivals that are read; velocitas import --trace with --from and --to cuts it", arrivalsMost)}
	}
	for _, ns := range r.Arrivals {
		arrivals = append(arrivals, math.Round(float64(ns)/1e3)/1e6) // to the microsecond
	}
	return arrivals, true, nil
}

// ReadTrace reads the file that load.trace names, as seen from here, after
// [Scenario.Set] has named another. The error is of type [*strict.Error], or the
// context's.
func (s *Scenario) ReadTrace(ctx context.Context) (err error) {
	if s.Load.Trace == "" {
		return nil
	}
	s.Load.TraceS, err = readTrace(ctx, s.Load.Trace)
	return err
}

func parseTrace(ctx context.Context, file string, data []byte) ([]float64, error) {
	data, err := strict.Text(file, data)
	if err != nil {
		return nil, err
	}
	var instants []float64
	last, number := 0.0, 0
	for line := range bytes.Lines(data) {
		number++
		if number%10_000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		word := string(bytes.TrimSpace(line))
		if word == "" || word[0] == '#' {
			continue
		}
		at, err := strict.Number(word)
		if err != nil || at < 0 {
			return nil, &strict.Error{File: file, Line: number,
				Problem: "wants seconds since the start, such as 12.5, not " + strict.Quote(word)}
		}
		if at >= epochMsS {
			return nil, &strict.Error{File: file, Line: number,
				Problem: "wants seconds, since the start or since 1970; " + strict.Quote(word) + " looks like a finer unit since 1970: divide by 1000, 1e6 or 1e9"}
		}
		if at < last {
			return nil, &strict.Error{File: file, Line: number,
				Problem: fmt.Sprintf("wants instants in ascending order; %g comes after %g", at, last)}
		}
		if len(instants) == arrivalsMost {
			return nil, &strict.Error{File: file, Line: number, Problem: fmt.Sprintf("holds more than the %d arrivals that are read; cut it", arrivalsMost)}
		}
		last = at
		instants = append(instants, at)
	}
	if len(instants) == 0 {
		return nil, &strict.Error{File: file, Problem: "holds no arrivals; one instant a line is wanted, in seconds"}
	}
	if first := instants[0]; first >= epochS {
		for i, at := range instants {
			instants[i] = math.Round((at-first)*1e6) / 1e6 // what such a stamp is precise to
		}
	}
	return instants, nil
}
