package scenarios

import "github.com/k9mil/velocitas/internal/strict"

// Setting is one key of a scenario and the value that it is to have, written
// as in YAML. From names where it was said, such as "--cpus", for errors.
type Setting struct {
	Key, Value, From string
}

// Set overrides keys of a resolved scenario, which is then resolved again. A
// rate or a trace makes the load open and a number of clients makes it closed,
// replacing what was said of the other kind; a trace is then still to be read
// ([Scenario.ReadTrace]). On an error s is as it was.
func (s *Scenario) Set(settings ...Setting) error {
	c := s.Clone()
	for _, set := range settings {
		doc, err := strict.YAML(set.From, []byte(set.Value))
		if err != nil {
			return withoutLine(err)
		}
		c.makeRoom(set.Key)
		if err := doc.DecodeAt(c, set.Key); err != nil {
			return withoutLine(err)
		}
		if set.Key == "replications" {
			c.MaxReplications = max(c.MaxReplications, c.Replications)
		}
	}
	c.complete()
	if f := c.fault(); f != nil {
		return &strict.Error{File: from(settings, f.Key, s.Name), Key: f.Key, Problem: f.Problem}
	}
	*s = *c
	return nil
}

// makeRoom clears what the value of a key is going to replace.
func (s *Scenario) makeRoom(key string) {
	l := &s.Load
	switch key {
	case "load.rate", "load.rate_per_instance":
		if l.Arrivals == "trace" {
			l.Arrivals = ""
		}
		l.Kind, l.Rate, l.RatePerInstance, l.Trace, l.TraceS = "open", 0, 0, "", nil
		l.Clients, l.ClientsPerInstance, l.Think, l.ThinkDistribution = 0, 0, 0, ""
	case "load.trace":
		l.Kind, l.Arrivals, l.Rate, l.RatePerInstance, l.Shape, l.TraceS = "open", "", 0, 0, nil, nil
		l.Clients, l.ClientsPerInstance, l.Think, l.ThinkDistribution = 0, 0, 0, ""
	case "load.clients", "load.clients_per_instance":
		l.Kind, l.Clients, l.ClientsPerInstance = "closed", 0, 0
		l.Rate, l.RatePerInstance, l.Arrivals, l.Trace, l.TraceS, l.Shape = 0, 0, "", "", nil, nil
	case "instance.demand":
		s.Instance.Background = ""
	}
}

// from is where the key at fault was set: by itself, by the only setting there
// is, or else in the scenario of that name.
func from(settings []Setting, key, name string) string {
	if len(settings) == 1 {
		return settings[0].From
	}
	for _, set := range settings {
		if set.Key == key {
			return set.From
		}
	}
	return name
}

// withoutLine drops the line number, which a flag's value has no use for.
func withoutLine(err error) error {
	if e, ok := err.(*strict.Error); ok {
		e.Line = 0
	}
	return err
}
