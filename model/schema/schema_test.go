package schema_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/k9mil/velocitas/evidence"
	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/lint"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/compare"
	"github.com/k9mil/velocitas/model/fit"
	"github.com/k9mil/velocitas/model/schema"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/capacity"
)

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, ok := schema.Of(name)
	if !ok {
		t.Fatalf("no schema %s", name)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name) // also validates it against the meta-schema
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func conform(t *testing.T, s *jsonschema.Schema, what string, data []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// The built-in scenarios conform as they are written and once resolved.
func TestScenariosConform(t *testing.T) {
	s := compile(t, "scenario")
	for _, name := range scenarios.Names() {
		text, _ := scenarios.Builtin(name)
		asJSON, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		conform(t, s, name+" as written", asJSON)
		resolved, err := scenarios.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(resolved)
		if err != nil {
			t.Fatal(err)
		}
		conform(t, s, name+" resolved", data)
	}
}

// The built-in profiles and a curve with every part conform.
func TestFilesConform(t *testing.T) {
	s := compile(t, "profile")
	for _, name := range model.ProfileNames() {
		p, err := model.LoadProfile(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := model.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		conform(t, s, name, data)
	}
	p, _ := model.LoadProfile(t.Context(), "reference")
	data, err := model.Encode(&model.Curve{Schema: model.CurveSchema, Kind: model.Measured, Name: "x", Version: "1", Seed: 1<<64 - 1,
		Profile: p.Ref(), Scenario: json.RawMessage(`{}`), Fingerprint: map[string]string{"go": "1.26"},
		Points: []model.Point{{Instances: 1, Errors: model.Errors{ByStatus: map[string]int64{"timeout": 5}}, Share: []int64{5},
			Limit: model.LimitWriter, Verdict: model.NearSaturation, Warnings: []string{"w"}, Store: &model.Store{Keys: 1, Digest: "d"},
			Distribution: []model.Quantile{{Q: 0.5}}, Timeline: []model.Moment{{}}, Rounds: 6, Noise: map[string]float64{"p99": 0.1}}},
		Warnings: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	conform(t, compile(t, "curve"), "a curve", data)
}

// What the reader refuses, the schema refuses as far as it can.
func TestSchemaRefuses(t *testing.T) {
	s := compile(t, "scenario")
	for _, text := range []string{
		`{}`, `{"laod": {"rate": 5}}`, `{"load": {"rate": "fast"}}`, `{"load": {"rate": -5}}`, `{"load": {}, "duration": 60}`,
		`{"load": {}, "instances": 0}`, `{"load": {}, "instances": "a"}`, `{"load": {}, "balancer": {"policy": "rr"}}`,
		`{"load": {}, "balancer": {"next_upstream": []}}`, `{"load": {}, "instance": {"cpus": -1}}`,
		`{"load": {}, "events": [{"at": "1s"}]}`, `{"load": {}, "name": "../x"}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s conforms", text)
		}
		if _, err := scenarios.Parse("x.json", []byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// Every field of the Go types has a description in its schema, nothing else
// has, and no other key is allowed. Fields that are always written are required
// of curves and profiles.
func TestSchemaIsComplete(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"knee": reflect.TypeFor[capacity.KneeCurve](), "live": reflect.TypeFor[experiment.Report](), "plan": reflect.TypeFor[capacity.Answer](), "what-if": reflect.TypeFor[capacity.Comparison](),
		"compare": reflect.TypeFor[compare.Report](), "fit": reflect.TypeFor[fit.Report](), "lint": reflect.TypeFor[lint.Report](), "import": reflect.TypeFor[evidence.Report](),
		"curve": reflect.TypeFor[model.Curve](), "profile": reflect.TypeFor[model.Profile](), "scenario": reflect.TypeFor[scenarios.Scenario](),
	} {
		data, _ := schema.Of(name)
		var root map[string]any
		if err := json.Unmarshal(data, &root); err != nil {
			t.Fatal(err)
		}
		w := walker{t, root, name != "scenario", map[reflect.Type]bool{}}
		w.compare(name, root, typ)
	}
}

type walker struct {
	t        *testing.T
	root     map[string]any
	required bool
	done     map[reflect.Type]bool
}

// own are the types that have a written form of their own, or a schema of their
// own where they are inside something else.
var own = []reflect.Type{
	reflect.TypeFor[scenarios.Sizes](), reflect.TypeFor[scenarios.Numbers](), reflect.TypeFor[scenarios.WarmUp](),
	reflect.TypeFor[scenarios.Cost](), reflect.TypeFor[scenarios.Objectives](), reflect.TypeFor[scenarios.Demand](), reflect.TypeFor[json.RawMessage](),
	reflect.TypeFor[*model.Curve](), reflect.TypeFor[scenarios.Distribution](), reflect.TypeFor[scenarios.Operation](),
}

// seen tells whether a type that holds itself, as steps hold steps, has been
// compared already.
func (w walker) seen(typ reflect.Type) bool {
	if typ != reflect.TypeFor[scenarios.Step]() {
		return false
	}
	was := w.done[typ]
	w.done[typ] = true
	return was
}

func (w walker) compare(path string, s map[string]any, typ reflect.Type) {
	if ref, ok := s["$ref"].(string); ok {
		s = w.root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if slices.Contains(own, typ) {
		return
	}
	if entry, ok := reflect.New(typ).Interface().(strict.Entries); ok { // names of their author's choice
		w.compare(path+"{}", s["additionalProperties"].(map[string]any), reflect.TypeOf(entry).Elem().Elem().Field(1).Type)
		return
	}
	if w.seen(typ) {
		return
	}
	switch typ.Kind() {
	case reflect.Pointer:
		w.compare(path, s, typ.Elem())
	case reflect.Struct:
		w.compareStruct(path, s, typ)
	case reflect.Slice:
		w.compare(path+"[]", s["items"].(map[string]any), typ.Elem())
	case reflect.Map:
		w.compare(path+"{}", s["additionalProperties"].(map[string]any), typ.Elem())
	}
}

func (w walker) compareStruct(path string, s map[string]any, typ reflect.Type) {
	properties, _ := s["properties"].(map[string]any)
	if s["additionalProperties"] != false || properties == nil {
		w.t.Errorf("%s: wants properties and additionalProperties false", path)
		return
	}
	keys := strict.Keys(typ)
	for k := range properties {
		if !slices.Contains(keys, k) {
			w.t.Errorf("%s.%s: is in the schema but not in the type", path, k)
		}
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		k := strict.Key(f)
		p, ok := properties[k].(map[string]any)
		if !ok {
			w.t.Errorf("%s.%s: is in the type but not in the schema", path, k)
			continue
		}
		if _, constant := p["const"]; p["description"] == nil && !constant {
			w.t.Errorf("%s.%s: has no description", path, k)
		}
		always := !strings.Contains(f.Tag.Get("json"), ",omit")
		required, _ := s["required"].([]any)
		if w.required && always != slices.Contains(required, any(k)) {
			w.t.Errorf("%s.%s: always written: %v, required: %v", path, k, always, !always)
		}
		w.compare(path+"."+k, p, f.Type)
	}
}
