package system

import (
	"testing"

	"github.com/k9mil/velocitas/scenarios"
)

// Shares that were measured add up, however they are rounded.
func TestMeasuredShares(t *testing.T) {
	for _, counts := range [][]float64{{1, 1, 1}, {60131, 24942, 14927}, {33335, 33335, 33330}, {999999, 1}, {1, 2, 4, 5, 7, 11, 13}} {
		all := 0.0
		for _, n := range counts {
			all += n
		}
		k := Known{Rate: 10, Cores: 8}
		for i, n := range counts {
			k.Requests = append(k.Requests, Request{Name: string(rune('a' + i)), Share: n / all, CPU: Measured{Time: "1ms"}})
		}
		s, err := New(nil, []Service{{Name: "web", Replicas: 1, CPUs: 1}}, []string{"access.log"}, "", k)
		if err != nil {
			t.Fatal(err)
		}
		text, unknowns := s.YAML()
		if _, err := scenarios.Parse("scenario.yaml", []byte(text)); err != nil || unknowns > 0 {
			t.Errorf("%v: %d unknown, %v\n%s", counts, unknowns, err, text)
		}
	}
}
