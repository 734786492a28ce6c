// Package stack brings the real thing up and down: nginx in front of N real
// instances, so that it can be loaded and measured.
//
// There are three kinds, behind one interface (Stack):
//
//   - compose: containers, by the docker-compose.yml that anyone can also run
//     by hand. The image holds nothing but the running executable.
//   - local: the same instances as child processes on loopback, behind the
//     host's nginx or, where there is none, behind a plain balancer in this
//     process.
//   - foreign: somebody else's compose project, one service of which is scaled.
//
// Assumptions. One host; the engine is on it, since counters are read from the
// host's cgroups. Only Linux has CPU limits without containers, and counters.
// Whatever a stack could not do (no CPU limit, no nginx) it says in Notes.
//
// Everything a run makes carries the run's name, and the name tells which
// process owns it. So Down removes all of a run by its name, and Clean finds
// what a killed owner left.
//
// Units: CPU time in nanoseconds, limits in cores, memory in bytes.
//
// Deterministic: the nginx configuration (Config) is a pure function of its
// input. Nothing else is.
//
// Start reading at Stack and Spec, then compose.go or local.go.
package stack
