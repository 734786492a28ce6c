package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
)

// Duration is a length of virtual time in nanoseconds, written as in "50ms".
type Duration int64

// Std is d as a time.Duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes d as in "1m30s".
func (d Duration) String() string { return d.Std().String() }

// MarshalText writes d as in "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a duration with its unit, 0 to 30 days.
func (d *Duration) UnmarshalText(b []byte) error {
	const most = 30 * 24 * time.Hour
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf(`wants a duration with its unit, such as "50ms" or "1m30s", not %s`, strict.Quote(string(b)))
	}
	if v < 0 || v > most {
		return fmt.Errorf("wants a duration of 0s to %dh, not %s", most/time.Hour, strict.Quote(string(b)))
	}
	*d = Duration(v)
	return nil
}

// The bounds of a list of sizes.
const (
	instancesMost = 10_000
	sizesMost     = 256
)

// Sizes is an ascending list of numbers of instances, written "4" (1 to 4),
// "2-8", "1,2,4,8" or "4-4" (just that one), or as a YAML list.
type Sizes []int

// MarshalText writes a range where the sizes have no gap, otherwise a list.
func (s Sizes) MarshalText() ([]byte, error) {
	if n := len(s); n > 0 && s[n-1]-s[0] == n-1 {
		return fmt.Appendf(nil, "%d-%d", s[0], s[n-1]), nil
	}
	return []byte(commas(s)), nil
}

// UnmarshalText reads what [Sizes] describes.
func (s *Sizes) UnmarshalText(b []byte) error {
	text := string(b)
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 1 {
		text = fmt.Sprintf("1-%d", n)
	}
	list, err := parseNumbers(text)
	if err != nil {
		return fmt.Errorf(`wants numbers of instances, such as "4" (1 to 4), "2-8", "1,2,4,8" or "4-4": %w, not %s`, err, strict.Quote(string(b)))
	}
	*s = list
	return nil
}

// UnmarshalList takes the sizes as they are.
func (s *Sizes) UnmarshalList(list []int) error { return s.UnmarshalText([]byte(listed(list))) }

// Numbers names instances, counted from 1, in ascending order; written "3",
// "2-4", "1,3", or as a YAML list.
type Numbers []int

// MarshalText writes a list.
func (n Numbers) MarshalText() ([]byte, error) { return []byte(commas(n)), nil }

// UnmarshalText reads what [Numbers] describes.
func (n *Numbers) UnmarshalText(b []byte) error {
	list, err := parseNumbers(string(b))
	if err != nil {
		return fmt.Errorf(`wants which instances, such as "3", "2-4" or "1,3": %w, not %s`, err, strict.Quote(string(b)))
	}
	*n = list
	return nil
}

// UnmarshalList takes the numbers as they are.
func (n *Numbers) UnmarshalList(list []int) error { return n.UnmarshalText([]byte(listed(list))) }

// Has says whether instance i is among them.
func (n Numbers) Has(i int) bool {
	_, found := slices.BinarySearch(n, i)
	return found
}

func commas(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// listed writes a list so that one number alone is not taken for a range.
func listed(list []int) string {
	if len(list) == 1 {
		return fmt.Sprintf("%d-%d", list[0], list[0])
	}
	return commas(list)
}

// parseNumbers reads numbers and ranges between commas, in ascending order.
func parseNumbers(s string) ([]int, error) {
	var list []int
	for _, word := range strings.Split(s, ",") {
		first, last, isRange := strings.Cut(word, "-")
		from, err := parseNumber(first)
		if err != nil {
			return nil, err
		}
		to := from
		if isRange {
			if to, err = parseNumber(last); err != nil {
				return nil, err
			}
		}
		if to < from || (len(list) > 0 && from <= list[len(list)-1]) {
			return nil, fmt.Errorf("in ascending order")
		}
		if to-from >= sizesMost || len(list)+to-from >= sizesMost {
			return nil, fmt.Errorf("at most %d of them", sizesMost)
		}
		for n := from; n <= to; n++ {
			list = append(list, n)
		}
	}
	return list, nil
}

func parseNumber(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 || n > instancesMost {
		return 0, fmt.Errorf("each from 1 to %d", instancesMost)
	}
	return n, nil
}

// WarmUp is how much of the start is cut: Auto finds it from the data,
// otherwise For is cut.
type WarmUp struct {
	Auto bool
	For  Duration
}

// MarshalText writes "auto" or the duration.
func (w WarmUp) MarshalText() ([]byte, error) {
	if w.Auto {
		return []byte("auto"), nil
	}
	return w.For.MarshalText()
}

// UnmarshalText reads "auto" or a duration.
func (w *WarmUp) UnmarshalText(b []byte) error {
	if string(b) == "auto" {
		*w = WarmUp{Auto: true}
		return nil
	}
	var d Duration
	if err := d.UnmarshalText(b); err != nil {
		return orWord("auto", err)
	}
	*w = WarmUp{For: d}
	return nil
}

// Cost is a CPU time that is the profile's unless it is stated.
type Cost struct {
	Profile bool
	Ns      int64
	// Auto says that nothing was said of it: it is then the profile's where the
	// instances' demand is, too, and none where that is stated.
	Auto bool
}

// MarshalText writes "profile" or the duration.
func (c Cost) MarshalText() ([]byte, error) {
	if c.Profile {
		return []byte("profile"), nil
	}
	return Duration(c.Ns).MarshalText()
}

// UnmarshalText reads "profile" or a duration.
func (c *Cost) UnmarshalText(b []byte) error {
	if string(b) == "profile" {
		*c = Cost{Profile: true}
		return nil
	}
	var d Duration
	if err := d.UnmarshalText(b); err != nil {
		return orWord("profile", err)
	}
	*c = Cost{Ns: int64(d)}
	return nil
}

// orWord is the error of a duration where a word would have done, too.
func orWord(word string, err error) error {
	return fmt.Errorf("wants %q or %s", word, strings.TrimPrefix(err.Error(), "wants "))
}

// Demand is a service demand: the profile's, or stated by a distribution.
// It is written "profile", as a duration (a constant), or as a mapping with
// distribution, mean and, for lognormal, cv.
type Demand struct {
	Profile bool
	// Distribution is constant, exponential or lognormal, with mean MeanNs
	// and, for lognormal, coefficient of variation CV.
	Distribution string
	MeanNs       int64
	CV           float64
}

// statedDemand is a demand as a mapping.
type statedDemand struct {
	Distribution string   `json:"distribution"`
	Mean         Duration `json:"mean"`
	CV           float64  `json:"cv,omitempty"`
}

// MarshalJSON writes "profile" or a mapping.
func (d Demand) MarshalJSON() ([]byte, error) {
	if d.Profile {
		return []byte(`"profile"`), nil
	}
	return json.Marshal(statedDemand{d.Distribution, Duration(d.MeanNs), d.CV})
}

// UnmarshalText reads "profile" or the duration of a constant demand.
func (d *Demand) UnmarshalText(b []byte) error {
	var c Cost
	if err := c.UnmarshalText(b); err != nil {
		return fmt.Errorf(`%w; a mapping {distribution: exponential, mean: 10ms} does, too`, err)
	}
	*d = Demand{Profile: c.Profile, MeanNs: c.Ns}
	if !d.Profile {
		d.Distribution = "constant"
	}
	return nil
}

// FillFrom reads the mapping that fill fills in.
func (d *Demand) FillFrom(fill func(any) error) error {
	var s statedDemand
	if err := fill(&s); err != nil {
		return err
	}
	*d = Demand{Distribution: s.Distribution, MeanNs: int64(s.Mean), CV: s.CV}
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Demand) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		return d.UnmarshalText([]byte(s))
	}
	return d.FillFrom(func(v any) error { return json.Unmarshal(b, v) })
}
