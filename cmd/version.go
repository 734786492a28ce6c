package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is in every curve file. It is a constant and not the commit, so that
// the same version gives the same bytes however it was built.
const version = "0.1.0"

// versionLine says which velocitas this is, with the commit where it is known.
func versionLine() string {
	line := "velocitas " + version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				line += fmt.Sprintf(" (commit %.12s)", s.Value)
			}
		}
	}
	return fmt.Sprintf("%s %s %s/%s", line, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
