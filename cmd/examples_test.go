package cmd

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// What help and README show of plan and knee has an answer, for whoever tries it.
func TestExamplesHaveAnswers(t *testing.T) {
	var lines []string
	for _, c := range []*cobra.Command{newPlan(), newKnee()} {
		lines = append(lines, strings.Split(c.Example, "\n")...)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?m)^\\| `(velocitas (?:plan|knee)[^`]*)`").FindAllSubmatch(readme, -1)
	if len(shown) != 2 {
		t.Fatalf("README.md shows %d commands of plan and knee: want one of each", len(shown))
	}
	for _, command := range shown {
		lines = append(lines, string(command[1]))
	}
	t.Chdir(t.TempDir()) // for reports
	for _, line := range lines {
		line = strings.TrimSpace(line)
		t.Run(line, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			root := newRoot()
			root.SetArgs(strings.Fields(line)[1:])
			root.SetOut(&stdout)
			root.SetErr(&stderr)
			if err := root.ExecuteContext(t.Context()); err != nil {
				t.Errorf("%v\n%s", err, &stderr)
			}
			if stdout.Len() == 0 {
				t.Error("it says nothing")
			}
		})
	}
}
