package capacity

import (
	"fmt"
	"math"
	"strings"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
)

// thumbTarget is the utilisation of the rule of thumb.
const thumbTarget = 0.7

// RuleOfThumb is how people size without a model, beside the answer.
type RuleOfThumb struct {
	// Instances is the heaviest load over what one instance can do at a
	// utilisation of 0.7, and as many more as may be lost.
	Instances   int     `json:"instances"`
	InstanceRps float64 `json:"instance_rps"` // what one instance's CPU can do
	Reason      string  `json:"reason"`       // why the answer differs
}

// thumb sets the rule of thumb beside the answer n, 0 for none.
func (s *search) thumb(n int) RuleOfThumb {
	r := RuleOfThumb{InstanceRps: rounded(s.oneRps, 6)}
	r.Instances = queueing.RuleOfThumb(s.heaviestRps(), s.oneRps, thumbTarget) + s.q.Survive
	switch {
	case n == 0:
		r.Reason = "the rule knows capacity and nothing of latency or of what instances share"
	case n == r.Instances:
		r.Reason = "the rule happens to be right here"
	case n < r.Instances:
		r.Reason = "the objectives allow more than 70 %: " + s.load(n)
	case r.Instances > s.q.Max || s.at(r.Instances).hardest() == nil:
		r.Reason = "70 % is more than the objectives allow"
	default:
		r.Reason = "70 % is more than the objectives allow: " + s.complaint(r.Instances)
	}
	return r
}

// load says how busy n instances are where it is hardest.
func (s *search) load(n int) string {
	c := s.at(n).hardest()
	p := &c.shown().point
	return fmt.Sprintf("with %d, %s, they are busy to %.0f %% and %s", n, c.where(), 100*p.Utilisation.Instances.Value, s.figures(p))
}

// figures are the objectives' metrics in words.
func (s *search) figures(p *model.Point) string {
	var words []string
	for _, o := range s.q.Objectives {
		if o.Metric.Latency() {
			words = append(words, fmt.Sprintf("%s is %s", o.Metric, milliseconds(o.Of(p).Value)))
		}
	}
	if len(words) == 0 {
		return fmt.Sprintf("%s %% of requests fail", number(rounded(100*p.Errors.Rate.Value, 2)))
	}
	return strings.Join(words, " and ")
}

// whyNotFewer says what is wrong with one instance less than the answer.
func (s *search) whyNotFewer(n int) string {
	if n == 1 {
		return "nothing: one instance is the least there can be"
	}
	return s.complaint(n - 1)
}

// complaint says which objective n instances miss, in which case, and why.
func (s *search) complaint(n int) string {
	r := s.at(n)
	for _, c := range r.cases {
		if n <= c.lost() {
			return fmt.Sprintf("with %d, no instance is left after the loss", n)
		}
	}
	c := r.hardest()
	if c == nil {
		return fmt.Sprintf("the CPU of %s can do %s requests a second at most, of %s", plural(n, "instance"), short(s.oneRps*float64(n)), short(s.heaviestRps()))
	}
	p := &c.shown().point
	text := fmt.Sprintf("with %d, %s, ", n, c.where())
	missed := c.shown().missed()
	switch {
	case p.Verdict == model.Saturated:
		return text + "more arrives than leaves, and " + because(p)
	case p.Verdict == model.Collapsed:
		return text + fmt.Sprintf("the system collapses: %s %% of requests fail, and %s", number(rounded(100*p.Errors.Rate.Value, 3)), because(p))
	case len(missed) == 0:
		t := c.shown()
		if float64(t.keptIn) < float64(t.confidence*float64(t.made)) {
			return text + fmt.Sprintf("the objectives are kept in only %d of %d runs", t.keptIn, t.made)
		}
		return text + fmt.Sprintf("runs differ so much that fewer than %s %% of them are foreseen to keep the objectives, which %d of %d did",
			number(rounded(100*t.confidence, 6)), t.keptIn, t.made)
	case missed[0].Metric == Errors:
		return text + fmt.Sprintf("%s %% of requests fail, and %s", number(rounded(100*p.Errors.Rate.Value, 2)), because(p))
	case math.IsInf(missed[0].Of(p).Value, 1):
		return text + fmt.Sprintf("%s %% of requests fail, too many for a %s, and %s", number(rounded(100*p.Errors.Rate.Value, 3)), missed[0].Metric, because(p))
	default:
		return text + fmt.Sprintf("%s is %s, and %s", missed[0].Metric, milliseconds(missed[0].Of(p).Value), because(p))
	}
}

// where names a case in a sentence.
func (c *planCase) where() string {
	switch c.name {
	case atPeak:
		return "at the peak"
	case atLoss:
		return "after the loss"
	}
	return "at the rate"
}

// because says what is busiest.
func because(p *model.Point) string {
	u := p.Utilisation
	part, share := "its instances are", u.Instances.Value
	if u.Balancer.Value > share {
		part, share = "nginx is", u.Balancer.Value
	}
	if u.Host.Value > share {
		part, share = "the host is", u.Host.Value
	}
	if h := busiest(p); h != nil && h.Utilisation.Value > share {
		part, share = h.What+" "+h.Name+" is", h.Utilisation.Value
	}
	text := fmt.Sprintf("%s busy to %.0f %%", part, 100*share)
	if p.Limit != model.LimitLoad {
		text += fmt.Sprintf(" (limit: %s)", p.Limit)
	}
	return text
}

// busiest is the tier that is busiest, nil without any.
func busiest(p *model.Point) *model.Held {
	var most *model.Held
	for i := range p.Held {
		if h := &p.Held[i]; h.What == "tier" && (most == nil || h.Utilisation.Value > most.Utilisation.Value) {
			most = h
		}
	}
	return most
}

func milliseconds(ms float64) string { return short(ms) + " ms" }

// short writes three digits.
func short(v float64) string { return number(rounded(v, 3)) }
