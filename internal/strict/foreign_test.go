package strict

import (
	"reflect"
	"testing"
)

// Another program's file has several documents, keys without a value, anchors, and
// keys that nobody here asks for.
func TestForeign(t *testing.T) {
	docs, err := Foreign("x.yaml", []byte(`# first
---
common: &c {a: 1, b: [x, y], later: null}
merged:
  <<: *c
  a: 2
again: *c
other: {deep: !!str 5}
---
---
{"list": [{"a": 7}, {"a": 8, "b": null}]}
`))
	if err != nil || len(docs) != 2 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	type part struct {
		A int      `json:"a"`
		B []string `json:"b"`
	}
	var v struct {
		Merged part `json:"merged"`
		Again  part `json:"again"`
		None   part `json:"none"`
	}
	if err := docs[0].Decode(&v); err != nil {
		t.Fatal(err)
	}
	if want := (part{2, []string{"x", "y"}}); !reflect.DeepEqual(v.Merged, want) {
		t.Errorf("merged %v", v.Merged)
	}
	if want := (part{1, []string{"x", "y"}}); !reflect.DeepEqual(v.Again, want) {
		t.Errorf("again %v", v.Again)
	}
	items := docs[1].Items("list")
	if len(items) != 2 {
		t.Fatalf("%d items", len(items))
	}
	var p part
	if err := items[1].Decode(&p); err != nil || p.A != 8 || p.B != nil {
		t.Errorf("%v %v", p, err)
	}
	if line, given := docs[0].Place("merged.a"); line != 6 || !given {
		t.Errorf("merged.a is at %d, %v", line, given)
	}
	if line, given := docs[0].Place("merged.c.d"); line != 4 || given {
		t.Errorf("merged.c.d is at %d, %v", line, given)
	}
	for _, text := range []string{"a: *b", "a: {<<: 5}", "a: [", "a: 1\na: 2"} {
		if _, err := Foreign("x.yaml", []byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
