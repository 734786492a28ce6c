package cmd

import (
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/k9mil/velocitas/internal/output"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write man pages of all commands into a folder",
		Long:    "Write man pages of all commands into a folder: velocitas.1 and one for each command.",
		Example: "  velocitas man ~/.local/share/man/man1; man velocitas-sim",
		Args:    arguments(1, 1, "a folder"),
		RunE: func(c *cobra.Command, args []string) error {
			dir := filepath.Clean(args[0])
			if err := tryOut(dir); err != nil {
				return usage("%s: cannot be written to: %v", dir, output.Cause(err))
			}
			root := newRoot() // without the flags of this run
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{
				Section: "1", Source: "velocitas " + version, Manual: "velocitas", Date: builtFrom(),
			}, dir)
		},
	}
}

// builtFrom is when the source was committed, if that is known: the same build
// writes the same pages.
func builtFrom() *time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return &at
			}
		}
	}
	return nil
}
