package scenarios

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// delay lets instances that were stopped start as o says: later, and slowly at
// first, unless they are stopped again before.
func (o *Start) delay(all []Change) []Change {
	var out []Change
	stopped := map[int]bool{}
	starting := map[int]time.Duration{} // until when an instance is not ready
	for i, c := range all {
		if c.Tier != "" || c.Do != "stop" && c.Do != "start" {
			out = append(out, c)
			continue
		}
		was := stopped[c.Instance]
		stopped[c.Instance] = c.Do == "stop"
		switch {
		case c.Do == "start" && was:
			starting[c.Instance] = c.At + o.Ready.Std()
			out = append(out, o.steps(c, all[i+1:])...)
		case c.Do == "start" && c.At < starting[c.Instance]: // it is starting already
		default:
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Compare(a.At, b.At) })
	return out
}

// steps are what a start consists of, up to where the instance is stopped again.
func (o *Start) steps(c Change, later []Change) []Change {
	stops := time.Duration(math.MaxInt64)
	for _, l := range later {
		if l.Tier == "" && l.Instance == c.Instance && l.Do == "stop" {
			stops = l.At
			break
		}
	}
	c.At += o.Ready.Std()
	list := []Change{c}
	if o.Warm > 0 {
		list = append(list, Change{At: c.At, Instance: c.Instance, Do: "slow", Factor: o.Slow},
			Change{At: c.At + o.Warm.Std(), Instance: c.Instance, Do: "slow", Factor: 1})
	}
	return slices.DeleteFunc(list, func(step Change) bool { return step.At >= stops })
}

// startsFor is how long an instance needs after an event until it is as good as the
// others.
func (s *Scenario) startsFor(e *Event) Duration {
	if s.Service == nil || e.Tier != "" || e.For == 0 || e.Do != "stop" && e.Do != "restart" {
		return 0
	}
	return s.Service.Start.lasts()
}

// lasts is how long it takes until an instance is as good as the others.
func (o *Start) lasts() Duration {
	if o == nil {
		return 0
	}
	return o.Ready + o.Warm
}
