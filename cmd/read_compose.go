package cmd

import (
	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/live/stack"
)

// newReadCompose is for velocitas live --compose, which reads the file in a
// process of its own: see stack.ReadProject.
func newReadCompose() *cobra.Command {
	return &cobra.Command{
		Use:    stack.ReadCommand + " FILE...",
		Hidden: true,
		Args:   arguments(1, 16, "at least one file"),
		RunE: func(c *cobra.Command, args []string) error {
			return stack.ReadProject(c.Context(), args, c.OutOrStdout())
		},
	}
}
