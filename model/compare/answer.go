package compare

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// conclude sums up each metric, and all of them in a sentence.
func (a *Against) conclude(ref Source) {
	list := metrics
	if a.Relation == IsChange {
		list = changed
	}
	var all []Verdict
	for _, m := range list {
		s := summarise(m.name, a.Sizes)
		if a.Relation == IsChange {
			s.Verdict = a.verdictOn(m.name)
			all = append(all, s.Verdict)
		}
		a.Summary = append(a.Summary, s)
	}
	names := [2]string{ref.File, a.Curve.File}
	if a.Relation == IsError {
		a.Answer = a.sayError(names)
		return
	}
	a.Verdict = verdictOver(all)
	a.Answer = a.sayChange(names)
}

// verdictOn is the verdict on a metric over all sizes.
func (a *Against) verdictOn(name string) Verdict {
	var all []Verdict
	for _, s := range a.Sizes {
		all = append(all, s.metric(name).Verdict)
	}
	v := verdictOver(all)
	if name == errorRate {
		switch v {
		case Faster:
			return FewerFail
		case Slower:
			return MoreFail
		}
	}
	return v
}

func (a *Against) sayError(names [2]string) string {
	var parts []string
	for _, s := range a.Summary {
		if s.Compared == 0 {
			parts = append(parts, s.Name+" by an unknown error")
			continue
		}
		parts = append(parts, fmt.Sprintf("%s by %s", s.Name, percent(s.Median)))
	}
	over := ""
	if len(a.Sizes) > 1 {
		over = fmt.Sprintf(" (median of %d sizes)", len(a.Sizes))
	}
	return fmt.Sprintf("%s is off from %s: %s%s.", names[1], names[0], list(parts), over)
}

// sayChange puts failures first: latency counts only what was answered.
func (a *Against) sayChange(names [2]string) string {
	switch a.Verdict {
	case NotKnown, NotComparable:
		return fmt.Sprintf("Whether %s differs from %s cannot be said: a single run leaves no interval, and where nothing was answered there is no latency.", names[1], names[0])
	case NoDifference:
		if a.same() {
			return fmt.Sprintf("%s and %s are the same to the last digit.", names[0], names[1])
		}
		return fmt.Sprintf("No difference seen between %s and %s%s.", names[0], names[1], a.wouldHaveSeen())
	}
	word := map[Verdict]string{
		Faster: "is faster than", Slower: "is slower than", Mixed: "is faster than %s in some and slower in other ways:",
	}[a.Verdict]
	if a.Verdict == Mixed {
		word = fmt.Sprintf(word, names[0])
	} else {
		word += " " + names[0] + ":"
	}
	var parts []string
	for _, name := range []string{errorRate, "throughput", "p99", "p95", "p50"} {
		// p99 speaks for the other quantiles, unless they go another way.
		verdict := a.verdictOn(name)
		if (name == "p95" || name == "p50") && (verdict == a.verdictOn("p99") || verdict == NoDifference) {
			continue
		}
		if text := a.sayMetric(name); text != "" {
			parts = append(parts, text)
		}
	}
	return fmt.Sprintf("%s %s %s%s.", names[1], word, list(parts), a.atSizes())
}

// atSizes says at how many sizes anything differs, of several.
func (a *Against) atSizes() string {
	n := 0
	for _, s := range a.Sizes {
		if slices.ContainsFunc(s.Metrics, func(m Metric) bool { return m.Verdict.differs() }) {
			n++
		}
	}
	if len(a.Sizes) == 1 {
		return ""
	}
	return fmt.Sprintf("; %d of %d sizes differ", n, len(a.Sizes))
}

// differs tells whether a verdict is one on a difference.
func (v Verdict) differs() bool {
	return v == Faster || v == Slower || v == FewerFail || v == MoreFail || v == Mixed
}

// same reports whether no value differs at all.
func (a *Against) same() bool {
	for _, s := range a.Sizes {
		for _, m := range s.Metrics {
			if m.Reference != m.Value {
				return false
			}
		}
	}
	return true
}

// sayMetric says where a metric changed most; empty for no change.
func (a *Against) sayMetric(name string) string {
	var most *Size
	for i := range a.Sizes {
		m := a.Sizes[i].metric(name)
		if !m.Verdict.differs() {
			continue
		}
		if most == nil || math.Abs(m.Change.Value) > math.Abs(most.metric(name).Change.Value) {
			most = &a.Sizes[i]
		}
	}
	if most == nil {
		return ""
	}
	m := most.metric(name)
	text := fmt.Sprintf("%s %s (%s to %s)", name, signed(m.Change.Value), signed(m.Change.Lo), signed(m.Change.Hi))
	if name == errorRate {
		text = fmt.Sprintf("%s of requests fail instead of %s", percent(m.Value.Value), percent(m.Reference.Value))
	}
	if len(a.Sizes) == 1 {
		return text
	}
	return text + " with " + instances(most.Instances)
}

// wouldHaveSeen says how large a change may be that was not seen.
func (a *Against) wouldHaveSeen() string {
	var parts []string
	for _, name := range []string{"throughput", "p99"} {
		reach := 0.0
		for _, s := range a.Sizes {
			if c := s.metric(name).Change; c != nil {
				reach = max(reach, -c.Lo, c.Hi)
			}
		}
		if reach > 0 {
			parts = append(parts, fmt.Sprintf("%s is within %s of what it was", name, percent(reach)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + list(parts)
}

// percent writes a share with two digits, and never a small one as none.
func percent(v float64) string {
	v = 100 * math.Abs(v)
	switch {
	case v >= 9.95:
		return fmt.Sprintf("%.0f %%", v)
	case v >= 0.995 || v == 0:
		return strings.Replace(fmt.Sprintf("%.1f %%", v), ".0 ", " ", 1)
	}
	return fmt.Sprintf("%.2g %%", v)
}

func signed(v float64) string {
	switch {
	case v > 0:
		return "+" + percent(v)
	case v < 0:
		return "−" + percent(v)
	}
	return percent(v)
}

// list joins words as in "a, b and c".
func list(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
}

// AllChanges tells whether all curves are before and after, none an error.
func (r Report) AllChanges() bool {
	return !slices.ContainsFunc(r.Others, func(a Against) bool { return a.Relation != IsChange })
}

// Finding is what a reader should take from a chart of a metric, of two curves;
// empty where there are more.
func (r Report) Finding(name string) string {
	if len(r.Others) != 1 {
		return ""
	}
	a := &r.Others[0]
	s := summarise(name, a.Sizes)
	title := strings.ToUpper(name[:1]) + name[1:]
	if name != "throughput" {
		title = name
	}
	if a.Relation == IsError {
		if s.Compared == 0 {
			return ""
		}
		return fmt.Sprintf("Predicted %s is within %s of what was measured", name, percent(s.Worst))
	}
	if text := a.sayMetric(errorRate); text != "" {
		return strings.ToUpper(text[:1]) + text[1:]
	}
	switch v := a.verdictOn(name); v {
	case NoDifference:
		return title + ": no difference seen"
	case Faster, Slower, Mixed:
		return fmt.Sprintf("%s is %s after: %s", title, map[Verdict]string{Faster: better(name), Slower: worse(name), Mixed: "higher and lower"}[v],
			strings.TrimPrefix(a.sayMetric(name), name+" "))
	}
	return title + ": cannot be compared"
}

func better(name string) string {
	if name == "throughput" {
		return "higher"
	}
	return "lower"
}

func worse(name string) string {
	if name == "throughput" {
		return "lower"
	}
	return "higher"
}

// WhatDiffers lists what differs between the reference and each other curve in a
// sentence, where they are before and after.
func (r Report) WhatDiffers() []string {
	var all []string
	for _, a := range r.Others {
		if a.Relation != IsChange {
			continue
		}
		text := a.WhatDiffers()
		if len(r.Others) > 1 {
			text = a.Curve.File + ": " + text
		}
		all = append(all, text+".")
	}
	return all
}

// differencesMost is how many differences are listed.
const differencesMost = 12

// WhatDiffers lists the keys that differ, with their values before and after.
func (a Against) WhatDiffers() string {
	if len(a.Differences) == 0 {
		return "What differs: nothing that was asked, only the run"
	}
	var parts []string
	for i, d := range a.Differences {
		if i == differencesMost {
			parts = append(parts, fmt.Sprintf("and %d more", len(a.Differences)-i))
			break
		}
		parts = append(parts, d.String())
	}
	return "What differs: " + strings.Join(parts, "; ")
}

// labelMost is how many differences a label names.
const labelMost = 2

// Labels tell curves apart in a legend: predicted and measured ones by their
// kind where one of each is there, others by what differs, or else by their files.
func Labels(curves []Curve) []string {
	out := make([]string, len(curves))
	kinds := map[model.Kind]int{}
	for _, c := range curves {
		kinds[c.Curve.Kind]++
	}
	if len(kinds) == len(curves) {
		for i, c := range curves {
			out[i] = string(c.Curve.Kind)
		}
		return out
	}
	keys := differing(curves)
	for i, c := range curves {
		var parts []string
		if len(keys) > 0 && len(keys) <= labelMost {
			for _, k := range keys {
				parts = append(parts, lastWord(k)+" "+valueOf(c, k))
			}
		}
		out[i] = strings.Join(parts, ", ")
		if len(kinds) > 1 {
			out[i] = strings.TrimSuffix(string(c.Curve.Kind)+", "+out[i], ", ")
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(out)))) == len(out) {
		return out
	}
	for i, c := range curves {
		file := strings.TrimSuffix(filepath.Base(c.File), ".json")
		if slices.ContainsFunc(curves, func(o Curve) bool { return o != c && filepath.Base(o.File) == filepath.Base(c.File) }) {
			file = strings.TrimSuffix(c.File, ".json")
		}
		out[i] = fmt.Sprintf("%s (%s, seed %d)", file, c.Curve.Kind, c.Curve.Seed)
		if c.Curve.Kind != model.Predicted {
			out[i] = fmt.Sprintf("%s (%s)", file, c.Curve.Kind)
		}
	}
	return out
}

// differing are the keys in which any curve differs from the first.
func differing(curves []Curve) []string {
	var keys []string
	for _, c := range curves[1:] {
		all, _, err := allDifferences(curves[0], c)
		if err != nil {
			return nil
		}
		for _, d := range all {
			if !slices.Contains(keys, d.Key) {
				keys = append(keys, d.Key)
			}
		}
	}
	return keys
}

// valueOf is a curve's value of a key, as people write it.
func valueOf(c Curve, key string) string {
	switch rest, isPrint := strings.CutPrefix(key, "fingerprint."); {
	case key == "profile":
		return profileOf(c.Curve)
	case key == "seed":
		return fmt.Sprint(c.Curve.Seed)
	case key == "version":
		return orNone(c.Curve.Version)
	case isPrint:
		return clip(orNone(c.Curve.Fingerprint[rest]))
	}
	s, err := scenarioOf(c)
	if err != nil {
		return "none"
	}
	var v any = s
	for _, k := range strings.Split(key, ".") {
		in, _ := v.(map[string]any)
		v = in[k]
	}
	return unquoted(clip(written(v)))
}

func lastWord(key string) string { return key[strings.LastIndex(key, ".")+1:] }
