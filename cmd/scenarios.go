package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/scenarios"
)

func newScenarios() *cobra.Command {
	c := &cobra.Command{
		Use:   "scenarios",
		Short: "List the built-in scenarios",
		Args:  noCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := scenarioList(c.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.OutOrStdout(), list)
			return err
		},
	}
	c.AddCommand(newScenariosShow(), newScenariosCheck(), newScenariosImport())
	return c
}

// scenarioList has a line for each built-in scenario.
func scenarioList(ctx context.Context) (string, error) {
	var b strings.Builder
	for _, name := range scenarios.Names() {
		s, err := scenarios.Read(ctx, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%-15s %s\n", name, s.About)
	}
	return b.String(), nil
}
