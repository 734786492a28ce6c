package scenarios

import "slices"

// completeService fills in the defaults of service and tiers.
func (s *Scenario) completeService() {
	if v := s.Service; v != nil {
		if s.Instance.Demand.Profile { // the steps say it all
			s.Instance.Demand, s.Instance.Background = Demand{Distribution: "constant"}, "none"
		}
		if v.Full == "" {
			v.Full = "503"
		}
		for i := range v.Requests {
			c := &v.Requests[i].Is
			if c.Share == 0 && len(v.Requests) == 1 {
				c.Share = 1
			}
			if c.Method == "" {
				c.Method = "GET"
			}
			completeSteps(c.Steps)
		}
	}
	for i := range s.Tiers {
		s.Tiers[i].Is.complete()
	}
}

func (t *Tier) complete() {
	if t.Instances == 0 {
		t.Instances = 1
	}
	if t.Host == "" {
		t.Host = "own"
	}
	if t.PoolTimeout > 0 && t.PoolStatus == 0 {
		t.PoolStatus = 500
	}
	for i := range t.Operations {
		o := &t.Operations[i].Is
		if o.CPU != nil {
			o.CPU.complete()
		}
		completeSteps(o.Steps)
	}
}

func completeSteps(steps []Step) {
	for i := range steps {
		st := &steps[i]
		for _, d := range []*Distribution{st.CPU, st.Wait} {
			if d != nil {
				d.complete()
			}
		}
		if l := st.Lock; l != nil {
			if l.Of == "" {
				l.Of = "instance"
			}
			if l.Hold != nil {
				l.Hold.complete()
			}
			completeSteps(l.Steps)
		}
		if st.Fail > 0 && st.Status == 0 {
			st.Status = 500
		}
		completeSteps(st.Parallel)
		completeSteps(st.Steps)
	}
}

func (v *Service) clone() *Service {
	if v == nil {
		return nil
	}
	c := *v
	c.Queue = copied(v.Queue)
	c.Requests = slices.Clone(v.Requests)
	for i := range c.Requests {
		c.Requests[i].Is.Steps = cloneSteps(c.Requests[i].Is.Steps)
	}
	return &c
}

func cloneTiers(t Table[Tier]) Table[Tier] {
	c := slices.Clone(t)
	for i := range c {
		tier := &c[i].Is
		tier.Queue = copied(tier.Queue)
		tier.Operations = slices.Clone(tier.Operations)
		for k := range tier.Operations {
			o := &tier.Operations[k].Is
			o.CPU, o.Steps = o.CPU.clone(), cloneSteps(o.Steps)
		}
	}
	return c
}

func cloneSteps(steps []Step) []Step {
	c := slices.Clone(steps)
	for i := range c {
		st := &c[i]
		st.CPU, st.Wait = st.CPU.clone(), st.Wait.clone()
		if st.Lock != nil {
			l := *st.Lock
			l.Hold, l.Steps = l.Hold.clone(), cloneSteps(l.Steps)
			st.Lock = &l
		}
		st.Parallel, st.Steps = cloneSteps(st.Parallel), cloneSteps(st.Steps)
	}
	return c
}

func (d *Distribution) clone() *Distribution {
	if d == nil {
		return nil
	}
	c := *d
	c.Quantiles = slices.Clone(d.Quantiles)
	c.Mixture = slices.Clone(d.Mixture)
	for i := range c.Mixture {
		c.Mixture[i].Quantiles = slices.Clone(c.Mixture[i].Quantiles)
	}
	return &c
}
