// Velocitas predicts how a service behind nginx scales, measures it, and says
// how far the two agree.
package main

import (
	"os"

	"github.com/k9mil/velocitas/cmd"
)

func main() { os.Exit(cmd.Main(os.Args[1:])) }
