package foreign

import (
	"bytes"
	"compress/gzip"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A machine whose speed is an Ornstein–Uhlenbeck process, seen in the accounts of
// two containers that also have variation of their own: the machine's alone is
// found.
func TestSpeedOf(t *testing.T) {
	const cv, tau, steps = 0.12, 0.8, 100
	rng := rand.New(rand.NewPCG(1, 2))
	m := &Model{Classes: []Class{{Name: "a", Share: 1, Weight: map[string]float64{"web": 1, "nginx": 1}}}, CPU: map[string]Law{"nginx": {Base: 1}}}
	keep := math.Exp(-1.0 / steps / tau)
	x := cv * rng.NormFloat64()
	var blocks [][]second
	for range 100 {
		var block []second
		for range 30 {
			slow := 0.0
			for range steps {
				x = keep*x + cv*math.Sqrt(1-keep*keep)*rng.NormFloat64()
				slow += (1 + x) / steps
			}
			block = append(block, second{map[string]float64{"a": 100},
				map[string]float64{"web": 300 * (slow + 0.05*rng.NormFloat64()), "nginx": 40 * (slow + 0.1*rng.NormFloat64()), "generator": 9}})
		}
		blocks = append(blocks, block)
	}
	got := m.speedOf(blocks)
	// 3,000 seconds of a process with τ = 0.8 s are some 1,900 independent values.
	if math.Abs(got.CV-cv) > 4*cv/math.Sqrt(2*1900) || math.Abs(got.CorrelationS-tau) > 0.2 {
		t.Errorf("%+v, want %v and %v", got, cv, tau)
	}
	for i := range blocks {
		for k := range blocks[i] {
			blocks[i][k].cpuMs["web"] = 300 * (1 + 0.1*rng.NormFloat64())
		}
	}
	// The covariance of 3,000 pairs is known to some 0.1 × 0.15 / √3000.
	if got := m.speedOf(blocks); got.CV*got.CV*averaged(got.CorrelationS) > 4*2.7e-4 {
		t.Errorf("nothing in common, and %+v", got)
	}
	if got := m.speedOf(nil); got != (Speed{}) {
		t.Errorf("without records: %+v", got)
	}
}

func TestReadSeconds(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	block := Block{WarmS: 1, DurationS: 2}
	name := filepath.Join(dir, "r")
	if got, err := readSeconds(name, block); got != nil || err != nil {
		t.Errorf("without records: %v, %v", got, err)
	}
	write("r.csv.gz", "sent_s,latency_ms,class\n0.5,100,a\n0.9,200,a\n1.5,600,b\n2.9,200,b\n")
	write("r.cpu.csv.gz", "t_s,container,cpu_us\n1,web_1,0\n1,web_2,0\n1,host_busy,7\n1.5,web_1,1000\n1.5,web_2,500\n2,web_1,3000\n2.5,web_1,4000\n")
	got, err := readSeconds(name, block)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].ended["a"] != 1 || got[1].ended["b"] != 1 || got[0].cpuMs["web"] != 3.5 || got[1].cpuMs["web"] != 1 || len(got[0].cpuMs) != 1 {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]string{
		"t_s,container\n1,web\n":             "wants a column cpu_us",
		"t_s,container,cpu_us\n1,web,many\n": "line 2: ",
		"t_s,container,cpu_us\n1\n":          "line 2: ",
	} {
		write("r.cpu.csv.gz", text)
		if _, err := readSeconds(name, block); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
