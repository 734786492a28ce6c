package recorded

import (
	"math"
	"testing"
)

func TestKneeOf(t *testing.T) {
	for _, test := range []struct {
		sizes []size
		want  int
	}{
		{[]size{{1, 10}, {2, 20}, {3, 29}, {4, 30}}, 3}, // 29 is 97 % of 30
		{[]size{{4, 30}, {1, 10}, {3, 28}, {2, 20}}, 4}, // in any order; 28 is 93 %
		{[]size{{1, 10}}, 1},
	} {
		if got := kneeOf(test.sizes); got != test.want {
			t.Errorf("%v: knee %d, want %d", test.sizes, got, test.want)
		}
	}
}

// The median size of three normal errors of which half are below a chance of 1 is
// below it in a half of all cases, and below others by 3F²-2F³.
func TestLikely(t *testing.T) {
	rows := []Row{{Chance: 1}, {Chance: 1}, {Chance: 1}}
	for _, x := range []float64{0.5, 1, 2} {
		f := math.Erf(x * medianOfNormal / math.Sqrt2)
		want := 3*f*f - 2*f*f*f
		// Four standard deviations of a share of 10,000 draws.
		if got := likely(rows, x); math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/10_000) {
			t.Errorf("at most %v: %v, want %v", x, got, want)
		}
	}
}
