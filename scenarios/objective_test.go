package scenarios

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Objectives are a list or a mapping, and what a resolved scenario says of them
// reads back to the same.
func TestObjectives(t *testing.T) {
	want := Objectives{{"p99", 250, 0}, {"throughput", 790, 800}, {"errors", 0.001, 0}}
	for _, text := range []string{
		"objectives: [p99<250ms, throughput>790rps@800rps, errors<0.1%]",
		"objectives:\n  - p99 < 250ms\n  - throughput > 790 @ 800\n  - \"errors<=0.001\"",
		"objectives: {errors: 0.1%, throughput: 790 @ 800rps, p99: 250ms}",
		"objectives:\n  p99: 0.25s\n  throughput: 790rps@800\n  errors: 0.001",
	} {
		s, err := Parse("o.yaml", []byte("load: {rate: 5}\n"+text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !slices.Equal(s.Objectives, want) {
			t.Errorf("%s: %v", text, s.Objectives)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Resolved("o.json", data)
		if err != nil || !slices.Equal(back.Objectives, want) {
			t.Errorf("%s: reads back as %v, %v", text, back, err)
		}
		c := s.Clone()
		c.Objectives[0].Limit = 1
		if s.Objectives[0].Limit != 250 {
			t.Error("a clone shares them")
		}
	}
}

// What is wrong with one is said by line and key.
func TestObjectiveFaults(t *testing.T) {
	for text, want := range map[string]string{
		"objectives: p99<5ms":                 `o.yaml:2: objectives: wants a list, such as [a, b], not p99<5ms`,
		"objectives: [p99<5]":                 `o.yaml:2: objectives[0]: "p99<5": wants a duration above 0 with its unit, such as "250ms", not "5"`,
		"objectives:\n - p99<5ms\n - p98<5ms": `o.yaml:4: objectives[1]: "p98<5ms": "p98" is no metric; did you mean "p90"?`,
		"objectives:\n  p99: 5ms\n  p98: 5ms": `o.yaml:4: objectives.p98: unknown key; did you mean "p90"?`,
		"objectives:\n  p99: 250":             `o.yaml:3: objectives.p99: wants a duration above 0 with its unit, such as "250ms", not "250"`,
		"objectives: {errors: 2}":             `o.yaml:2: objectives.errors: wants a share of requests from 0 to below 1, such as "0.1%" or "0.001", not "2"`,
		"objectives: {p99: 1s@0}":             `o.yaml:2: objectives.p99: after @: wants requests per second above 0 and up to 10000000, such as "800rps", not "0"`,
		"objectives: [p99<1s, p99<2s]":        `o.yaml:2: objectives[1]: says p99 again, after p99<1000ms; one of them is enough`,
		"objectives: [p99>1s]":                `o.yaml:2: objectives[0]: "p99>1s": p99 wants <`,
		"objectives:":                         `o.yaml:2: objectives: has no value; give it one or leave the key out`,
	} {
		_, err := Parse("o.yaml", []byte("load: {rate: 5}\n"+text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant\n%s", text, err, want)
		}
	}
}
