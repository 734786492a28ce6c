package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Answer says in one sentence what a file holds.
func (r *Result) Answer() string {
	var parts []string
	if r.Requests > 0 {
		text := count(r.Requests, "request")
		if r.DurationNs > 0 {
			text += fmt.Sprintf(" in %s s", plain(float64(r.DurationNs)/1e9))
		}
		parts = append(parts, text)
	}
	if rps := r.OfferedRps(); rps > 0 {
		parts = append(parts, plain(rps)+" per second")
	}
	parts = append(parts, r.latencyWords())
	if r.Requests > 0 {
		parts = append(parts, r.failedWords())
	}
	return strings.Join(parts, "; ")
}

func (r *Result) latencyWords() string {
	var words []string
	for _, q := range []struct {
		name string
		q    float64
	}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} {
		if ms := r.Latency.QuantileMs(q.q); ms > 0 || r.Latency.Histogram != nil && r.Latency.Count > 0 {
			words = append(words, fmt.Sprintf("%s %s ms", q.name, plain(ms)))
		}
	}
	switch {
	case words == nil && r.Latency.MeanNs >= 0:
		return fmt.Sprintf("mean latency %s ms", plain(r.Latency.MeanNs/1e6))
	case words == nil:
		return "latency is not known"
	}
	return strings.Join(words, ", ")
}

func (r *Result) failedWords() string {
	switch {
	case r.Failed > 0:
		return fmt.Sprintf("%s %% failed", plain(100*r.ErrorRate()))
	case r.ByStatus == nil && r.ByError == nil && r.Format.Failures != apart:
		return "failures are not known"
	}
	return "none failed"
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Findings says in sentences what is worth knowing beyond figures: how requests
// came, how they are spread, what failed, what was tried again, which instances
// started slowly, and what is wrong with the file. The first is the most
// important.
func (r *Result) Findings() (list []string) {
	for _, text := range []string{
		r.skippedWords(), r.failureWords(), r.retryWords(), r.spreadWords(), r.rareWords(), r.slowWords(), r.arrivalWords(), r.clockWords(),
	} {
		if text != "" {
			list = append(list, text)
		}
	}
	return append(list, r.Doubts...)
}

func (r *Result) skippedWords() string {
	if r.Skipped.Lines == 0 {
		return ""
	}
	var shown []string
	for _, l := range r.Skipped.First {
		shown = append(shown, fmt.Sprintf("line %d %s: %q", l.Line, l.Why, l.Text))
	}
	return fmt.Sprintf("%s could not be used and left out: %s", count(r.Skipped.Lines, "line"), strings.Join(shown, "; "))
}

func (r *Result) failureWords() string {
	if r.Failed == 0 {
		return ""
	}
	var words []string
	for _, status := range slices.Sorted(maps.Keys(r.ByStatus)) {
		if status == "0" {
			words = append(words, fmt.Sprintf("%d without an answer", r.ByStatus[status]))
		} else if len(status) == 3 && (status[0] == '5' || status == "499") {
			words = append(words, fmt.Sprintf("%d with %s", r.ByStatus[status], status))
		}
	}
	names := slices.Sorted(maps.Keys(r.ByError))
	slices.SortStableFunc(names, func(a, b string) int { return int(max(-1, min(1, r.ByError[b]-r.ByError[a]))) })
	for i, name := range names {
		if i == 3 {
			words = append(words, fmt.Sprintf("%d other kinds", len(names)-i))
			break
		}
		words = append(words, fmt.Sprintf("%d %q", r.ByError[name], printable([]byte(name))))
	}
	if words == nil {
		return fmt.Sprintf("%s failed", count(r.Failed, "request"))
	}
	return fmt.Sprintf("%s failed: %s", count(r.Failed, "request"), listed(words))
}

func (r *Result) retryWords() string {
	var list []string
	if r.Retried > 0 {
		list = append(list, fmt.Sprintf("nginx tried %s again at another instance, %d of them with success", count(r.Retried, "request"), r.Recovered))
	}
	if r.Nobody > 0 {
		list = append(list, fmt.Sprintf("for %s there was no instance left (no live upstreams)", count(r.Nobody, "try")))
	}
	for _, x := range r.Instances {
		if x.Failed*100 > x.Tries && x.Failed >= 5 {
			list = append(list, fmt.Sprintf("at %s %d of %d tries failed", x.Addr, x.Failed, x.Tries))
		}
	}
	return strings.Join(list, "; ")
}

// chance is a probability in words.
func chance(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return "= " + plain(p)
}

// rareWords names addresses that are not counted.
func (r *Result) rareWords() string {
	var words []string
	list := r.Counted()
	for _, x := range r.Instances {
		if !slices.Contains(list, x) {
			words = append(words, fmt.Sprintf("%s (%s)", x.Addr, count(x.Requests, "request")))
		}
	}
	if len(words) > 5 {
		words = append(words[:5], fmt.Sprintf("%d more", len(words)-5))
	}
	if words == nil {
		return ""
	}
	return "not counted as instances, since they got less than a twentieth of the busiest: " + listed(words)
}

func (r *Result) spreadWords() string {
	e, ok := r.Evenness()
	if !ok {
		return ""
	}
	test := fmt.Sprintf("shares from %s to %s %%, chi-square %s with %d degrees of freedom, p %s",
		plain(100*e.Smallest), plain(100*e.Largest), plain(e.ChiSquare), e.Degrees, chance(e.P))
	switch {
	case e.P < 0.001:
		text := fmt.Sprintf("the %d instances did not get the same: more uneven than chance has it (%s)", len(r.Counted()), test)
		if late := r.lateInstances(); late != "" {
			text += "; " + late
		}
		return text
	case e.P > 0.999:
		return fmt.Sprintf("the %d instances got the same, more evenly than chance has it, as round robin does (%s)", len(r.Counted()), test)
	}
	return fmt.Sprintf("the %d instances got the same within chance (%s)", len(r.Counted()), test)
}

// lateInstances names those that were asked only for a part of the time.
func (r *Result) lateInstances() string {
	var words []string
	for _, x := range r.Counted() {
		from, to := x.FirstNs-r.StartNs, x.LastNs-r.StartNs
		if r.DurationNs > 0 && (from*20 > r.DurationNs || (r.DurationNs-to)*20 > r.DurationNs) {
			words = append(words, fmt.Sprintf("%s from %s to %s s", x.Addr, plain(float64(from)/1e9), plain(float64(to)/1e9)))
		}
	}
	if len(words) > 5 {
		words = append(words[:5], fmt.Sprintf("%d more", len(words)-5))
	}
	if words == nil {
		return ""
	}
	return "some were asked only for a part of the time: " + listed(words)
}

func (r *Result) slowWords() string {
	var words []string
	for _, x := range r.Instances {
		if early, later, slow := x.SlowStart(); slow {
			words = append(words, fmt.Sprintf("%s (median %s ms, later %s ms)", x.Addr, plain(early), plain(later)))
		}
	}
	if words == nil {
		return ""
	}
	return "slow in their first ten seconds: " + listed(words)
}

// arrivalWords compares arrivals per second with a Poisson process, whose
// variance is its mean.
func (r *Result) arrivalWords() string {
	if r.TimelineNs == 0 || len(r.Timeline) < 12 {
		return ""
	}
	inner := r.Timeline[1 : len(r.Timeline)-1] // the outer ones are not whole
	first, last := inner[0].StartNs, inner[len(inner)-1].StartNs
	n := float64((last-first)/r.TimelineNs + 1)
	sum, least, most := int64(0), inner[0].Arrived, int64(0)
	for _, s := range inner {
		sum += s.Arrived
		least, most = min(least, s.Arrived), max(most, s.Arrived)
	}
	if int(n) > len(inner) {
		least = 0
	}
	mean := float64(sum) / n
	variance := float64(mean*mean) * (n - float64(len(inner)))
	for _, s := range inner {
		d := float64(s.Arrived) - mean
		variance += float64(d * d)
	}
	variance /= n - 1
	ratio := variance / mean
	chi := distuv.ChiSquared{K: n - 1}
	how := "as a Poisson process does"
	switch p := chi.Survival(ratio * (n - 1)); {
	case p < 0.001:
		how = "more than a Poisson process does: bursts, or a rate that changes; a trace keeps them"
	case p > 0.999:
		how = "less than a Poisson process does, as a constant rate or a closed loop of clients does"
	}
	per := "second"
	if r.TimelineNs != 1e9 {
		per = fmt.Sprintf("%s s", plain(float64(r.TimelineNs)/1e9))
	}
	return fmt.Sprintf("requests per %s are %s to %s, %s on average, and vary %s (variance over mean %s)",
		per, plain(float64(least)), plain(float64(most)), plain(mean), how, plain(ratio))
}

func (r *Result) clockWords() string {
	if r.BackTimes == 0 {
		return ""
	}
	return fmt.Sprintf("times run back %s, by up to %s: the file joins several logs, or the clock was set",
		count(r.BackTimes, "time"), time.Duration(r.BackNs).Round(time.Second))
}
