package scenarios

import "slices"

// Clone is a copy that may be changed without changing s. Only the instants of
// a trace are shared; nobody changes those.
func (s *Scenario) Clone() *Scenario {
	c := *s
	c.Instances = slices.Clone(s.Instances)
	c.Balancer.NextUpstream = slices.Clone(s.Balancer.NextUpstream)
	c.Events = slices.Clone(s.Events)
	c.Objectives = slices.Clone(s.Objectives)
	if s.Load.Shape != nil {
		shape := *s.Load.Shape
		shape.Steps = slices.Clone(shape.Steps)
		c.Load.Shape = &shape
	}
	c.Service, c.Tiers = s.Service.clone(), cloneTiers(s.Tiers)
	c.Overrides = slices.Clone(s.Overrides)
	for i := range c.Overrides {
		o := &c.Overrides[i]
		o.Instances = slices.Clone(o.Instances)
		o.CPUs, o.MaxFails = copied(o.CPUs), copied(o.MaxFails)
	}
	return &c
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
