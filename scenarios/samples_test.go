package scenarios

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const sampledYAML = "load: {rate: 5}\nservice:\n  requests:\n    get:\n      steps:\n        - cpu: {samples: cpu.csv}\n" +
	"        - lock: {name: l, hold: {mixture: [{share: 50%, samples: cpu.csv}, {share: 50%, mean: 3ms}]}}\n        - call: db.q\n" +
	"tiers: {db: {operations: {q: {samples: cpu.csv}}}}\n"

// Samples are quantiles, wherever a time is stated, and the scenario as it is
// written into results holds them.
func TestSamples(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.yaml")
	write(t, file, sampledYAML)
	const ms = Duration(time.Millisecond)
	want := []Duration{ms, 2 * ms, 2 * ms, 9 * ms}
	for _, content := range []string{"9ms\n1ms\n2000us\n0.002s\n", "# measured\ncpu_ms\n2\n9\n\n1\n2.0\n", "\"us\"\r\n1000\r\n2e3\r\n9000\r\n2000\r\n"} {
		write(t, filepath.Join(dir, "cpu.csv"), content)
		s, err := Read(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		steps := s.Service.Requests[0].Is.Steps
		for what, d := range map[string]*Distribution{"step": steps[0].CPU, "lock": &steps[1].Lock.Hold.Mixture[0], "tier": s.Tiers[0].Is.Operations[0].Is.CPU} {
			if d.Kind != "quantiles" || !reflect.DeepEqual(d.Quantiles, want) {
				t.Errorf("%q, %s: %s %v", content, what, d.Kind, d.Quantiles)
			}
		}
		if key := s.UnreadSamples(); key != "" {
			t.Errorf("%s is unread", key)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Resolved("again", data)
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("read back: %v", err)
		}
	}
	s, err := Parse("s.yaml", []byte(sampledYAML))
	if err != nil || s.UnreadSamples() != "service.requests.get.steps[0].cpu.samples" {
		t.Errorf("unread: %v, %v", s.UnreadSamples(), err)
	}
}

// Of many samples the quantiles at even steps are kept: those of 0 to 5,000 µs
// are known.
func TestManySamples(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.yaml")
	write(t, file, sampledYAML)
	var b strings.Builder
	for i := 5000; i >= 0; i-- {
		fmt.Fprintf(&b, "%dus\n", i)
	}
	write(t, filepath.Join(dir, "cpu.csv"), b.String())
	s, err := Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	q := s.Service.Requests[0].Is.Steps[0].CPU.Quantiles
	if len(q) != sampleQuantiles {
		t.Fatalf("%d quantiles", len(q))
	}
	for i, v := range q {
		if want := Duration(i) * 2500; v != want {
			t.Fatalf("quantile %d is %v, want %v", i, v, want)
		}
	}
}

// A file of samples that is wrong is named with its line, at the line that names it.
func TestSampleErrors(t *testing.T) {
	dir := t.TempDir()
	file, samples := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "cpu.csv")
	write(t, file, sampledYAML)
	for _, c := range []struct{ what, content, want string }{
		{"no file", "", `: no such file`},
		{"one", "1ms\n", `: holds 1 samples; at least two are wanted, one a line`},
		{"no unit", "1ms\n2\n", `:2: wants a duration with its unit, such as "4.2ms", or a first line that ends in the unit, such as "cpu_ms", not "2"`},
		{"negative", "ms\n1\n-1\n", `:3: wants a duration of 0s to 1h0m0s, such as "4.2ms", not "-1"`},
		{"not a number", "ms\n1\nNaN\n", `:3: wants a duration of 0s to 1h0m0s, such as "4.2ms", not "NaN"`},
		{"a word", "1ms\nmuch\n", `:2: wants a duration of 0s to 1h0m0s, such as "4.2ms", not "much"`},
		{"two columns", "1ms,2ms\n", `:1: wants one sample a line, not several columns: "1ms,2ms"`},
	} {
		if c.content != "" {
			write(t, samples, c.content)
		}
		want := file + ":6: service.requests.get.steps[0].cpu.samples: " + samples + c.want
		if _, err := Read(t.Context(), file); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.what, err, want)
		}
	}
	if _, err := Parse("s.yaml", []byte("load: {rate: 5}\nservice: {requests: {get: {steps: [cpu: {samples: f.csv, mean: 3ms}]}}}\n")); err == nil ||
		!strings.HasPrefix(err.Error(), "s.yaml:2: service.requests.get.steps[0].cpu.mean: belongs to") {
		t.Errorf("samples and a mean: %v", err)
	}
}
