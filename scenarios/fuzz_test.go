package scenarios

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode"
)

// FuzzParse: whatever a scenario file holds, reading it ends, and with one line
// if it is wrong; and what was read is valid and can be read again.
func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		data, _ := Builtin(name)
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]\n<<: *a"))
	f.Add([]byte("load: {rate: .inf, shape: {kind: steps, steps: [{}]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.yaml", data)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "x.yaml") || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("not one line that names the file: %q", line)
			}
			return
		}
		if err := s.Set(); err != nil {
			t.Fatalf("what was read is not valid: %v", err)
		}
	})
}

// FuzzSet: whatever value a key is given, the scenario is valid afterwards, or as
// it was and the error is one line.
func FuzzSet(f *testing.F) {
	for _, seed := range [][2]string{
		{"load.rate", "5"}, {"load.clients", "1000000"}, {"load.trace", "x.txt"}, {"balancer.next_upstream", "[error, off]"},
		{"instance.demand", "{distribution: lognormal, mean: 1h, cv: 100}"}, {"load.shape", "{kind: sine, period: 1ms, amplitude: .5}"},
		{"overrides", `[{instances: "1-9", weight: 65535}]`}, {"events[0].at", "1s"}, {"", "{}"}, {"duration", "1e9s"}, {"seed", "-1"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		s, err := Parse("x.yaml", []byte("load: {rate: 10}"))
		if err != nil {
			t.Fatal(err)
		}
		before, _ := json.Marshal(s)
		if err := s.Set(Setting{Key: key, Value: value, From: "--set"}); err != nil {
			if line := err.Error(); strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("not one line: %q", line)
			}
			if after, _ := json.Marshal(s); !bytes.Equal(before, after) {
				t.Fatalf("after an error it is %s and was %s", after, before)
			}
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatalf("%s = %q is not valid: %v", key, value, err)
		}
		if s.Load.Shape != nil {
			if mean := s.Load.Shape.mean(s.Duration); !(mean >= 0 && mean <= 10_000) {
				t.Fatalf("a mean factor of %v", mean)
			}
		}
	})
}

// FuzzTrace: whatever a trace's file holds, its instants ascend, or one line says
// what is wrong.
func FuzzTrace(f *testing.F) {
	for _, seed := range []string{"0\n1.5\n1.5\n", "# t\r\n3", "1\n0", "NaN", "1e308\n1e309", "-0", "", "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		instants, err := parseTrace(t.Context(), "x.txt", data)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "x.txt") || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("not one line that names the file: %q", line)
			}
			return
		}
		for i, at := range instants {
			if !(at >= 0) || math.IsInf(at, 0) || i > 0 && at < instants[i-1] {
				t.Fatalf("instant %d is %v", i, at)
			}
		}
	})
}
