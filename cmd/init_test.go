package cmd

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/scenarios"
)

// Whatever is answered within the bounds makes a scenario that can be read and
// says what was answered.
func TestInitIsAScenario(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(flag string) string {
			b := bounds[flag]
			return plainNumber(rapid.OneOf(rapid.Float64Range(b.least, b.most), rapid.SampledFrom([]float64{b.least, b.most, 1, 18})).Draw(t, flag))
		}
		f := initFlags{cpuMs: pick("cpu-ms"), cpus: pick("cpus"), rate: pick("rate"), cores: pick("cores"), p99: byItself}
		s, err := f.service("a/b.yaml")
		if err != nil {
			t.Fatal(err)
		}
		got, err := scenarios.Parse("b.yaml", []byte(s.yaml()))
		if refused := s.cpus > 0 && s.cpus < 0.01 || s.core > 0 && s.core < 0.01 || s.rate*60 > 1e9; refused {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, s.yaml())
		}
		if got.Load.Rate != s.rate || got.Instance.CPUs != s.cpus || got.Host.Cores != s.core || got.Objectives[0].Limit <= 0 {
			t.Fatalf("%+v", got)
		}
	})
}

// Questions are asked until they are answered, and only those that are open.
func TestInitAsks(t *testing.T) {
	c := newInit()
	if err := c.Flags().Set("rate", "120"); err != nil {
		t.Fatal(err)
	}
	c.SetContext(t.Context())
	var cpu, cpus, p99 string
	var out bytes.Buffer
	err := ask(t.Context(), strings.NewReader("\nabc\n18\n\n\n"), &out, c, []question{
		{"cpu-ms", "CPU", "", isNumber("cpu-ms"), &cpu},
		{"rate", "rate", "", isNumber("rate"), new(string)},
		{"cpus", "limit", "1", isNumber("cpus"), &cpus},
		{"p99", "p99", byItself, isLatency, &p99},
	})
	if err != nil || cpu != "18" || cpus != "1" || p99 != byItself {
		t.Errorf("%q, %q, %q, %v", cpu, cpus, p99, err)
	}
	if got := strings.Count(out.String(), "CPU: "); got != 3 {
		t.Errorf("asked %d times:\n%s", got, &out)
	}
	if strings.Contains(out.String(), "rate: ") {
		t.Errorf("asks for what was said:\n%s", &out)
	}
	if err := ask(t.Context(), strings.NewReader(""), &out, c, []question{{"cpu-ms", "CPU", "", isNumber("cpu-ms"), &cpu}}); err == nil {
		t.Error("no answers are taken for some")
	}
}
