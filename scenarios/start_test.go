package scenarios

import (
	"fmt"
	"strings"
	"testing"
)

// What happens to instances that need 10 s until they are ready, and are three
// times slower for 20 s then.
func TestStart(t *testing.T) {
	const service = "load: {rate: 5}\nduration: 5m\nservice: {start: {ready: 10s, warm: 20s, slow: 3}, requests: {get: {steps: [cpu: 1ms]}}}\nevents: "
	for events, want := range map[string]string{
		"[{at: 10s, instance: 1, do: stop, for: 5s}]":                                            "10s 1 stop 0, 25s 1 start 0, 25s 1 slow 3, 45s 1 slow 1",
		"[{at: 10s, instance: 1, do: restart, for: 5s}]":                                         "10s 1 stop 0, 25s 1 start 0, 25s 1 slow 3, 45s 1 slow 1",
		"[{at: 10s, instance: 1, do: pause, for: 5s}]":                                           "10s 1 pause 0, 15s 1 start 0",
		"[{at: 10s, instance: 1, do: stop}, {at: 30s, instance: 1, do: start}]":                  "10s 1 stop 0, 40s 1 start 0, 40s 1 slow 3, 1m0s 1 slow 1",
		"[{at: 10s, instance: 1, do: stop, for: 5s}, {at: 20s, instance: 1, do: stop}]":          "10s 1 stop 0, 20s 1 stop 0",
		"[{at: 10s, instance: 1, do: stop, for: 5s}, {at: 30s, instance: 1, do: stop}]":          "10s 1 stop 0, 25s 1 start 0, 25s 1 slow 3, 30s 1 stop 0",
		"[{at: 10s, instance: 1, do: stop, for: 5s}, {at: 20s, instance: 1, do: start}]":         "10s 1 stop 0, 25s 1 start 0, 25s 1 slow 3, 45s 1 slow 1",
		"[{at: 10s, instance: 1, do: stop, for: 5s}, {at: 12s, instance: 2, do: stop, for: 1s}]": "10s 1 stop 0, 12s 2 stop 0, 23s 2 start 0, 23s 2 slow 3, 25s 1 start 0, 25s 1 slow 3, 43s 2 slow 1, 45s 1 slow 1",
	} {
		s, err := Parse("x.yaml", []byte(service+events))
		if err != nil {
			t.Fatalf("%s: %v", events, err)
		}
		var got []string
		for _, c := range s.Timetable(2) {
			got = append(got, fmt.Sprintf("%v %d %s %g", c.At, c.Instance, c.Do, c.Factor))
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%s:\n%s, want\n%s", events, text, want)
		}
	}
}

func TestStartRefused(t *testing.T) {
	for start, want := range map[string]string{
		"{}":                    "service.start: wants ready",
		"{warm: 5s}":            "wants warm and slow together",
		"{warm: 5s, slow: 0.5}": "service.start.slow: wants 1 to 1000",
		"{ready: 2h}":           "service.start.ready",
		"{ready: 5s, slow: 3}":  "wants warm and slow together",
	} {
		_, err := Parse("x.yaml", []byte("load: {rate: 5}\nservice: {start: "+start+", requests: {get: {steps: [cpu: 1ms]}}}"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", start, err, want)
		}
	}
}
