package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/internal/strict"
)

// Bound is the largest error or change that is allowed for a metric at any size, a
// fraction of at least 0.
type Bound struct {
	Metric string
	Most   float64
}

// ParseBounds reads bounds such as "throughput=5%,p99=15%".
func ParseBounds(text string) ([]Bound, error) {
	var out []Bound
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !slices.Contains(Metrics(), name) {
			return nil, fmt.Errorf("%s is no metric; want one of %s, such as throughput=5%%,p99=15%%", strict.Quote(name), strings.Join(Metrics(), ", "))
		}
		if slices.ContainsFunc(out, func(b Bound) bool { return b.Metric == name }) {
			return nil, fmt.Errorf("%s is bounded twice", name)
		}
		number, isPercent := strings.CutSuffix(value, "%")
		v, err := strict.Number(number)
		if err != nil || !isPercent || v < 0 {
			return nil, fmt.Errorf("%s: wants a percentage of at least 0, such as 5%%, not %s", name, strict.Quote(value))
		}
		out = append(out, Bound{name, v / 100})
	}
	return out, nil
}

// Exceeded says of each curve and bound, in words, where the error is larger
// than allowed, or not known; empty when all bounds are kept.
func (r Report) Exceeded(bounds []Bound) []string {
	var out []string
	for _, a := range r.Others {
		for _, b := range bounds {
			if text := a.exceeded(b); text != "" {
				out = append(out, fmt.Sprintf("%s: %s", a.Curve.File, text))
			}
		}
	}
	return out
}

func (a Against) exceeded(b Bound) string {
	for _, s := range a.Sizes {
		if s.metric(b.Metric).difference() == nil {
			return fmt.Sprintf("%s with %s cannot be compared", b.Metric, instances(s.Instances))
		}
	}
	s := summarise(b.Metric, a.Sizes)
	if math.Abs(s.Worst) <= b.Most {
		return ""
	}
	verb := "is off by"
	if a.Relation == IsChange {
		verb = "has changed by"
	}
	return fmt.Sprintf("%s %s %+.3g %% with %s, more than %.4g %%", b.Metric, verb, 100*s.Worst, instances(s.WorstAt), 100*b.Most)
}
