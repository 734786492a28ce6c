package plots

import (
	"strings"
	"testing"
)

func labels(a axis) string {
	var all []string
	for _, t := range a.ticks {
		if t.label != "" {
			all = append(all, t.label)
		}
	}
	return strings.Join(all, " | ")
}

func from90to400() (all []int) {
	for n := 90; n <= 400; n++ {
		all = append(all, n)
	}
	return all
}

func TestTicks(t *testing.T) {
	upTo := func(n int) []int { return multiples(1, 1, n) }
	for _, row := range []struct {
		about string
		axis  axis
		want  string
	}{
		{"thousands are set apart", linearAxis("", 0, 11_800, number), "0 | 2,000 | 4,000 | 6,000 | 8,000 | 10,000 | 12,000"},
		{"small steps have decimals", linearAxis("", 0, 0.9, number), "0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0"},
		{"around zero", linearAxis("", -3, 3, number), "−3 | −2 | −1 | 0 | 1 | 2 | 3"},
		{"nothing but zero", linearAxis("", 0, 0, number), "0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0"},
		{"1-2-5, and the unit that reads best", logAxis("", 60, 3000, 262, latency), "50 ms | 100 ms | 200 ms | 500 ms | 1 s | 2 s | 5 s"},
		{"below a millisecond", logAxis("", 0.3, 4, 262, latency), "200 µs | 500 µs | 1 ms | 2 ms | 5 ms"},
		{"finer where the range is short", logAxis("", 210, 390, 262, latency), "200 ms | 300 ms | 400 ms"},
		{"decades where the range is long", logAxis("", 1.1, 90_000, 130, latency), "1 ms | 10 ms | 100 ms | 1 s | 10 s | 100 s"},
		{"every size", sizesAxis(upTo(8), 560), "1 | 2 | 3 | 4 | 5 | 6 | 7 | 8"},
		{"doubling sizes", sizesAxis([]int{1, 2, 4, 8, 16}, 560), "1 | 2 | 4 | 8 | 16"},
		{"sizes that are far apart", sizesAxis([]int{1, 10, 100, 1000}, 560), "1 | 10 | 100 | 1,000"},
		{"too many sizes for a tick each", sizesAxis(from90to400(), 560), "100 | 150 | 200 | 250 | 300 | 350 | 400"},
		{"just one", sizesAxis([]int{1000}, 560), "1,000"},
		{"percentiles as far as the data", quantileAxis(0.999, 560), "0 % | 50 % | 75 % | 90 % | 95 % | 99 % | 99.9 %"},
		{"percentiles further, where they would touch", quantileAxis(0.9999999, 560), "0 % | 90 % | 99 % | 99.9 % | 99.99 % | 99.999 % | 99.9999 % | 99.99999 %"},
		{"sizes that would be one spot", sizesAxis([]int{1, 10, 100, 101, 102}, 560), "1 | 10 | 100 | 101 | 102"},
		{"sizes side by side", sizesAxis([]int{100, 101, 102}, 560), "100 | 101 | 102"},
	} {
		if got := labels(row.axis); got != row.want {
			t.Errorf("%s: %s, want %s", row.about, got, row.want)
		}
	}
}

func TestEvents(t *testing.T) {
	for _, row := range []struct {
		scenario string
		want     []event
	}{
		{`{"events":[{"at":"90s","do":"stop","instance":2}]}`, []event{{90, 0, "90 s: stop instance 2"}}},
		// Durations as nanoseconds, and an event that ends by itself.
		{`{"events":[{"at":1500000000,"do":"slow","instance":1,"factor":2.5,"for":"8s"}]}`, []event{{1.5, 8, "1.5 s: slow instance 1 ×2.5"}}},
		{`{"events":[{"at":"soon","do":"stop"}]}`, nil},
		{`{"name":"first"}`, nil},
		{`not JSON`, nil},
		{``, nil},
	} {
		got := events([]byte(row.scenario))
		if len(got) != len(row.want) || len(got) > 0 && got[0] != row.want[0] {
			t.Errorf("%s: %v, want %v", row.scenario, got, row.want)
		}
	}
}
