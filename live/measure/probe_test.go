package measure

import (
	"strings"
	"testing"
	"time"
)

// The probe's work is the same every time, whoever did it before, and it is
// long enough to be timed and short enough to stand beside every block.
func TestProbe(t *testing.T) {
	a, b := NewProbe(), NewProbe()
	if first, again, other := a.work(), a.work(), b.work(); first != again || first != other {
		t.Errorf("the work came to %x, %x and %x: want one answer", first, again, other)
	}
	took := a.Time()
	if took.CPU < 5*time.Millisecond || took.CPU > 2*time.Second {
		t.Errorf("the probe took %v of CPU time: want about 70 ms", took.CPU)
	}
	// CPU time is counted in steps of its own.
	if took.Wall < took.CPU-5*time.Millisecond {
		t.Errorf("the probe took %v of CPU time on one thread in %v", took.CPU, took.Wall)
	}
	t.Log(took)
}

func TestParseStat(t *testing.T) {
	use, err := parseStat(strings.NewReader("cpu  100 20 30 4000 50 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n"))
	want := HostUse{Busy: 1630 * time.Millisecond, Steal: 80 * time.Millisecond}
	if err != nil || use != want {
		t.Errorf("got %+v, %v: want %+v", use, err, want)
	}
	for _, text := range []string{"", "cpu 1 2 3", "cpu 1 2 3 4 5 6 7 8", "intr 1 2 3 4 5 6 7 8\n", "cpu 1 2 3 x 5 6 7 8\n"} {
		if _, err := parseStat(strings.NewReader(text)); (err == nil) != (text == "cpu 1 2 3 4 5 6 7 8\n") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	p := NewProbe()
	for b.Loop() {
		b.ReportMetric(float64(p.Time().CPU.Microseconds())/1e3, "cpu-ms")
	}
}
