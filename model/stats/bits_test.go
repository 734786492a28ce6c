package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The same observations give the same bits on every processor: run this test on
// another architecture to see it. The sum was recorded on amd64.
func TestSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	xs := make([]float64, 400)
	for i := range xs {
		xs[i] = rng.Float64() * float64(i%7)
	}
	var sum uint64
	add := func(vs ...float64) {
		for _, v := range vs {
			sum = sum*31 + math.Float64bits(v)
		}
	}
	for df := 1.0; df <= 200; df++ {
		add(TQuantile(0.975, df), TQuantile(0.95, df), TQuantile(0.995, df))
	}
	for n := 2; n < 100; n += 7 {
		e, err := Mean(xs[:n], 0.95)
		if err != nil {
			t.Fatal(err)
		}
		add(e.Value, e.Lo, e.Hi)
	}
	d, err := Backlog(BatchMeans(xs, 20))
	if err != nil {
		t.Fatal(err)
	}
	cut, _ := MSER5(xs)
	add(d.Level, d.Growth.Value, d.Growth.Lo, d.Growth.Hi, d.Memory, Lag1(xs), Median(xs), float64(cut))
	if sum != 0xf6661108946f38ad {
		t.Errorf("bits sum to %#x", sum)
	}
}
