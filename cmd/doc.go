// Package cmd is the command line: a thin command a file, each of which reads
// its flags, calls one function and prints.
//
// It answers: what did the user ask for, and how is the answer shown? It knows
// no model and draws nothing.
//
// Results go to stdout, everything else to stderr. Errors are one line. The exit
// code is 0 for success, 1 for a failure, 2 for wrong usage or input and 3 for
// an objective that was missed. For the same flags the results are the same
// bytes: what the real stores took just now goes to stderr.
//
// Start reading at [Main], then sim.go.
package cmd
