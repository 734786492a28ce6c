package cmd

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/schema"
)

// What sim prints conforms to the published schemas, the scenario inside it
// too, and can be read back.
func TestCurvesConform(t *testing.T) {
	for _, args := range [][]string{
		{"sim", "first", "--json", "--duration", "8s", "--instances", "2"},
		{"sim", "instance-dies", "--json", "--instances", "2-2", "--replications", "1", "--precision", "0"}, // with a timeline
		{"sim", "retry-storm", "--json", "--duration", "20s"},                                               // with failures
	} {
		var out bytes.Buffer
		root := newRoot()
		root.SetArgs(args)
		root.SetOut(&out)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		c, err := model.ParseCurve("c.json", out.Bytes())
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		conform(t, "curve", out.Bytes())
		conform(t, "scenario", c.Scenario)
	}
}

func conform(t *testing.T, name string, data json.RawMessage) {
	t.Helper()
	text, _ := schema.Of(name)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MustCompile(name).Validate(v); err != nil {
		t.Error(err)
	}
}
