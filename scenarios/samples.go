package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
)

// What a file of samples may hold, and how many quantiles are kept of it.
const (
	samplesFileMost = 32 << 20
	samplesMost     = 1_000_000
	sampleQuantiles = 2001
)

// sampleMost bounds one sample, as a mean is bounded.
const sampleMost = time.Hour

// distributions calls do for every distribution of the service and its tiers,
// with its key, until do returns an error.
func (s *Scenario) distributions(do func(key string, d *Distribution) error) error {
	if s.Service != nil {
		for i := range s.Service.Requests {
			r := &s.Service.Requests[i]
			if err := ofSteps("service.requests."+r.Name+".steps", r.Is.Steps, do); err != nil {
				return err
			}
		}
	}
	for i := range s.Tiers {
		for k := range s.Tiers[i].Is.Operations {
			o := &s.Tiers[i].Is.Operations[k]
			key := "tiers." + s.Tiers[i].Name + ".operations." + o.Name
			if err := ofDistribution(key, o.Is.CPU, do); err != nil {
				return err
			}
			if err := ofSteps(key+".steps", o.Is.Steps, do); err != nil {
				return err
			}
		}
	}
	return nil
}

func ofSteps(key string, steps []Step, do func(string, *Distribution) error) error {
	for i := range steps {
		st, at := &steps[i], fmt.Sprintf("%s[%d]", key, i)
		lock := st.Lock
		if lock == nil {
			lock = &Lock{}
		}
		for _, of := range []func() error{
			func() error { return ofDistribution(at+".cpu", st.CPU, do) },
			func() error { return ofDistribution(at+".wait", st.Wait, do) },
			func() error { return ofDistribution(at+".lock.hold", lock.Hold, do) },
			func() error { return ofSteps(at+".lock.steps", lock.Steps, do) },
			func() error { return ofSteps(at+".parallel", st.Parallel, do) },
			func() error { return ofSteps(at+".steps", st.Steps, do) },
		} {
			if err := of(); err != nil {
				return err
			}
		}
	}
	return nil
}

func ofDistribution(key string, d *Distribution, do func(string, *Distribution) error) error {
	if d == nil {
		return nil
	}
	for i := range d.Mixture {
		if err := do(fmt.Sprintf("%s.mixture[%d]", key, i), &d.Mixture[i]); err != nil {
			return err
		}
	}
	return do(key, d)
}

// unread tells that a distribution's file of samples is still to be read.
func (d *Distribution) unread() bool { return d.Samples != "" && len(d.Quantiles) == 0 }

// UnreadSamples is the key of a file of samples that was named but not read, ""
// where there is none. [Read] and [ReadText] read them; [Parse] and
// [Scenario.Set] do not.
func (s *Scenario) UnreadSamples() (key string) {
	_ = s.distributions(func(at string, d *Distribution) error {
		if key == "" && d.unread() {
			key = at + ".samples"
		}
		return nil
	})
	return key
}

// readSamples reads the files of samples that the scenario names, looked for in dir.
func (s *Scenario) readSamples(ctx context.Context, dir string, doc *strict.Document) error {
	return s.distributions(func(key string, d *Distribution) error {
		if !d.unread() {
			return nil
		}
		quantiles, err := sampled(ctx, beside(dir, d.Samples))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return doc.Fault(key+".samples", "%v", err)
		}
		d.Quantiles = quantiles
		return nil
	})
}

// sampled reads a file of samples, one a line in any order: durations with their
// unit, or numbers after a line whose end is the unit, such as cpu_ms. Empty lines
// and those that begin with # are skipped. It returns them in ascending order or,
// where there are more than sampleQuantiles, so many of their quantiles.
func sampled(ctx context.Context, file string) ([]Duration, error) {
	data, err := strict.ReadFile(ctx, file, samplesFileMost)
	if err != nil {
		return nil, err
	}
	if data, err = strict.Text(file, data); err != nil {
		return nil, err
	}
	var all []Duration
	unit, number, first := time.Duration(0), 0, true
	for line := range bytes.Lines(data) {
		number++
		if number%10_000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		word := strings.Trim(strings.TrimSpace(string(line)), `"`)
		if word == "" || word[0] == '#' {
			continue
		}
		if named, ok := unitOf(word); ok && first {
			unit, first = named, false
			continue
		}
		first = false
		v, problem := sample(word, unit)
		if problem == "" && len(all) == samplesMost {
			problem = fmt.Sprintf("holds more than the %d samples that are read; cut it", samplesMost)
		}
		if problem != "" {
			return nil, &strict.Error{File: file, Line: number, Problem: problem}
		}
		all = append(all, v)
	}
	if len(all) < 2 {
		return nil, &strict.Error{File: file, Problem: fmt.Sprintf("holds %d samples; at least two are wanted, one a line", len(all))}
	}
	slices.Sort(all)
	return thinned(all, sampleQuantiles), nil
}

// unitOf is the unit that a column's name ends in, such as cpu_ms or ms.
func unitOf(name string) (time.Duration, bool) {
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"ns", time.Nanosecond}, {"us", time.Microsecond}, {"ms", time.Millisecond}, {"s", time.Second}} {
		if name == u.name || strings.HasSuffix(name, "_"+u.name) {
			return u.unit, true
		}
	}
	return 0, false
}

// sample is what one line says, in a unit or, where that is 0, with its own.
func sample(word string, unit time.Duration) (_ Duration, problem string) {
	v := math.NaN()
	if number, err := strict.Number(word); err == nil {
		if unit == 0 {
			return 0, `wants a duration with its unit, such as "4.2ms", or a first line that ends in the unit, such as "cpu_ms", not ` + strict.Quote(word)
		}
		v = number * float64(unit)
	} else if d, err := time.ParseDuration(word); err == nil {
		v = float64(d)
	} else if strings.ContainsAny(word, ",;\t") {
		return 0, "wants one sample a line, not several columns: " + strict.Quote(word)
	}
	if !(v >= 0 && v <= float64(sampleMost)) {
		return 0, fmt.Sprintf(`wants a duration of 0s to %v, such as "4.2ms", not %s`, sampleMost, strict.Quote(word))
	}
	return Duration(math.Round(v)), ""
}

// thinned is so many quantiles of sorted samples at most, at even steps from the
// least to the greatest, straight between neighbours.
func thinned(all []Duration, most int) []Duration {
	if len(all) <= most {
		return all
	}
	kept := make([]Duration, most)
	for i := range kept {
		whole, part := i*(len(all)-1)/(most-1), i*(len(all)-1)%(most-1)
		kept[i] = all[whole]
		if part > 0 {
			kept[i] += (all[whole+1] - all[whole]) * Duration(part) / Duration(most-1)
		}
	}
	return kept
}
