package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// Difference is a key of the scenario with its values in two curves, as JSON;
// "none" where one does not have it.
type Difference struct {
	Key       string `json:"key"`
	Reference string `json:"reference"`
	Value     string `json:"value"`
}

// DifferenceError says that two curves answer different questions.
type DifferenceError struct {
	Reference, File string
	Differences     []Difference
}

// shownMost is how many differences an error names.
const shownMost = 3

func (e *DifferenceError) Error() string {
	var parts []string
	for i, d := range e.Differences {
		if i == shownMost {
			parts = append(parts, fmt.Sprintf("%d more", len(e.Differences)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s (%s and %s)", d.Key, d.Reference, d.Value))
	}
	return fmt.Sprintf("%s and %s differ in %s", e.Reference, e.File, strings.Join(parts, ", "))
}

// parts are the parts of a scenario that two curves must agree in: the load and
// what a request asks for, the balancer, the limits, and what is changed or
// happens on the way. A part is a key with the keys inside that count, all
// without any, but for those in but: what something costs is what a model may
// be wrong about.
var parts = []struct {
	key       string
	only, but []string
}{
	{key: "load"},
	{key: "balancer", but: []string{"cost", "connect"}},
	{key: "instance", only: []string{"keys", "write", "cpus", "period", "threads", "max_inside"}},
	{key: "host", only: []string{"count", "cores", "balancer", "generator"}},
	{key: "overrides"},
	{key: "events"},
}

// differences are those between the scenarios of two curves. What a curve does
// not state cannot differ, and is a warning.
func differences(ref, c Curve) (out []Difference, warnings []string, err error) {
	out = []Difference{}
	a, err := scenarioOf(ref)
	if err != nil {
		return nil, nil, err
	}
	b, err := scenarioOf(c)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range []struct {
		file     string
		scenario map[string]any
	}{{ref.File, a}, {c.File, b}} {
		if s.scenario["load"] == nil {
			warnings = append(warnings, fmt.Sprintf("%s does not state its load, balancer and limits, which may be others", s.file))
		}
	}
	if len(warnings) > 0 {
		return out, warnings, nil
	}
	for _, p := range parts {
		x, y := a[p.key], b[p.key]
		inX, isX := x.(map[string]any)
		inY, isY := y.(map[string]any)
		if !isX || !isY {
			out = append(out, differ(p.key, x, y)...)
			continue
		}
		for _, k := range union(inX, inY) {
			if (p.only == nil || slices.Contains(p.only, k)) && !slices.Contains(p.but, k) {
				out = append(out, differ(p.key+"."+k, inX[k], inY[k])...)
			}
		}
	}
	return out, nil, nil
}

// unasked are the keys of a scenario that change nothing about the system: what
// it is called, which random numbers, sizes and how many runs.
var unasked = []string{"name", "about", "look_for", "seed", "instances", "profile", "replications", "max_replications", "precision"}

// allDifferences are those between two curves that are before and after, down to
// each key: in the scenario, the seed, the profile, the machine and the version. A
// part that one of them does not state at all is a warning.
func allDifferences(before, after Curve) (out []Difference, warnings []string, err error) {
	out = []Difference{}
	a, err := scenarioOf(before)
	if err != nil {
		return nil, nil, err
	}
	b, err := scenarioOf(after)
	if err != nil {
		return nil, nil, err
	}
	if (len(a) == 0) != (len(b) == 0) {
		file := before.File
		if len(b) == 0 {
			file = after.File
		}
		warnings = append(warnings, fmt.Sprintf("%s does not state its load, balancer and limits, which may be others", file))
	} else {
		for _, k := range union(a, b) {
			if !slices.Contains(unasked, k) {
				out = append(out, leaves(k, a[k], b[k])...)
			}
		}
	}
	x, y := before.Curve, after.Curve
	if x.Kind == model.Predicted && y.Kind == model.Predicted && x.Seed != y.Seed {
		out = append(out, Difference{"seed", fmt.Sprint(x.Seed), fmt.Sprint(y.Seed)})
	}
	if px, py := profileOf(x), profileOf(y); px != py {
		out = append(out, Difference{"profile", px, py})
	}
	for _, k := range union(x.Fingerprint, y.Fingerprint) {
		if vx, vy := x.Fingerprint[k], y.Fingerprint[k]; vx != vy {
			out = append(out, Difference{"fingerprint." + k, clip(orNone(vx)), clip(orNone(vy))})
		}
	}
	if x.Version != y.Version {
		out = append(out, Difference{"version", orNone(x.Version), orNone(y.Version)})
	}
	return out, warnings, nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// profileOf names the profile that a curve rests on, by its digest's beginning.
func profileOf(c *model.Curve) string {
	if c.Profile == nil {
		return "none"
	}
	digest := strings.TrimPrefix(c.Profile.Digest, "sha256:")
	return strings.TrimSpace(c.Profile.Name + " " + digest[:min(8, len(digest))])
}

// leaves are the differences of two values, down to the keys inside.
func leaves(key string, x, y any) (out []Difference) {
	inX, isX := x.(map[string]any)
	inY, isY := y.(map[string]any)
	if !isX && !isY || (!isX && x != nil) || (!isY && y != nil) {
		return differ(key, x, y)
	}
	for _, k := range union(inX, inY) {
		out = append(out, leaves(key+"."+k, inX[k], inY[k])...)
	}
	return out
}

// String is the difference as text, before and after.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s → %s", d.Key, unquoted(d.Reference), unquoted(d.Value))
}

// unquoted is a JSON value as people write it.
func unquoted(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// scenarioOf is a curve's scenario as plain JSON, empty for none.
func scenarioOf(c Curve) (map[string]any, error) {
	out := map[string]any{}
	if len(c.Curve.Scenario) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(c.Curve.Scenario, &out); err != nil {
		return nil, fmt.Errorf("%s: scenario: wants keys with values", c.File)
	}
	return out, nil
}

// union are the keys of both in alphabetical order.
func union[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// valueMost is how much of a value is shown.
const valueMost = 40

func differ(key string, x, y any) []Difference {
	a, b := written(x), written(y)
	if a == b {
		return nil
	}
	return []Difference{{key, clip(a), clip(b)}}
}

// written is a value as JSON, whose keys are in alphabetical order.
func written(v any) string {
	if v == nil {
		return "none"
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(data)
}

func clip(s string) string {
	if r := []rune(s); len(r) > valueMost {
		return string(r[:valueMost]) + "…"
	}
	return s
}
