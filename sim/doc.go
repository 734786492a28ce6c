// Package sim predicts how a service behind nginx scales.
//
// The question it answers: for a scenario (who asks, how nginx balances, what
// an instance does, on which hosts) and a profile (what one request costs),
// what throughput, latency and errors do N instances give, and what limits
// them? [Run] answers with a curve, one point for each N; [NewSample] gives the
// replications of one N to those who search.
//
// # Assumptions
//
// It is a discrete-event simulation of clients, nginx, instances and hosts.
//
//   - Clients send at planned instants (an open load) or send, wait and think (a
//     closed one). They may give up and try again. Latency counts from the
//     intended start of the first attempt. The network takes the round
//     trips that the scenario states, none by default, and loses nothing, but a
//     full listen queue loses SYNs.
//   - A service that is stated in steps (program.go) holds what it holds while it
//     waits: a worker, connections of pools, locks. Its tiers are stations with
//     limits, workers and connections of their own (visit.go, held.go).
//   - nginx follows its own rules (package nginx below). Its CPU cost is the same
//     for every request, half on the way in and half on the way out, one request
//     after the other in each worker.
//   - An instance shares itself evenly among its requests, or serves so many at a
//     time first come first served, at the speed that the profile's table has for
//     so many inside. Its store's own work (flushes, compaction) begins wherever
//     so much has been written and takes CPU from it. A CPU limit is a quota in
//     each period of a grid of the instance's own, as Linux enforces it: no
//     slices, and no slack but what the profile says that it may be overstepped
//     by, which the next period pays. Each time that the instance goes on after
//     that it loses what the profile says.
//   - A host's cores each have a queue of threads, which share the core evenly
//     (host.go). Threads change cores as Linux lets them (balance.go), at no
//     cost. Caches and memory cost nothing but one factor of the profile, for
//     work while no core is idle. The speed of instances and of cores may swing
//     (swing.go).
//   - Requests that their clients have given up on are still worked on. An
//     instance that stops loses all it holds.
//
// Real Badger stores run beside the simulation and answer what they hold; what
// they take has no influence on it (work.go).
//
// # Units
//
// Time is virtual: whole nanoseconds since the start of a replication, at most
// 4.8 hours. Demands are nanoseconds of CPU time; cores are counted in
// millionths. Names end in the unit. Curves are in milliseconds and requests per
// second.
//
// # What is deterministic
//
// Everything: the same scenario, profile, seed and version give the same curve,
// byte for byte, on any processor and any number of them, a point alone or in a
// sweep, and whatever the stores really do. Each purpose (arrivals, demands,
// think times, …) has a stream of random numbers of its own in each
// replication (package random below). Of events at the same instant what ends
// goes before what begins. Replications run side by side (parallel.go); inside
// one there is no goroutine, clock, or order of a map, which pure_test.go
// enforces.
//
// # Where to start
//
// Read one of testdata/traces, then engine.go: the sources of events and the
// loop. A request's way is clients.go, path.go, stations.go. station.go is an
// instance, quota.go its CPU limit, host.go the cores it shares, balance.go who
// is on which. express.go is a
// fast path with the same outcome for systems in which nothing can go wrong.
// build.go makes a system of a scenario; point.go and verdict.go make a point of
// replications. The closed forms that all this must agree with are in
// theory_exact_test.go and theory_test.go.
package sim
