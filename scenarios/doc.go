// Package scenarios says what is asked: the load, the balancer, the instances,
// the hosts they run on, and what happens to them.
//
// It answers: what exactly is being simulated or measured? A [Scenario] comes
// from a YAML file or from one of the built-in ones (see builtin/, each ready
// to be changed), and flags override single keys of it. Nothing is left open:
// a resolved scenario has every default filled in, and a curve file records it.
//
// Assumptions: instances are alike unless overridden; nginx's names, defaults
// and limits are nginx's own. Units: durations are nanoseconds of virtual time
// and are written with their unit; rates are per second; cpus and cores are
// CPU seconds per second. Instances are numbered from 1.
//
// Everything here is deterministic. Faulty input gives one line that names the
// file, the line, the key and what would be right ([strict.Error]).
//
// Start reading at [Scenario], then [Read]; what must hold between fields is in
// validate.go and the files beside it.
package scenarios
