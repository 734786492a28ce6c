package cmd

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/schema"
)

// What sim prints conforms to the published schemas, the scenario inside it
// too, and can be read back.
func TestCurvesConform(t *testing.T) {
	late := filepath.Join(t.TempDir(), "late.yaml") // nobody is answered in time
	if err := os.WriteFile(late, []byte("instances: 1-2\nduration: 8s\nload: {rate: 50, timeout: 1ms}\ninstance: {demand: 10ms}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"sim", "first", "--json", "--duration", "8s", "--instances", "2"},
		{"sim", "instance-dies", "--json", "--instances", "2-2", "--replications", "1", "--precision", "0"}, // with a timeline
		{"sim", "retry-storm", "--json", "--duration", "20s"},                                               // with failures
		{"sim", late, "--json"},
		{"sim", "three-tier", "--json", "--duration", "10s"}, // in steps
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

// What plan, knee and a comparison print conforms, and the scenarios and curves
// inside it, too; also where no number of instances keeps the objectives.
func TestAnswersConform(t *testing.T) {
	quick := filepath.Join(t.TempDir(), "quick.yaml")
	text := "instances: 2-2\nduration: 10s\nload: {rate: 50}\nbalancer: {cost: 0s, connect: 0s}\n" +
		"instance: {demand: {distribution: exponential, mean: 10ms}, discipline: fifo}\n"
	if err := os.WriteFile(quick, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		schema string
		args   []string
		exit   int
	}{
		{"plan", []string{"plan", "--rate", "150", "--p95", "60ms", "--peak", "2x", "--survive", "1", "--scenario", quick}, 0},
		{"plan", []string{"plan", "--rate", "150", "--p95", "20ms", "--scenario", quick}, exitMissed},
		{"plan", []string{"plan", "--rate", "1500", "--p95", "60ms", "--max", "5", "--scenario", quick}, exitMissed},
		{"knee", []string{"knee", quick, "--p95", "60ms"}, 0},
		{"knee", []string{"knee", quick, "--p95", "1ms"}, 0}, // no rate is carried
		{"what-if", []string{"sim", quick, "--policy", "round_robin,least_conn", "--what-if", "workers=2"}, 0},
	} {
		var out bytes.Buffer
		root := newRoot()
		root.SetArgs(append(c.args, "--json"))
		root.SetOut(&out)
		if err := root.ExecuteContext(t.Context()); report(io.Discard, err) != c.exit {
			t.Fatalf("%v: %v", c.args, err)
		}
		conform(t, c.schema, out.Bytes())
		var inside struct {
			Scenario json.RawMessage
			Curves   []json.RawMessage
		}
		if err := json.Unmarshal(out.Bytes(), &inside); err != nil {
			t.Fatal(err)
		}
		if inside.Scenario != nil {
			conform(t, "scenario", inside.Scenario)
		}
		for _, curve := range inside.Curves {
			conform(t, "curve", curve)
		}
	}
}

// What live wrote conforms, and the curves inside it, too.
func TestLiveConforms(t *testing.T) {
	files, err := filepath.Glob("../testdata/live-own/*/*-validation.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		conform(t, "live", data)
		var inside struct{ Measured, Predicted json.RawMessage }
		if err := json.Unmarshal(data, &inside); err != nil {
			t.Fatal(err)
		}
		conform(t, "curve", inside.Measured)
		conform(t, "curve", inside.Predicted)
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
