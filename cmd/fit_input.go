package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/fit/tables"
	"github.com/k9mil/velocitas/scenarios"
)

// fitInput is what there is to fit, from a table or a curve.
type fitInput struct {
	name     string // of the files to be written
	table    tables.Table
	curve    *model.Curve // nil for a table
	warnings []string
}

// fitMost bounds what is read, in bytes.
const fitMost = 64 << 20

// readFitInputs reads what there is to fit: a table, a curve file, or files that
// import reads.
func readFitInputs(ctx context.Context, files []string, stdin io.Reader, f fitFlags) (fitInput, error) {
	if len(files) == 1 && f.instances == nil && !isEvidence(files[0]) {
		return readFitInput(ctx, files[0], stdin, f.columns)
	}
	in := fitInput{name: evidenceName(files[0])}
	if f.columns != "" {
		return in, fmt.Errorf("--columns: %s is no table; leave --columns out", files[0])
	}
	from := importFlags{instances: f.instances}
	if err := from.check(files); err != nil {
		return in, err
	}
	results, err := readEvidence(ctx, files, stdin, from)
	if err != nil {
		return in, err
	}
	c, missing, err := from.curve(files, results)
	switch {
	case err != nil:
		return in, err
	case c == nil:
		return in, fmt.Errorf("%s: does not say how many instances there were; give --instances", missing)
	}
	in.warnings = append(in.warnings, warnings(c)...)
	return in, in.fromCurve(files[0], c)
}

// readFitInput reads a table or a curve file, or stdin for "-". JSON is a curve.
func readFitInput(ctx context.Context, file string, stdin io.Reader, columns string) (fitInput, error) {
	data, shown, err := readNamed(ctx, file, stdin, fitMost)
	if err != nil {
		return fitInput{}, err
	}
	base := filepath.Base(shown)
	in := fitInput{name: strings.TrimSuffix(base, filepath.Ext(base))}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		if columns != "" {
			return in, fmt.Errorf("--columns: %s is a curve file, which names its values itself; leave --columns out", shown)
		}
		c, err := model.ParseCurve(shown, data)
		if err != nil {
			return in, err
		}
		return in, in.fromCurve(shown, c)
	}
	in.table, err = tables.ReadAs(bytes.NewReader(data), shown, columns)
	return in, err
}

// fromCurve makes a table of a curve, a row a point. Sizes at which nothing was
// answered have no throughput to fit.
func (in *fitInput) fromCurve(file string, c *model.Curve) error {
	in.curve = c
	in.table = tables.Table{Name: file, HasN: true, Predicted: c.Kind == model.Predicted}
	var dead []int
	for i := range c.Points {
		p := &c.Points[i]
		if p.ThroughputRps.Value <= 0 {
			dead = append(dead, p.Instances)
			continue
		}
		row := tables.Row{Line: i + 1, N: float64(p.Instances), X: p.ThroughputRps.Value,
			R: p.LatencyMs.Mean.Value / 1e3, P50: p.LatencyMs.P50.Value / 1e3, Tail: p.LatencyMs.P99.Value / 1e3}
		in.table.Rows = append(in.table.Rows, row)
	}
	if len(dead) > 0 {
		in.warnings = append(in.warnings, fmt.Sprintf("with %s nothing was answered; left out", instances(dead)))
	}
	return in.addLoad(c.Scenario)
}

// addLoad adds what the scenario says of the load, if there is one: the clients
// and their think time, or the offered rate.
func (in *fitInput) addLoad(scenario json.RawMessage) error {
	if len(scenario) == 0 {
		return nil
	}
	var s struct{ Load scenarios.Load }
	if err := json.Unmarshal(scenario, &s); err != nil {
		return fmt.Errorf("%s: scenario: %w", in.table.Name, err)
	}
	for i := range in.table.Rows {
		r := &in.table.Rows[i]
		switch l := s.Load; l.Kind {
		case "closed":
			r.Clients = float64(l.ClientsAt(int(r.N)))
			r.ThinkS = l.Think.Std().Seconds()
		case "open":
			r.Offered = in.curve.Points[r.Line-1].OfferedRps
		}
	}
	return nil
}
