package cmd

import "io"

// progress shows how much of a simulation is done on w, if that is a terminal,
// and wipes it when finish is called. Both functions can always be called.
func progress(w io.Writer, quiet bool) (show func(done, total int), finish func()) {
	stage, show, finish := stages(w, quiet)
	stage("simulating")
	return show, finish
}
