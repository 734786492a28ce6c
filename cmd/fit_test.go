package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// What fit and compare print as JSON conforms to the published schemas: for
// tables with and without a peak, repeats, times, names and findings, and for
// curves.
func TestReportsConform(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	repeats := file("repeats.csv", "n,x,r\n1,100,.01\n1,101,.01\n2,193,.0103\n2,190,.0105\n4,355,.0111\n8,610,.0129\n8,600,.0131\n")
	named := file("named.csv", "name,n,rps,p50_ms,p99_ms,clients,think_ms,offered,cpu_us\na,2,1035.7,200,1200,1000,750,2000,20\nb,4,1170,100,240,1000,750,2000,21\n")
	curve := filepath.Join("..", "plots", "testdata", "knee.json")
	measured := filepath.Join("..", "plots", "testdata", "knee-measured.json")
	for _, c := range []struct {
		schema string
		args   []string
	}{
		{"fit", []string{"fit", repeats, "--predict", "12,20", "--reach", "500,5000"}},
		{"fit", []string{"fit", named, "--cores", "4"}},
		{"fit", []string{"fit", curve}},
		{"compare", []string{"compare", curve, measured}},
		{"compare", []string{"compare", withCPUs(t, file, curve, "0.25"), withCPUs(t, file, measured, "0.5"), "--force"}},
	} {
		var out bytes.Buffer
		root := newRoot()
		root.SetArgs(append(c.args, "--json"))
		root.SetOut(&out)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%v: %v", c.args, err)
		}
		conform(t, c.schema, out.Bytes())
	}
}

// withCPUs is a copy of a curve file that states its load and CPU limit.
func withCPUs(t *testing.T, file func(name, content string) string, path, cpus string) string {
	t.Helper()
	c, err := model.ReadCurve(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	c.Scenario = json.RawMessage(`{"load": {"kind": "open"}, "instance": {"cpus": ` + cpus + `}}`)
	c.Points[0].Noise = map[string]float64{"p99": 0.1}
	data, err := model.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return file(cpus+".json", string(data))
}
