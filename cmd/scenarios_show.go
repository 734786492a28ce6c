package cmd

import (
	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model/strict"
	"github.com/k9mil/velocitas/scenarios"
)

func newScenariosShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Print a built-in scenario's YAML, ready to be changed",
		Args:  arguments(1, 1, "the name of a built-in scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			data, ok := scenarios.Builtin(args[0])
			if !ok {
				return usage("%s: there is no built-in scenario of that name%s", strict.Quote(args[0]), strict.Hint(args[0], scenarios.Names()))
			}
			_, err := c.OutOrStdout().Write(data)
			return err
		},
	}
}
