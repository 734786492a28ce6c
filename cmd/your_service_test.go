package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// Every scenario in docs/your-service.md runs and answers what is stated below it.
func TestYourService(t *testing.T) {
	page, err := os.ReadFile("../docs/your-service.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```\n\n> ([^\n]*)\n").FindAllStringSubmatch(text, -1)
	if n := strings.Count(text, "```yaml"); n != len(blocks) || n == 0 {
		t.Fatalf("%d scenarios, %d with an answer", n, len(blocks))
	}
	dir := t.TempDir()
	prepareExamples(t, dir)
	for i, b := range blocks {
		if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(b[1]), 0o666); err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), "velocitas", "sim", "own.yaml", "--json")
		c.Dir = dir
		out, err := c.Output()
		var curve model.Curve
		if err == nil {
			err = json.Unmarshal(out, &curve)
		}
		if err != nil {
			t.Fatalf("scenario %d: %v", i+1, err)
		}
		var parts []string
		for _, p := range curve.Points {
			parts = append(parts, fmt.Sprintf("with %d: %.0f/s, p50 %.0f ms, p95 %.0f ms, %s", p.Instances,
				p.ThroughputRps.Value, p.LatencyMs.P50.Value, p.LatencyMs.P95.Value, p.Limit))
		}
		if got := strings.Join(parts, "; ") + "."; got != b[2] {
			t.Errorf("scenario %d answers\n%s\nand is stated to answer\n%s", i+1, got, b[2])
		}
	}
}
