package scenarios

import (
	"github.com/k9mil/velocitas/model"
)

// Disturbance is when something happens to n instances or their load. ok is
// false where nothing does, or where it never stops, as in a load that goes up
// and down like a sine.
func (s *Scenario) Disturbance(n int) (d model.Disturbance, ok bool) {
	add := func(from, to Duration) {
		a, b := from.Std().Seconds(), to.Std().Seconds()
		if !ok || a < d.StartS {
			d.StartS = a
		}
		d.EndS, ok = max(d.EndS, b), true
	}
	of := func(tier string, i int) {
		var last Duration
		hurt := false
		for _, e := range s.Events {
			if !e.Concerns(tier, i) {
				continue
			}
			add(e.At, e.At+e.For+s.startsFor(&e))
			if e.At < last {
				continue
			}
			last = e.At
			hurt = e.Do != "start" && e.For == 0
		}
		d.Lasting = d.Lasting || hurt
	}
	for i := 1; i <= n; i++ {
		of("", i)
	}
	for _, t := range s.Tiers {
		for i := 1; i <= t.Is.Instances; i++ {
			of(t.Name, i)
		}
	}
	sh := s.Load.Shape
	if sh == nil {
		return d, ok
	}
	switch sh.Kind {
	case "sine":
		return d, false
	case "flash":
		add(sh.At, sh.At+sh.Rise+sh.Hold+sh.Fall)
	case "ramp":
		add(sh.Start, sh.End)
		d.Lasting = d.Lasting || sh.From != sh.To
	case "steps":
		first, now := 1.0, 1.0
		if len(sh.Steps) > 0 && sh.Steps[0].At == 0 {
			first = sh.Steps[0].Factor
			now = first
		}
		for _, step := range sh.Steps {
			if step.Factor != now {
				add(step.At, step.At)
			}
			now = step.Factor
		}
		d.Lasting = d.Lasting || now != first
	}
	return d, ok
}
