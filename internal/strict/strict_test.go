package strict_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/internal/strict"
)

type inner struct {
	X   float64 `json:"x"`
	Any int64   `json:"any_ns,omitempty"`
}

type sample struct {
	Name   string             `json:"name"`
	Count  int                `json:"count"`
	Seed   uint64             `json:"seed"`
	On     bool               `json:"on"`
	Maybe  *inner             `json:"maybe"`
	List   []inner            `json:"list"`
	Noise  map[string]float64 `json:"noise"`
	Raw    json.RawMessage    `json:"raw"`
	Hidden string             `json:"-"`
}

// Both languages fill in every kind of field.
func TestDecode(t *testing.T) {
	const text = "{\n\"name\": \"a\", \"count\": -2, \"seed\": 18446744073709551615, \"on\": true,\n" +
		"\"maybe\": {\"x\": 1e3}, \"list\": [{\"x\": 0.5, \"any_ns\": 7}], \"noise\": {\"p99\": 0.25}\n}"
	want := sample{Name: "a", Count: -2, Seed: 1<<64 - 1, On: true, Maybe: &inner{X: 1000},
		List: []inner{{0.5, 7}}, Noise: map[string]float64{"p99": 0.25}}
	for name, read := range readers {
		doc, err := read("f", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got sample
		if err := doc.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

var readers = map[string]func(string, []byte) (*strict.Document, error){"YAML": strict.YAML, "JSON": strict.JSON}

// Raw JSON is kept as it was written.
func TestRaw(t *testing.T) {
	doc, err := strict.JSON("f", []byte(`{"raw": {"a": [1, "}"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got sample
	if err := doc.Decode(&got); err != nil || string(got.Raw) != `{"a": [1, "}"]}` {
		t.Errorf("got %s, %v", got.Raw, err)
	}
}

// Faults in JSON have the line where they stand.
func TestJSONErrors(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"nothing", " \n", `f: is empty`},
		{"not text", "\xff", `f: is not text`},
		{"broken", "{\n\"name\": \"a\",\n}", `f:3: is not JSON: invalid character '}'`},
		{"cut off", "{\n\"list\": [\n", `f:2: is not JSON: it ends too early`},
		{"two values", "{}\n{}", `f:2: goes on after its value; one is wanted`},
		{"deep", strings.Repeat("[", 1e6), `f:1: nests too deeply`},
		{"a key twice", "{\"count\": 1,\n\"count\": 2}", `f:2: count: is given twice, first at line 1`},
		{"unknown key", "{\"count\": 1,\n\"coutn\": 2}", `f:2: coutn: unknown key; did you mean "count"?`},
		{"no key of a file", "{\"-\": \"x\"}", `f:1: -: unknown key; known: name, count, seed, on, maybe, list, noise, raw`},
		{"wrong type", "{\"list\": [{\"x\": 1},\n{\"x\": \"1\"}]}", `f:2: list[1].x: wants a number, not "1"`},
		{"null", "{\"count\": null}", `f:1: count: has no value; give it one or leave the key out`},
		{"a fraction", "{\"count\": 1.5}", `f:1: count: wants a whole number, not 1.5`},
		{"too large", "{\"noise\": {\"a\": 1e400}}", `f:1: noise.a: wants a number, not 1e400`},
		{"a list", "[1]", `f:1: wants keys with values (name, count, seed …), not a list`},
	} {
		doc, err := strict.JSON("f", []byte(c.text))
		if err == nil {
			err = doc.Decode(&sample{})
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.what, err, c.want)
		}
	}
}

// A fault that a reader finds afterwards stands at its key, or else at the
// nearest part around it.
func TestFault(t *testing.T) {
	doc, err := strict.YAML("f", []byte("count: 1\nlist:\n  - x: 1\n  - x: 2\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"list[1].x":      "f:4: list[1].x: bad",
		"list[1].any_ns": "f:4: list[1].any_ns: bad",
		"list[7].x":      "f:2: list[7].x: bad",
		"name":           "f: name: bad",
	} {
		if got := doc.Fault(path, "bad").Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Hints by hand: the nearest word, unless it is too far.
func TestHint(t *testing.T) {
	known := []string{"rate", "clients", "think", "shape", "kind", "trace", "timeout", "retries", "backoff", "networks", "hash_keys", "arrivals", "keep_alive"}
	for word, want := range map[string]string{
		"cleints": `; did you mean "clients"?`, // two letters swapped
		"rates":   `; did you mean "rate"?`,    // one too many
		"tink":    `; did you mean "think"?`,   // one missing
		"zzzz":    ``,                          // like none, and too many to list
	} {
		if got := strict.Hint(word, known); got != want {
			t.Errorf("%s: got %q", word, got)
		}
	}
	if got := strict.Hint("zzzz", known[:2]); got != "; known: rate, clients" {
		t.Errorf("got %q", got)
	}
}
