package capacity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Variant is a scenario under the name that tells it from the others.
type Variant struct {
	Name     string // "KEY=VALUE", or what the others are compared with
	Scenario *scenarios.Scenario
	Profile  *model.Profile // nil: that of the others
}

// unchanged is the name of the scenario as it is, where no one key tells it from
// the others.
const unchanged = "as it is"

// Variants are a scenario and what it becomes if, one by one, its keys have
// other values. Each setting is "KEY=VALUE[,VALUE]"; commas inside brackets
// belong to the value, and what changes nothing is left out. The first variant
// is the scenario as it is. The error says which setting is wrong, and why.
//
// A profile and a trace that are named are read, files as seen from here.
func Variants(ctx context.Context, s *scenarios.Scenario, settings []string) ([]Variant, error) {
	all := []Variant{{Name: unchanged, Scenario: s}}
	base, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	for _, text := range settings {
		word, values, ok := strings.Cut(text, "=")
		if !ok || word == "" || values == "" {
			return nil, fmt.Errorf(`%s: wants KEY=VALUE or KEY=VALUE,VALUE, such as "workers=1,2,4"`, strict.Quote(text))
		}
		key, err := Key(word)
		if err != nil {
			return nil, err
		}
		if len(settings) == 1 {
			all[0].Name = word + "=" + present(base, key)
		}
		for _, value := range split(values) {
			c := s.Clone()
			if err := c.Set(scenarios.Setting{Key: key, Value: value, From: text}); err != nil {
				return nil, err
			}
			v := Variant{Name: word + "=" + value, Scenario: c}
			if err := v.read(ctx, key); err != nil {
				return nil, err
			}
			if now, err := json.Marshal(c); err != nil || !bytes.Equal(now, base) {
				all = append(all, v)
			}
		}
	}
	if len(all) == 1 {
		return nil, fmt.Errorf("%s: the scenario is so already; there is nothing to compare", strict.Quote(strings.Join(settings, " ")))
	}
	return all, nil
}

// read reads what the value of a key names.
func (v *Variant) read(ctx context.Context, key string) (err error) {
	switch key {
	case "profile":
		v.Profile, err = model.LoadProfile(ctx, v.Scenario.Profile)
	case "load.trace":
		err = v.Scenario.ReadTrace(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strict.Quote(v.Name), err)
	}
	return nil
}

// split cuts a list at its commas, but not inside brackets or braces.
func split(list string) []string {
	var all []string
	depth, from := 0, 0
	for i, c := range list {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 0 {
				all = append(all, list[from:i])
				from = i + 1
			}
		}
	}
	return append(all, list[from:])
}

// present is the value of a key in a scenario's JSON, as it would be given;
// "unset" if it has none.
func present(scenario []byte, key string) string {
	at := json.RawMessage(scenario)
	for _, step := range strings.Split(key, ".") {
		var inside map[string]json.RawMessage
		if json.Unmarshal(at, &inside) != nil || inside[step] == nil {
			return "unset"
		}
		at = inside[step]
	}
	return strings.Trim(string(at), `"`)
}
