package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
)

func TestDisturbance(t *testing.T) {
	for _, row := range []struct {
		text string
		want model.Disturbance
		ok   bool
	}{
		{"load: {rate: 5}", model.Disturbance{}, false},
		{"load: {rate: 5}\nevents: [{at: 10s, instance: 1, do: stop, for: 5s}]", model.Disturbance{StartS: 10, EndS: 15}, true},
		{"load: {rate: 5}\nevents: [{at: 10s, instance: 1, do: stop}, {at: 20s, instance: 1, do: start}]", model.Disturbance{StartS: 10, EndS: 20}, true},
		{"load: {rate: 5}\nevents: [{at: 10s, instance: 2, do: stop}, {at: 20s, instance: 1, do: start}]", model.Disturbance{StartS: 10, EndS: 20, Lasting: true}, true},
		{"load: {rate: 5}\nservice: {start: {ready: 10s, warm: 20s, slow: 3}, requests: {get: {steps: [cpu: 1ms]}}}\nevents: [{at: 10s, instance: 1, do: stop, for: 5s}]", model.Disturbance{StartS: 10, EndS: 45}, true},
		{"load: {rate: 5}\nevents: [{at: 10s, instance: 3, do: stop}]", model.Disturbance{}, false},
		{"load: {rate: 5, shape: {kind: flash, at: 10s, factor: 3, rise: 1s, hold: 2s, fall: 3s}}", model.Disturbance{StartS: 10, EndS: 16}, true},
		{"load: {rate: 5}\nservice: {requests: {get: {steps: [call: db.q]}}}\ntiers: {db: {instances: 2, operations: {q: 1ms}}}\nevents: [{at: 10s, tier: db, do: slow, factor: 2, for: 5s}]", model.Disturbance{StartS: 10, EndS: 15}, true},
		{"load: {rate: 5}\nservice: {requests: {get: {steps: [call: db.q]}}}\ntiers: {db: {instances: 2, operations: {q: 1ms}}}\nevents: [{at: 10s, tier: db, do: stop}, {at: 20s, tier: db, instance: 1, do: start}]", model.Disturbance{StartS: 10, EndS: 20, Lasting: true}, true},
		{"load: {rate: 5, shape: {kind: ramp, from: 1, to: 2, start: 10s, end: 20s}}", model.Disturbance{StartS: 10, EndS: 20, Lasting: true}, true},
		{"load: {rate: 5, shape: {kind: steps, steps: [{at: 10s, factor: 2}, {at: 20s, factor: 1}]}}", model.Disturbance{StartS: 10, EndS: 20}, true},
		{"load: {rate: 5, shape: {kind: sine, period: 10s, amplitude: 0.5}}", model.Disturbance{}, false},
	} {
		s, err := Parse("x.yaml", []byte(row.text))
		if err != nil {
			t.Fatalf("%s: %v", row.text, err)
		}
		if got, ok := s.Disturbance(2); got != row.want || ok != row.ok {
			t.Errorf("%s: %+v, %v", row.text, got, ok)
		}
	}
}

// What of a trace is not simulated is named.
func TestTraceDoubts(t *testing.T) {
	for _, row := range []struct {
		trace  string
		wants  string
		lastsS float64
	}{
		{"1600000000.5\n1600000002.5\n", "the trace is over after 2 s", 3},
		{"1\n2\n61\n", "1 of the trace's 3 arrivals are after the duration of 60 s", 60},
		{"70\n80\n", "nothing arrives", 60},
		{"1\n59\n", "", 60},
	} {
		s := Default()
		s.Duration = Duration(60 * time.Second)
		s.Load.Arrivals = "trace"
		var err error
		if s.Load.TraceS, err = parseTrace(t.Context(), "x", []byte(row.trace)); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(s.traceDoubts(), "; ")
		if (row.wants == "") != (got == "") || !strings.Contains(got, row.wants) || s.RunS() != row.lastsS {
			t.Errorf("%q: %q, and lasts %g s", row.trace, got, s.RunS())
		}
	}
	if _, err := parseTrace(t.Context(), "x", []byte("1600000000500\n")); err == nil || !strings.Contains(err.Error(), "divide by 1000") {
		t.Errorf("milliseconds: %v", err)
	}
}
