// Package extremes makes hostile files out of good ones, for the tests of what
// reads them.
package extremes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// Numbers are at and beyond the edges of what any reader should take.
var Numbers = []json.Number{
	"0", "-1", "-1e308", "1e-300", "1e-30", "1e15", "1e308", "1000000", "1000000000000000", "9000000000000000000",
}

// Case is a file in which something was changed.
type Case struct {
	Name string // the changed key and its value
	Data []byte
}

// JSON is a file with each of its numbers replaced by each of [Numbers], one at
// a time, and with all of its numbers of one name. Of a list only the first and
// the last item are changed one by one.
func JSON(t testing.TB, data []byte) []Case {
	t.Helper()
	var root any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		t.Fatal(err)
	}
	var cases []Case
	change := func(name string, set func(json.Number)) {
		for _, n := range Numbers {
			set(n)
			changed, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			cases = append(cases, Case{fmt.Sprintf("%s=%s", name, n), changed})
		}
	}
	named := map[string][]place{}
	for _, p := range places("", "", root) {
		was := p.get()
		if p.edge {
			change(p.path, p.set)
			p.set(was)
		}
		named[p.key] = append(named[p.key], p)
	}
	for _, key := range slices.Sorted(maps.Keys(named)) {
		var was []json.Number
		for _, p := range named[key] {
			was = append(was, p.get())
		}
		change("every "+key, func(n json.Number) {
			for _, p := range named[key] {
				p.set(n)
			}
		})
		for i, p := range named[key] {
			p.set(was[i])
		}
	}
	return cases
}

// place is where a number stands. It is at an edge unless it, or what it is in,
// is in the middle of a list.
type place struct {
	path, key string
	edge      bool
	get       func() json.Number
	set       func(json.Number)
}

func places(path, key string, v any) []place {
	var all []place
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			at := path + "." + k
			if n, ok := v[k].(json.Number); ok {
				all = append(all, place{at, k, true, func() json.Number { return n }, func(n json.Number) { v[k] = n }})
				continue
			}
			all = append(all, places(at, k, v[k])...)
		}
	case []any:
		for i := range v {
			at, edge := fmt.Sprintf("%s[%d]", path, i), i == 0 || i == len(v)-1
			if n, ok := v[i].(json.Number); ok {
				all = append(all, place{at, key, edge, func() json.Number { return n }, func(n json.Number) { v[i] = n }})
				continue
			}
			for _, p := range places(at, key, v[i]) {
				p.edge = p.edge && edge
				all = append(all, p)
			}
		}
	}
	return all
}
