package capacity

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/scenarios"
)

// keys are the paths of all single values of a scenario, such as
// "balancer.workers". Items of lists have none.
var keys = paths("", reflect.TypeFor[scenarios.Scenario]())

func paths(prefix string, t reflect.Type) []string {
	var all []string
	for i := range t.NumField() {
		f := t.Field(i)
		path, inner := prefix+strict.Key(f), f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && len(strict.Keys(inner)) > 0 {
			all = append(all, paths(path+".", inner)...)
			continue
		}
		all = append(all, path)
	}
	return all
}

// unvaried are keys of which a comparison cannot have two values: the seed
// would undo the common random numbers, sizes are what is compared at, and the
// rest changes nothing or how long is waited for the answer.
var unvaried = []string{"name", "about", "look_for", "seed", "instances", "replications", "max_replications", "precision", "load.trace_s", "objectives"}

// Keys are those that a comparison can vary, in the order of the file.
func Keys() []string {
	var all []string
	for _, k := range keys {
		if !slices.Contains(unvaried, k) {
			all = append(all, k)
		}
	}
	return all
}

// Key is the full path of a key, which may be shortened to its last word where
// no other key ends in it; those of a service and of tiers are written out, such as
// "tiers.db.pool".
func Key(word string) (string, error) {
	if strings.HasPrefix(word, "tiers.") || strings.HasPrefix(word, "service.requests.") {
		return word, nil // whose names are the scenario's own
	}
	var known, match []string
	for _, k := range keys {
		if slices.Contains(unvaried, k) {
			if k == word {
				return "", fmt.Errorf("%s cannot be compared; vary what is simulated", k)
			}
			continue
		}
		known = append(known, k)
		if k == word {
			return k, nil
		}
		if strings.HasSuffix(k, "."+word) && !strings.HasPrefix(k, "service.") {
			match = append(match, k)
		}
	}
	switch len(match) {
	case 1:
		return match[0], nil
	case 0:
		hint := strict.Hint(word, append(lastWords(known), known...))
		if hint == "" {
			hint = "; such as workers or instance.cpus, all are in velocitas schema scenario"
		}
		return "", fmt.Errorf("%s: unknown key%s", strict.Quote(word), hint)
	}
	return "", fmt.Errorf("%s: may be %s; write it out", strict.Quote(word), strings.Join(match, " or "))
}

func lastWords(keys []string) []string {
	var words []string
	for _, k := range keys {
		words = append(words, k[strings.LastIndexByte(k, '.')+1:])
	}
	return words
}
