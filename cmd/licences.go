package cmd

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/licences"
)

func newLicences() *cobra.Command {
	return &cobra.Command{
		Use:   "licences",
		Short: "Print the licences of velocitas and of all that its executable contains",
		Args:  arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(c.OutOrStdout(), licences.Text)
			return err
		},
	}
}
